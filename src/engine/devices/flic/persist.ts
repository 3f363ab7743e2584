/**
 * Saves the controller and becomes what was saved. Invariant: saving changes nothing, and a snapshot that is
 * refused changes nothing either.
 */
import { ok, refuse, type Result } from "../../base/result.ts";
import type { Flic } from "./flic.ts";
import { bitOfIsc, pendingBit } from "./interruptBits.ts";
import type { FlicSnapshot, FloatingSnapshot, GisaSnapshot, VcpuSnapshot } from "./state.ts";
import type { VcpuSlot } from "./vcpus.ts";

const SLOT_BITS =
  (1 << pendingBit.EXT_SERVICE) | (1 << pendingBit.EXT_SERVICE_EV) | (1 << pendingBit.MCHK_REP);

export function saveFlic(flic: Flic): FlicSnapshot {
  const { floating } = flic;
  return {
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
    timer: gisaAlert.pendingTimer, listed: gisa.inAlertList,
  };
}

function saveVcpu({ port, local, idle, gisaKicked, lctl, ictl }: VcpuSlot): VcpuSnapshot {
  return {
    id: port.id, idle, gisaKicked, lctl, ictl, bits: local.bits, ids: [...local.ids], pgm: { ...local.pgm },
    mchk: { ...local.mchk, fixed_logout: local.mchk.fixed_logout.slice() }, pfault: { ...local.pfault },
    externalCall: local.externalCall, prefix: local.prefix, stopFlags: local.stopFlags,
    emergency: [...local.emergency]
      .map(([source, id]) => ({ source, id }))
      .sort((a, b) => a.source - b.source),
    sca: local.sca ? { ...local.sca } : null, cpuflags: local.cpuflags,
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

/** What only this machine can tell; the rest was checked when the snapshot was decoded. */
function objectionTo(flic: Flic, snapshot: FlicSnapshot): string | undefined {
  if (snapshot.profile !== flic.profile.name)
    return `flic state is of profile ${snapshot.profile}, this machine's is ${flic.profile.name}`;
  const ids = flic.vcpus.slots.map(({ port }) => port.id).join();
  const savedIds = snapshot.vcpus.map(({ id }) => id).join();
  if (ids !== savedIds) return `flic state is of CPUs ${savedIds}, this machine has ${ids}`;
  if ((snapshot.gisa === null) !== (flic.gisa === undefined))
    return `flic state ${snapshot.gisa ? "has a" : "has no"} GISA, unlike this machine`;
  const pages = snapshot.adapters.flatMap(({ maps }) => maps.map(({ page }) => page));
  if (pages.some((page) => page % 4096 !== 0 || !flic.memory.contains(page, 4096)))
    return "flic state maps an adapter's page outside of storage";
  return undefined;
}

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
  if (saved.timer) gisaAlert.resumeTimer(saved.timer);
  else if (saved.listed) gisaAlert.startTimer(0n);
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
  for (const { source, id } of saved.emergency) local.emergency.set(source, id);
  local.sca = saved.sca ? { ...saved.sca } : undefined;
  local.cpuflags = saved.cpuflags;
}
