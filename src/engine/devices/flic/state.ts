/**
 * What the controller leaves in a snapshot: plain data, complete; taken and given back in `persist.ts`.
 *
 * Not here: the host's alert list, and anything of the CPUs' own.
 */
import type { PendingEvent } from "../../base/schedule.ts";
import { defineState, field } from "../../snapshot/schema.ts";
import { KVM_MAX_IRQ_ROUTES } from "../../uapi/irqRouting.ts";
import { kernelProfiles, type KernelProfileName } from "../../uapi/kernelProfile.ts";
import type { MchkInfo, PgmInfo } from "../../uapi/s390Interrupt.ts";
import { pendingTimer } from "../pendingTimer.ts";
import { ADAPTER_COUNT, MAPS_END, type Adapter, type AdapterMap } from "./adapters.ts";
import { ISC_COUNT } from "./ais.ts";
import type { AdapterRoute } from "./indicators.ts";
import { PENDING_BIT_COUNT, iscOfWord, isIoType } from "./interruptBits.ts";
import type { PageFaultPayload } from "./local.ts";
import { PAGE_FAULTS_PER_CPU, type PageFaultUnderWay } from "./pageFaults.ts";
import {
  IO_LIMIT, isWithinIoLimit, PFAULT_LIMIT, VIRTIO_LIMIT, type ExternalInterrupt, type IoInterrupt,
  type Queued,
} from "./pending.ts";

/** Sending CPU's address, and the identity of what it sent. */
export interface Signal {
  readonly source: number;
  readonly id: number;
}
export type SlotIds = Readonly<Record<"service" | "serviceEvent" | "machineCheck", number>>;

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
  readonly slotIds: SlotIds;
}

export interface GisaSnapshot {
  readonly ipm: number;
  readonly iam: number;
  readonly simm: number;
  readonly nimm: number;
  readonly alertMask: number;
  readonly references: readonly number[];
  readonly ids: readonly number[];
  /** The running kick timer. */
  readonly timer: PendingEvent | null;
  /** In the host's alert list, which is not of this machine: it comes back with its kick timer armed. */
  readonly listed: boolean;
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
  readonly pfault: PageFaultPayload;
  readonly externalCall: number;
  readonly prefix: number;
  readonly stopFlags: number;
  /** By sending CPU, ascending. */
  readonly emergency: readonly Signal[];
  readonly sca: Signal | null;
  readonly cpuflags: number;
}

export interface FlicSnapshot {
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
  readonly pageFaults: readonly PageFaultUnderWay[];
}

