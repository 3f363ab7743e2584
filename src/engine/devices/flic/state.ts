/**
 * What the controller leaves in a snapshot: plain data, complete, and checked before any of it is taken over.
 *
 * Not here: the host's alert list (a machine in it comes back with its kick timer armed, which is what
 * processing the list does) and anything of the CPUs' own.
 */
import { ok, refuse, type Result } from "../../base/result.ts";
import type { KernelProfileName } from "../../uapi/kernelProfile.ts";
import type { MchkInfo, PgmInfo } from "../../uapi/s390Interrupt.ts";
import { ADAPTER_COUNT, type Adapter } from "./adapters.ts";
import type { Flic } from "./flic.ts";
import type { AdapterRoute } from "./indicators.ts";
import { bitOfIsc, iscOfWord, isIoType, pendingBit } from "./interruptBits.ts";
import {
  IO_LIMIT, PFAULT_LIMIT, VIRTIO_LIMIT, type ExternalInterrupt, type IoInterrupt, type Queued,
} from "./pending.ts";
import type { VcpuSlot } from "./vcpus.ts";

export interface FloatingSnapshot {
  readonly masked: number;
  /** Pending bits of the two slots; those of lists follow from the lists. */
  readonly slotBits: number;
  readonly io: readonly (readonly Queued<IoInterrupt>[])[];
  readonly pfault: readonly Queued<ExternalInterrupt>[];
  readonly virtio: readonly Queued<ExternalInterrupt>[];
  readonly serviceParams: number;
  readonly mchkCr14: bigint;
  readonly mchkMcic: bigint;
  readonly slotIds: Readonly<Record<"service" | "serviceEvent" | "machineCheck", number>>;
}

export interface GisaSnapshot {
  readonly ipm: number;
  readonly iam: number;
  readonly simm: number;
  readonly nimm: number;
  readonly alertMask: number;
  readonly references: readonly number[];
  readonly ids: readonly number[];
  readonly timerArmed: boolean;
}

export interface VcpuSnapshot {
  readonly id: number;
  readonly idle: boolean;
  readonly gisaKicked: boolean;
  readonly lctl: number;
  readonly ictl: number;
  readonly bits: number;
  readonly ids: readonly number[];
  readonly pgm: PgmInfo;
  readonly mchk: MchkInfo;
  readonly pfault: { readonly params: number; readonly pad: number; readonly params2: bigint };
  readonly externalCall: number;
  readonly prefix: number;
  readonly stopFlags: number;
  /** Sending CPU's address and identity, ascending by address. */
  readonly emergency: readonly (readonly [number, number])[];
  readonly sca: { readonly source: number; readonly id: number } | null;
  readonly cpuflags: number;
}

export interface FlicSnapshot {
  readonly version: 1;
  readonly profile: KernelProfileName;
  readonly simm: number;
  readonly nimm: number;
  readonly facility72: boolean;
  readonly isProtected: boolean;
  readonly nextId: number;
  readonly nextRoundRobin: number;
  readonly floating: FloatingSnapshot;
  readonly gisa: GisaSnapshot | null;
  readonly vcpus: readonly VcpuSnapshot[];
  readonly adapters: readonly Adapter[];
  readonly routes: readonly AdapterRoute[];
  readonly pageFaultsEnabled: boolean;
  readonly pageFaults: readonly { readonly cpu: number; readonly token: bigint }[];
}

const SLOT_BITS =
  (1 << pendingBit.EXT_SERVICE) | (1 << pendingBit.EXT_SERVICE_EV) | (1 << pendingBit.MCHK_REP);

/** Capabilities a host must have for this state to be set there. */
export function flicNeeds({ simm, nimm }: FlicSnapshot): string[] {
  return simm | nimm ? ["KVM_CAP_S390_AIS", "KVM_CAP_S390_AIS_MIGRATION"] : [];
}

