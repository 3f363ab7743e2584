/**
 * An arm64 machine of devices alone: KVM with a GIC, vCPUs with timers, PMU and private interrupts, a VMM's
 * memory, and time that moves when it is told to.
 */
import { ArmKvm, type AttributeCall } from "../devices/arm/armKvm.ts";
import type { ArmHost, GuestSlot } from "../devices/arm/armVm.ts";
import { PRIORITY_BITS } from "../devices/arm/ppi.ts";
import { gicr } from "../devices/arm/ppiRegisters.ts";
import { armProfiles } from "../devices/arm/profile.ts";
import { PpiLedger } from "../ledger/ppiLedger.ts";
import type { KernelProfileName } from "../uapi/kernelProfile.ts";
import { PlacedMemory } from "./placedMemory.ts";
import { SteppedTime } from "./steppedTime.ts";

export interface ArmShape {
  /** Default: `linux-6.1`. */
  readonly profile?: KernelProfileName;
  /** Default 1. */
  readonly vcpus?: number;
  /** vCPUs have the PMU feature. Default false. */
  readonly pmu?: boolean;
  /** An initialised GICv3 is there. Default true. */
  readonly gic?: boolean;
  /** KVM_ARM_VCPU_INIT of the vCPUs is behind them. Default true. */
  readonly initialized?: boolean;
  /** Guest memory, as far as PVTIME asks for it. Default none. */
  readonly slots?: readonly GuestSlot[];
}

export interface ArmDeviceMachine {
  readonly kvm: ArmKvm;
  readonly user: PlacedMemory;
  readonly time: SteppedTime;
  /** Its time is virtual nanoseconds. */
  readonly ledger: PpiLedger;
  /** An attribute call of a vCPU whose value is a C int; 0 or a negative errno. */
  attribute(vcpu: number, call: AttributeCall, group: number, attr: number, value?: number): number;
}

const STRUCTURE = 0x6000_0000n;
const VALUE = 0x6100_0000n;
const host: ArmHost = { pmus: [{ type: 8, cpus: [0] }], eventSpace: 65536, schedulerInfo: true };

export function armDeviceMachine(shape: ArmShape = {}): ArmDeviceMachine {
  const { profile = "linux-6.1", vcpus = 1, pmu = false, gic = true, initialized = true, slots = [] } = shape;
  const user = new PlacedMemory();
  const time = new SteppedTime();
  const kvm = new ArmKvm({ profile: armProfiles[profile], host, user, slots, time });
  for (let index = 0; index < vcpus; index++) {
    kvm.createVcpu();
    if (initialized) kvm.initVcpu(index, pmu);
  }
  if (gic) {
    kvm.createGic({ version: 3 });
    kvm.initGic();
  }
  const attribute: ArmDeviceMachine["attribute"] = (vcpu, call, group, attr, value = 0) => {
    const bytes = new Uint8Array(28);
    const view = new DataView(bytes.buffer);
    view.setUint32(4, group, true);
    view.setBigUint64(8, BigInt(attr), true);
    view.setBigUint64(16, VALUE, true);
    view.setInt32(24, value, true);
    user.place(VALUE, bytes.slice(24));
    return kvm.attribute(vcpu, call, user.place(STRUCTURE, bytes.slice(0, 24)));
  };
  return { kvm, user, time, ledger: new PpiLedger(kvm.interrupts, () => time.now()), attribute };
}

/** What a guest's driver does before it uses PPIs: group 1 on, everything let through, these enabled. */
export function openPpis({ kvm }: ArmDeviceMachine, vcpu: number, ...intids: readonly number[]): void {
  const interrupts = kvm.interrupts[vcpu]!;
  interrupts.enableGroup(1, true);
  interrupts.setPriorityMask(PRIORITY_BITS);
  interrupts.write(gicr.ISENABLER0, intids.reduce((bits, intid) => bits | (1 << intid), 0) >>> 0);
}
