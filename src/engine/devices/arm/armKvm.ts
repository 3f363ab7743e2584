/**
 * KVM on arm64 as far as vCPU attributes reach: creating vCPUs and the GIC, the three attribute ioctls of a
 * vCPU's descriptor, and KVM_RUN up to the guest's entry. Results are 0 or a negative errno in the kernel's
 * order of checks (derived from source).
 */
import { errno } from "../../api/errno.ts";
import {
  KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PVTIME_CTRL, KVM_ARM_VCPU_TIMER_CTRL,
  KVM_EXIT_FAIL_ENTRY, KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED,
} from "../../uapi/arm.ts";
import type { UserMemory } from "../../uapi/userMemory.ts";
import type { TimePort } from "../ports.ts";
import { newVcpu, type ArmHost, type ArmVcpu, type ArmVm, type GuestSlot } from "./armVm.ts";
import { checkPmuForRun, getPmuAttr, hasPmuAttr, setPmuAttr } from "./pmu.ts";
import type { ArmProfile } from "./profile.ts";
import { getPvtimeAttr, hasPvtimeAttr, setPvtimeAttr } from "./pvtime.ts";
import { enableTimers, getTimerAttr, hasTimerAttr, setTimerAttr } from "./timer.ts";
import { VcpuInterrupts } from "./vcpuInterrupts.ts";
import { Vgic, type GicOptions } from "./vgic.ts";
import { wiringOf } from "./wiring.ts";

export interface ArmKvmOptions {
  readonly profile: ArmProfile;
  readonly host: ArmHost;
  readonly user: UserMemory;
  readonly slots: readonly GuestSlot[];
  /** With it every vCPU has timers, a PMU and private interrupts. */
  readonly time?: TimePort;
}

export interface RunRequest {
  /** Third argument of the ioctl; anything but 0 is refused. */
  readonly argument?: bigint;
  readonly immediateExit?: boolean;
  /** Host CPU that the calling thread is on. */
  readonly hostCpu?: number;
}

/** `entered`: guest code would run now. `exit`: KVM_RUN returned 0 with this in struct kvm_run. */
export interface RunEnd {
  readonly result: number;
  readonly entered: boolean;
  readonly exit?: { readonly reason: number; readonly failureReason: number; readonly cpu: number };
}

export type AttributeCall = "set" | "get" | "has";

const refused = (result: number): RunEnd => ({ result, entered: false });

export class ArmKvm {
  readonly vm: ArmVm;
  /** Of each vCPU, by its number; empty without a time to count. */
  readonly interrupts: VcpuInterrupts[] = [];
  private readonly time: TimePort | undefined;

  constructor({ profile, host, user, slots, time }: ArmKvmOptions) {
    this.time = time;
    this.vm = {
      profile, host, user, slots, vcpus: [], gic: undefined, pmu: undefined, eventFilter: undefined,
      hasRun: false, dead: false,
    };
  }

  /** The new vCPU's number; -EBUSY once the GIC is initialised. */
  createVcpu(): number {
    if (this.vm.dead) return errno.EIO;
    if (this.vm.gic?.initialized) return errno.EBUSY;
    const vcpu = newVcpu(this.vm.vcpus.length);
    if (this.time) this.interrupts.push(new VcpuInterrupts(this.time, wiringOf(this.vm, vcpu)));
    return this.vm.vcpus.push(vcpu) - 1;
  }

  /** KVM_ARM_VCPU_INIT, as far as the PMU feature (bit 3) is concerned. */
  initVcpu(index: number, hasPmuFeature: boolean): number {
    const vcpu = this.vm.vcpus[index];
    if (!vcpu) return errno.EBADF;
    if (this.vm.dead) return errno.EIO;
    if (hasPmuFeature && this.vm.host.pmus.length === 0) return errno.EINVAL;
    Object.assign(vcpu, { initialized: true, hasPmuFeature });
    return 0;
  }

  /** A second GIC is refused. */
  createGic(options: GicOptions): number {
    if (this.vm.gic) return errno.EEXIST;
    this.vm.gic = new Vgic(options);
    return 0;
  }

