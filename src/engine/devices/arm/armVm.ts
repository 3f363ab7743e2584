/** What the vCPU attributes of arm64 act on: one VM with its vCPUs, and the host it runs on. */
import type { UserMemory } from "../../uapi/userMemory.ts";
import type { ArmProfile } from "./profile.ts";
import type { Vgic } from "./vgic.ts";

/** A host PMU: its perf type and the host CPUs that have it. */
export interface HostPmu {
  readonly type: number;
  readonly cpus: readonly number[];
}

export interface ArmHost {
  /** The first one is the default; none: a host without PMUv3. */
  readonly pmus: readonly HostPmu[];
  /** Events that the PMU version knows: 1024 for PMUv3.0, 65536 later. */
  readonly eventSpace: 1024 | 65536;
  /** Steal time can be told (PVTIME). */
  readonly schedulerInfo: boolean;
}

export interface ArmVcpu {
  readonly index: number;
  initialized: boolean;
  hasPmuFeature: boolean;
  /** Interrupt of the PMU; below 16: none. */
  pmuIrq: number;
  pmuCreated: boolean;
  virtualTimerIrq: number;
  physicalTimerIrq: number;
  timerEnabled: boolean;
  /** The checks of the first run are behind it. */
  firstRunDone: boolean;
  /** Guest address of the steal-time structure; NO_STEAL_TIME before it is set. */
  stealTime: bigint;
}

export const NO_STEAL_TIME = 0xffff_ffff_ffff_ffffn;
const VIRTUAL_TIMER_PPI = 27;
const PHYSICAL_TIMER_PPI = 30;

/** Guest-physical memory slots, as far as addresses are asked for. */
export interface GuestSlot {
  readonly address: bigint;
  readonly size: bigint;
}

export interface ArmVm {
  readonly profile: ArmProfile;
  readonly host: ArmHost;
  readonly user: UserMemory;
  readonly slots: readonly GuestSlot[];
  readonly vcpus: ArmVcpu[];
  gic: Vgic | undefined;
  /** PMU of all vCPUs, once chosen. */
  pmu: HostPmu | undefined;
  /** One byte an event: 1 allowed, 0 denied. Without a filter every event is. */
  eventFilter: Uint8Array | undefined;
  hasRun: boolean;
  dead: boolean;
}

/** Fresh from KVM_CREATE_VCPU. */
export const newVcpu = (index: number): ArmVcpu => ({
  index, initialized: false, hasPmuFeature: false, pmuIrq: 0, pmuCreated: false,
  virtualTimerIrq: VIRTUAL_TIMER_PPI, physicalTimerIrq: PHYSICAL_TIMER_PPI, timerEnabled: false,
  firstRunDone: false, stealTime: NO_STEAL_TIME,
});

/** A C int at a user address; undefined where it cannot be read. arm64 guests and hosts are little-endian. */
export function readInt(user: UserMemory, address: bigint): number | undefined {
  const bytes = user.read(address, 4);
  return bytes && new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
}

export function writeInt(user: UserMemory, address: bigint, value: number): boolean {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return user.write(address, bytes);
}