export function saveFlic(flic: Flic): FlicSnapshot {
  const { floating } = flic;
  return {
    version: 1,
    profile: flic.profile.name,
    simm: flic.ais.simm,
    nimm: flic.ais.nimm,
    facility72: flic.facility72,
    isProtected: flic.isProtected,
    nextId: flic.decisions.nextId,
    nextRoundRobin: flic.vcpus.nextRoundRobin,
    floating: {
      masked: floating.masked,
      slotBits: floating.bits & SLOT_BITS,
      io: floating.io.map((list) => list.values()),
      pfault: floating.pfault.values(),
      virtio: floating.virtio.values(),
      serviceParams: floating.serviceParams,
      mchkCr14: floating.mchkCr14,
      mchkMcic: floating.mchkMcic,
      slotIds: { ...floating.slotIds },
    },
    gisa: saveGisa(flic),
    vcpus: flic.vcpus.slots.map(saveVcpu),
    adapters: flic.adapters.all().map((adapter) => ({ ...adapter, maps: [...adapter.maps] })),
    routes: [...flic.routes.values()],
    pageFaultsEnabled: flic.pageFaults.enabled,
    pageFaults: flic.pageFaults.list(),
  };
}

function saveGisa({ gisa, gisaAlert }: Flic): GisaSnapshot | null {
  if (!gisa || !gisaAlert) return null;
  const { ipm, iam, simm, nimm, alertMask } = gisa;
  return {
    ipm, iam, simm, nimm, alertMask, references: [...gisa.references], ids: [...gisa.ids],
    timerArmed: gisaAlert.timerArmed || gisa.inAlertList,
  };
}

function saveVcpu({ port, local, idle, gisaKicked, lctl, ictl }: VcpuSlot): VcpuSnapshot {
  return {
    id: port.id, idle, gisaKicked, lctl, ictl, bits: local.bits, ids: [...local.ids], pgm: { ...local.pgm },
    mchk: { ...local.mchk, fixed_logout: local.mchk.fixed_logout.slice() }, pfault: { ...local.pfault },
    externalCall: local.externalCall, prefix: local.prefix, stopFlags: local.stopFlags,
    emergency: [...local.emergency].sort(([a], [b]) => a - b), sca: local.sca ? { ...local.sca } : null,
    cpuflags: local.cpuflags,
  };
}

/** Takes over a snapshot, or refuses it with a sentence and changes nothing. */
export function loadFlic(flic: Flic, snapshot: FlicSnapshot): Result<void, string> {
  const objection = objectionTo(flic, snapshot);
  if (objection) return refuse(objection);
  flic.ais = { simm: snapshot.simm, nimm: snapshot.nimm };
  flic.facility72 = snapshot.facility72;
  flic.isProtected = snapshot.isProtected;
  flic.decisions.nextId = snapshot.nextId;
  flic.vcpus.nextRoundRobin = snapshot.nextRoundRobin;
  loadFloating(flic, snapshot.floating);
  snapshot.vcpus.forEach((vcpu, index) => loadVcpu(flic.vcpus.slots[index]!, vcpu));
  flic.adapters.replaceAll(snapshot.adapters);
  flic.routes = new Map(snapshot.routes.map((route) => [route.gsi, route]));
  flic.pageFaults.restore(snapshot.pageFaultsEnabled, snapshot.pageFaults);
  loadGisa(flic, snapshot.gisa);
  return ok(undefined);
}