  /** KVM_DEV_ARM_VGIC_CTRL_INIT. */
  initGic(): number {
    if (!this.vm.gic) return errno.ENODEV;
    this.vm.gic.initialized = true;
    return 0;
  }

  /**
   * KVM_SET_, KVM_GET_ or KVM_HAS_DEVICE_ATTR of a vCPU's descriptor; `address` is that of struct
   * kvm_device_attr. `isOwner`: the caller's address space is the VM's.
   */
  attribute(index: number, call: AttributeCall, address: bigint, isOwner = true): number {
    const vcpu = this.vm.vcpus[index];
    if (!vcpu) return errno.EBADF;
    if (!isOwner || this.vm.dead) return errno.EIO;
    const bytes = this.vm.user.read(address, 24);
    if (!bytes) return errno.EFAULT;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const [group, attr, addr] =
      [view.getUint32(4, true), view.getBigUint64(8, true), view.getBigUint64(16, true)];
    const result = this.attributeOf(vcpu, call, group, attr, addr);
    this.interrupts[index]?.update();
    return result;
  }

  /** What the virtual counter of every vCPU is behind the physical one: an offset belongs to the VM. */
  setVirtualOffset(offset: bigint): void {
    for (const { virtualTimer } of this.interrupts) virtualTimer.setOffset(offset);
  }

  private attributeOf(vcpu: ArmVcpu, call: AttributeCall, group: number, attr: bigint, addr: bigint): number {
    const { vm } = this;
    switch (group) {
      case KVM_ARM_VCPU_PMU_V3_CTRL:
        if (call === "has") return hasPmuAttr(vm, vcpu, attr);
        return (call === "set" ? setPmuAttr : getPmuAttr)(vm, vcpu, attr, addr);
      case KVM_ARM_VCPU_TIMER_CTRL:
        if (call === "has") return hasTimerAttr(attr);
        return (call === "set" ? setTimerAttr : getTimerAttr)(vm, vcpu, attr, addr);
      case KVM_ARM_VCPU_PVTIME_CTRL:
        if (!vm.profile.pvtime) return errno.ENXIO;
        if (call === "has") return hasPvtimeAttr(vm, attr);
        return (call === "set" ? setPvtimeAttr : getPvtimeAttr)(vm, vcpu, attr, addr);
      default: return errno.ENXIO;
    }
  }

  /** KVM_RUN up to the entry. */
  run(index: number, { argument = 0n, immediateExit = false, hostCpu = 0 }: RunRequest = {}): RunEnd {
    const { vm } = this;
    const vcpu = vm.vcpus[index];
    if (!vcpu) return refused(errno.EBADF);
    if (vm.dead) return refused(errno.EIO);
    if (argument !== 0n) return refused(errno.EINVAL);
    if (!vcpu.initialized) return refused(errno.ENOEXEC);
    if (!vcpu.firstRunDone) {
      vcpu.firstRunDone = vm.profile.latchesFirstRun;
      const result = this.firstRun(vcpu);
      this.interrupts[index]?.update();
      if (result !== 0) return refused(result);
      vcpu.firstRunDone = true;
    }
    if (immediateExit) return refused(errno.EINTR);
    if (vcpu.hasPmuFeature && vm.pmu && !vm.pmu.cpus.includes(hostCpu)) {
      const reason = KVM_EXIT_FAIL_ENTRY;
      const exit = { reason, failureReason: KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED, cpu: hostCpu };
      return { result: 0, entered: false, exit };
    }
    return { result: 0, entered: true };
  }

  /** GIC, timers, PMU, in this order; what one of them has done stays when the next refuses. */
  private firstRun(vcpu: ArmVcpu): number {
    const { vm } = this;
    const mapped = vm.gic?.mapResources() ?? 0;
    if (mapped !== 0) {
      vm.dead = vm.profile.gicFailureIsFatal;
      return mapped;
    }
    const result = enableTimers(vm, vcpu) || checkPmuForRun(vm, vcpu);
    vm.hasRun ||= result === 0;
    return result;
  }
}
