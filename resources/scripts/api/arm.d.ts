import type { KernelProfileName } from "./s390.d.ts";
import type { Books, BytesLike, BytesReply, Reply, U64 } from "./values.d.ts";

export interface ArmOptions {
  /** Default "linux-6.1". Orders of checks are derived from source. */
  readonly profile?: KernelProfileName;
  /** The host's PMUs: perf type and the host CPUs that have it. Default: one, type 8, CPUs 0 and 1. */
  readonly pmus?: readonly { readonly type: number; readonly cpus: readonly number[] }[];
  /** Events that the PMU's version knows. Default 65536. */
  readonly eventSpace?: 1024 | 65536;
  /** Steal time can be told. Default true. */
  readonly schedulerInfo?: boolean;
}
/** Group and attribute of a vCPU. */
export type ArmAttribute =
  | "PMU_IRQ" | "PMU_INIT" | "PMU_FILTER" | "PMU_SET_PMU" | "TIMER_VTIMER" | "TIMER_PTIMER" | "PVTIME_IPA"
  | { readonly group: number; readonly attr: U64 };

export type ArmTimer = "virtual" | "physical";
/** Of PMUv3. In masks bit n from the right is event counter n, bit 31 the cycle counter. */
export type PmuRegister =
  | "PMCR" | "PMCNTENSET" | "PMCNTENCLR" | "PMINTENSET" | "PMINTENCLR" | "PMOVSSET" | "PMOVSCLR" | "PMSWINC";

/**
 * One vCPU's private interrupts (PPI, INTID 16 to 31): what the guest does at its redistributor and CPU
 * interface (GIC Architecture Specification, IHI 0069), and what drives the lines (Arm Architecture Reference
 * Manual). SPIs, SGIs and LPIs are not modelled.
 */
export interface ArmVcpu {
  readonly index: number;
  /** 32-bit accesses of the frame SGI_base, by byte offset such as 0x100 (GICR_ISENABLER0); others read 0 and ignore writes. */
  readGicr(offset: number): number;
  writeGicr(offset: number, value: number): void;
  /** ICC_PMR_EL1: what is more urgent (a lower number) is signalled. */
  setPriorityMask(mask: number): void;
  /** ICC_IGRPEN0_EL1 and ICC_IGRPEN1_EL1. */
  enableGroup(group: 0 | 1, isEnabled: boolean): void;
  /** ICC_IARn_EL1 (default group 1): the INTID, or 1023 for none. */
  acknowledge(group?: 0 | 1): number;
  /** ICC_EOIRn_EL1 with EOImode 0. */
  endInterrupt(intid: number, group?: 0 | 1): void;
  /** Input of the CPU that is asserted. */
  signal(): "irq" | "fiq" | undefined;
  /** State of all PPIs; a lower priority is more urgent. */
  ppis(): readonly { readonly intid: number; readonly pending: boolean; readonly enabled: boolean; readonly active: boolean; readonly edge: boolean; readonly line: boolean; readonly group: number; readonly priority: number }[];
  /** CTL (1 ENABLE, 2 IMASK, 4 ISTATUS), CVAL and count in ticks of 16 ns, TVAL, and the line's level. */
  timer(which: ArmTimer): { readonly control: number; readonly compareValue: bigint; readonly timerValue: number; readonly count: bigint; readonly output: boolean };
  /** Writes CVAL, then TVAL (signed, from now on), then CTL, as far as they are given. */
  setTimer(which: ArmTimer, to: { readonly compareValue?: U64; readonly timerValue?: number; readonly control?: number }): void;
  pmu(): { readonly control: number; readonly enabled: number; readonly interrupting: number; readonly overflowed: number; readonly cycles: bigint; readonly counts: readonly number[]; readonly events: readonly number[]; readonly output: boolean };
  writePmu(register: PmuRegister, value: number): void;
  /** PMEVTYPERn and PMEVCNTRn of event counter 0 to 5. */
  setPmuCounter(counter: number, event: number, count?: number): void;
  /** PMCCNTR_EL0. */
  setPmuCycles(cycles: U64): void;
  /** The CPU did so many of an event, such as 0x11 (cycles): counters that are enabled, and not filtered, go on. */
  eventHappened(event: number, times?: number): void;
}

/** KVM on arm64 as far as vCPU attributes reach, with 64 KiB of guest memory at address 0. */
export interface ArmVm extends Books {
  /** KVM_CREATE_VCPU: its number, or -EBUSY once the GIC is initialised. */
  createVcpu(): Reply;
  /** A vCPU that exists, by its number: its timers, its PMU and its private interrupts. */
  vcpu(index: number): ArmVcpu;
  /** Virtual time moves by so many nanoseconds; timers that become due raise their PPIs on the way. At most 2^50. */
  passTime(nanoseconds: U64): void;
  /** Virtual nanoseconds since the VM was made. */
  now(): bigint;
  /** What every virtual counter is behind the physical one, in ticks. */
  setVirtualOffset(ticks: U64): void;
  /** KVM_ARM_VCPU_INIT, with the PMU feature or without. */
  initVcpu(vcpu: number, hasPmu: boolean): Reply;
  /** An in-kernel GIC; -EEXIST for a second one. */
  createGic(options?: { readonly version?: 2 | 3; readonly spis?: number; readonly bases?: "set" | "unset" | "overlapping" }): Reply;
  initGic(): Reply;
  /** KVM_HAS_DEVICE_ATTR, KVM_GET_DEVICE_ATTR and KVM_SET_DEVICE_ATTR of a vCPU. A number is stored as a 32-bit int, a bigint as 64 bits; for PMU_FILTER encode "arm64/kvm_pmu_event_filter". */
  hasAttr(vcpu: number, attribute: ArmAttribute): Reply;
  getAttr(vcpu: number, attribute: ArmAttribute): BytesReply;
  setAttr(vcpu: number, attribute: ArmAttribute, value?: BytesLike | number | bigint): Reply;
  /** KVM_RUN up to the guest's entry. */
  run(vcpu: number, request?: { readonly immediateExit?: boolean; readonly hostCpu?: number }): Reply & { readonly entered: boolean; readonly exit?: { readonly reason: number; readonly failureReason: number; readonly cpu: number } };
}