function objectionTo(flic: Flic, snapshot: FlicSnapshot): string | undefined {
  const { floating } = snapshot;
  if (snapshot.version !== 1) return `flic state has version ${String(snapshot.version)}; only 1 is known`;
  if (snapshot.profile !== flic.profile.name)
    return `flic state is of profile ${snapshot.profile}, this machine's is ${flic.profile.name}`;
  const ids = flic.vcpus.slots.map(({ port }) => port.id).join();
  const savedIds = snapshot.vcpus.map(({ id }) => id).join();
  if (ids !== savedIds) return `flic state is of CPUs ${savedIds}, this machine has ${ids}`;
  if ((snapshot.gisa === null) !== (flic.gisa === undefined))
    return `flic state ${snapshot.gisa ? "has a" : "has no"} GISA, unlike this machine`;
  const total = floating.io.reduce((sum, list) => sum + list.length, 0);
  const isTooMany = floating.io.length !== 8 || total > IO_LIMIT || floating.virtio.length > VIRTIO_LIMIT
    || floating.pfault.length > PFAULT_LIMIT;
  if (isTooMany) return "flic state holds more interrupts than the controller has room for";
  const misplaced = floating.io.some((list, isc) => list.some(
    ({ interrupt }) => !isIoType(interrupt.type) || iscOfWord(interrupt.ioIntWord) !== isc));
  if (misplaced) return "flic state has an I/O interrupt on another ISC's list";
  if (snapshot.adapters.some(({ id }) => !(id >= 0 && id < ADAPTER_COUNT)))
    return "flic state has an unknown adapter";
  if (!isByte(snapshot.simm) || !isByte(snapshot.nimm))
    return "flic state has a suppression mask over 8 bits";
  return undefined;
}

const isByte = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xff;

function loadFloating({ floating }: Flic, saved: FloatingSnapshot): void {
  floating.bits = saved.slotBits & SLOT_BITS;
  floating.masked = saved.masked;
  floating.ioCount = 0;
  saved.io.forEach((entries, isc) => {
    const list = floating.io[isc]!;
    list.clear();
    for (const entry of entries) list.push(entry);
    floating.ioCount += entries.length;
    if (entries.length) floating.bits |= 1 << bitOfIsc(isc);
  });
  for (const [list, entries, bit] of [
    [floating.pfault, saved.pfault, pendingBit.PFAULT_DONE],
    [floating.virtio, saved.virtio, pendingBit.VIRTIO],
  ] as const) {
    list.clear();
    for (const entry of entries) list.push(entry);
    if (entries.length) floating.bits |= 1 << bit;
  }
  floating.serviceParams = saved.serviceParams;
  floating.mchkCr14 = saved.mchkCr14;
  floating.mchkMcic = saved.mchkMcic;
  Object.assign(floating.slotIds, saved.slotIds);
}

function loadGisa({ gisa, gisaAlert }: Flic, saved: GisaSnapshot | null): void {
  if (!gisa || !gisaAlert || !saved) return;
  const { ipm, iam, simm, nimm, alertMask } = saved;
  Object.assign(gisa, { ipm, iam, simm, nimm, alertMask, nextAlert: gisa.address });
  saved.references.forEach((count, isc) => { gisa.references[isc] = count; });
  saved.ids.forEach((id, isc) => { gisa.ids[isc] = id; });
  gisaAlert.cancelTimer();
  if (saved.timerArmed) gisaAlert.startTimer(0n);
}

function loadVcpu(slot: VcpuSlot, saved: VcpuSnapshot): void {
  const { local } = slot;
  Object.assign(slot, { idle: saved.idle, gisaKicked: saved.gisaKicked, lctl: saved.lctl, ictl: saved.ictl });
  local.bits = saved.bits;
  saved.ids.forEach((id, bit) => { local.ids[bit] = id; });
  local.pgm = { ...saved.pgm };
  local.mchk = { ...saved.mchk, fixed_logout: saved.mchk.fixed_logout.slice() };
  local.pfault = { ...saved.pfault };
  local.externalCall = saved.externalCall;
  local.prefix = saved.prefix;
  local.stopFlags = saved.stopFlags;
  local.emergency.clear();
  for (const [source, id] of saved.emergency) local.emergency.set(source, id);
  local.sca = saved.sca ? { ...saved.sca } : undefined;
  local.cpuflags = saved.cpuflags;
}