const CPUS_MAX = 255;
const id = field.between(0, Number.MAX_SAFE_INTEGER);
const ids = (count: number) => field.list(id, { max: count, min: count });
const pendingBits = field.between(0, 2 ** PENDING_BIT_COUNT - 1);
const signal = field.object<Signal>({ source: field.u16(), id });
const io = field.object<Queued<IoInterrupt>>({
  id,
  interrupt: field.object<IoInterrupt>({
    kind: field.oneOf("io"), type: field.u32(), subchannelId: field.u16(), subchannelNr: field.u16(),
    ioIntParm: field.u32(), ioIntWord: field.u32(),
  }),
});
const external = field.object<Queued<ExternalInterrupt>>({
  id,
  interrupt: field.object<ExternalInterrupt>({
    kind: field.oneOf("ext"), type: field.u32(), params: field.u32(), pad: field.u32(), params2: field.u64(),
  }),
});
const floating = field.object<FloatingSnapshot>({
  masked: pendingBits,
  slotBits: pendingBits,
  io: field.list(field.list(io, { max: IO_LIMIT }), { max: ISC_COUNT, min: ISC_COUNT }),
  pfault: field.list(external, { max: PFAULT_LIMIT }),
  virtio: field.list(external, { max: VIRTIO_LIMIT }),
  serviceParams: field.u32(),
  mchkCr14: field.u64(),
  mchkMcic: field.u64(),
  slotIds: field.object<SlotIds>({ service: id, serviceEvent: id, machineCheck: id }),
});
const gisa = field.object<GisaSnapshot>({
  ipm: field.u8(), iam: field.u8(), simm: field.u8(), nimm: field.u8(), alertMask: field.u8(),
  references: ids(ISC_COUNT), ids: ids(ISC_COUNT), timer: field.nullable(pendingTimer), listed: field.bool(),
});
const pgm = field.object<PgmInfo>({
  trans_exc_code: field.u64(), mon_code: field.u64(), per_address: field.u64(), data_exc_code: field.u32(),
  code: field.u16(), mon_class_nr: field.u16(), per_code: field.u8(), per_atmid: field.u8(),
  exc_access_id: field.u8(), per_access_id: field.u8(), op_access_id: field.u8(), flags: field.u8(),
  pad: field.u16(),
});
const mchk = field.object<MchkInfo>({
  cr14: field.u64(), mcic: field.u64(), failing_storage_address: field.u64(), ext_damage_code: field.u32(),
  pad: field.u32(), fixed_logout: field.bytes(16),
});
const vcpu = field.object<VcpuSnapshot>({
  id: field.u16(), idle: field.bool(), gisaKicked: field.bool(), lctl: field.u32(), ictl: field.u32(),
  bits: pendingBits, ids: ids(PENDING_BIT_COUNT), pgm, mchk,
  pfault: field.object<PageFaultPayload>({ params: field.u32(), pad: field.u32(), params2: field.u64() }),
  externalCall: field.u16(), prefix: field.u32(), stopFlags: field.u32(),
  emergency: field.list(signal, { max: CPUS_MAX }), sca: field.nullable(signal), cpuflags: field.u32(),
});
const adapter = field.object<Adapter>({
  id: field.between(0, ADAPTER_COUNT - 1), isc: field.u8(), maskable: field.bool(), masked: field.bool(),
  swap: field.bool(), suppressible: field.bool(),
  maps: field.list(
    field.object<AdapterMap>({ guestAddress: field.u64(), page: field.between(0, Number.MAX_SAFE_INTEGER) }),
    { max: MAPS_END }),
  mapsAsked: field.between(0, Number.MAX_SAFE_INTEGER),
});
const route = field.object<AdapterRoute>({
  gsi: field.between(0, KVM_MAX_IRQ_ROUTES - 1), indAddress: field.u64(), summaryAddress: field.u64(),
  indOffset: field.u64(), summaryOffset: field.u32(), adapterId: field.u32(),
});

function objection({ floating: { io: lists }, vcpus, nextRoundRobin }: FlicSnapshot): string | undefined {
  if (!isWithinIoLimit(lists.reduce((sum, list) => sum + list.length, 0)))
    return "there are more interrupts than the controller has room for";
  const isMisplaced = ({ interrupt }: Queued<IoInterrupt>, isc: number): boolean =>
    !isIoType(interrupt.type) || iscOfWord(interrupt.ioIntWord) !== isc;
  if (lists.some((list, isc) => list.some((queued) => isMisplaced(queued, isc))))
    return "an I/O interrupt is on another ISC's list";
  const cpus = new Set(vcpus.map((cpu) => cpu.id));
  const senders = vcpus.flatMap(({ emergency, sca }) => [...emergency, ...(sca ? [sca] : [])]);
  const isUnknown = ({ source }: Signal): boolean => !cpus.has(source);
  if (cpus.size !== vcpus.length || nextRoundRobin >= vcpus.length || senders.some(isUnknown))
    return "it names a CPU that is not there";
  return undefined;
}

export const flicState = defineState<FlicSnapshot>({
  name: "s390.flic",
  version: 1,
  fields: {
    profile: field.oneOf(...(Object.keys(kernelProfiles) as KernelProfileName[])),
    simm: field.u8(),
    nimm: field.u8(),
    facility72: field.bool(),
    isProtected: field.bool(),
    nextId: id,
    nextRoundRobin: field.u16(),
    floating,
    gisa: field.nullable(gisa),
    vcpus: field.list(vcpu, { max: CPUS_MAX }),
    adapters: field.list(adapter, { max: ADAPTER_COUNT }),
    routes: field.list(route, { max: KVM_MAX_IRQ_ROUTES }),
    pageFaultsEnabled: field.bool(),
    pageFaults: field.list(
      field.object<PageFaultUnderWay>({ cpu: field.u16(), token: field.u64() }),
      { max: PAGE_FAULTS_PER_CPU * CPUS_MAX }),
  },
  needs: ({ simm, nimm }) => (simm | nimm ? ["KVM_CAP_S390_AIS", "KVM_CAP_S390_AIS_MIGRATION"] : []),
  objection,
});
