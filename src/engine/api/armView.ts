/** What a window shows of arm64's private interrupts: vCPUs with timers, PMU and redistributor. */
import type { Hex } from "./debug.ts";

/** Who drives a PPI's line at this vCPU by its attributes. */
export type PpiSource = "virtual timer" | "physical timer" | "PMU";

/** One PPI of a redistributor (GICR registers of SGI_base). */
export interface PpiView {
  /** 16 to 31. */
  readonly intid: number;
  /** Sources that have this number; the GIC hears them only where `isOwned`. */
  readonly sources: readonly PpiSource[];
  /** One of them has claimed the line, at the vCPU's first run or at the PMU's INIT. */
  readonly isOwned: boolean;
  readonly line: boolean;
  readonly enabled: boolean;
  readonly pending: boolean;
  readonly active: boolean;
  /** Edge-triggered; else level-sensitive. */
  readonly edge: boolean;
  /** Group 1 is signalled as IRQ, group 0 as FIQ. */
  readonly group: 0 | 1;
  /** Lower is more urgent; five bits are implemented. */
  readonly priority: number;
  /** What keeps a pending one from the CPU, a sentence each; empty where an acknowledge takes it next. */
  readonly obstacles: readonly string[];
}

/** CNTV or CNTP of one vCPU. */
export interface ArmTimerView {
  readonly name: "CNTV" | "CNTP";
  readonly intid: number;
  /** ENABLE 1, IMASK 2, ISTATUS 4. */
  readonly control: number;
  readonly compareValue: Hex;
  readonly count: Hex;
  /** TVAL: ticks until the condition is met, negative behind it. */
  readonly remaining: number;
  readonly output: boolean;
}

/** Masks have event counter n at bit n from the right, and the cycle counter at bit 31. */
export interface ArmPmuView {
  readonly control: Hex;
  readonly enabled: Hex;
  readonly interrupting: Hex;
  readonly overflowed: Hex;
  readonly cycles: Hex;
  /** Event number and count of each event counter. */
  readonly counters: readonly { readonly event: number; readonly count: Hex }[];
  readonly output: boolean;
}

export interface ArmVcpuView {
  readonly index: number;
  readonly isInitialized: boolean;
  readonly hasPmuFeature: boolean;
  /** The first KVM_RUN has switched its timers on. */
  readonly timersEnabled: boolean;
  /** 0 while none is set. */
  readonly pmuIrq: number;
  readonly pmuCreated: boolean;
  /** Guest address of the steal-time structure; "" while none is set. */
  readonly stealTime: Hex;
  /** Input of the CPU that is asserted; "" for neither. */
  readonly signal: "irq" | "fiq" | "";
  /** ICC_PMR_EL1, ICC_RPR_EL1. */
  readonly priorityMask: number;
  readonly runningPriority: number;
  readonly group0: boolean;
  readonly group1: boolean;
  readonly timers: readonly ArmTimerView[];
  readonly pmu: ArmPmuView;
  readonly ppis: readonly PpiView[];
}

export interface ArmView {
  /** The kernel that it stands for. */
  readonly profile: string;
  /** Version of the in-kernel GIC; 0 without one. */
  readonly gicVersion: number;
  readonly gicInitialized: boolean;
  /** A failed first run has ended the VM: everything answers -EIO. */
  readonly isDead: boolean;
  /** Some vCPU has passed the checks of its first run. */
  readonly hasRun: boolean;
  /** perf type of the PMU that was chosen for all vCPUs; -1 before that. */
  readonly pmuType: number;
  /** Events that the VM's filter lets count, of all there are; both 0 without a filter. */
  readonly eventsAllowed: number;
  readonly events: number;
  /** SPIs whose line is high. */
  readonly highSpis: readonly number[];
  readonly virtualNs: number;
  readonly vcpus: readonly ArmVcpuView[];
}
