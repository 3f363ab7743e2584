/**
 * One timer of a vCPU's generic timer: CNTV or CNTP with CVAL, TVAL and CTL (Arm Architecture Reference
 * Manual, chapter "The Generic Timer in AArch64 state"). Counts are unsigned 64-bit numbers.
 */
import { DeviceTimer } from "../deviceTimer.ts";
import type { TimePort } from "../ports.ts";

/** CNTV_CTL_EL0 and CNTP_CTL_EL0. */
export const timerControl = { ENABLE: 1, IMASK: 2, ISTATUS: 4 } as const;
const { ENABLE, IMASK, ISTATUS } = timerControl;
const NS_PER_SECOND = 1_000_000_000n;
const WRAP = 1n << 64n;
/** Later than this, in nanoseconds, is never. */
const HORIZON_NS = 1n << 63n;

export interface TimerState {
  /** ENABLE and IMASK. */
  readonly control: number;
  readonly compareValue: bigint;
  /** The count is the physical count less this. */
  readonly offset: bigint;
}

export const timerAtReset: TimerState = { control: 0, compareValue: 0n, offset: 0n };

export interface TimerOptions {
  readonly time: TimePort;
  /** CNTFRQ_EL0, in Hz. */
  readonly frequency: bigint;
  /** The output may have changed. */
  readonly changed: () => void;
}

export class GenericTimer {
  private readonly options: TimerOptions;
  private state = timerAtReset;
  /** Runs out at the next change of the condition: it comes true, or the counter wraps. */
  private readonly nextChange: DeviceTimer;

  constructor(options: TimerOptions) {
    this.options = options;
    this.nextChange = new DeviceTimer(options.time, () => {
      this.arm();
      options.changed();
    });
  }

  /** CNTVCT_EL0 or CNTPCT_EL0. */
  count(): bigint {
    const { time, frequency } = this.options;
    return BigInt.asUintN(64, (time.now() * frequency) / NS_PER_SECOND - this.state.offset);
  }
  /** CTL, with ISTATUS as the condition is now; zero while the timer is disabled. */
  get control(): number {
    return this.state.control | (this.isMet() ? ISTATUS : 0);
  }
  setControl(value: number): void {
    this.change({ control: value & (ENABLE | IMASK) });
  }
  get compareValue(): bigint {
    return this.state.compareValue;
  }
  setCompareValue(value: bigint): void {
    this.change({ compareValue: BigInt.asUintN(64, value) });
  }
  /** TVAL: how far the compare value is ahead, as a signed 32-bit number. */
  get timerValue(): number {
    return Number(BigInt.asIntN(32, this.state.compareValue - this.count()));
  }
  /** From its 32 bits on, sign-extended. */
  setTimerValue(value: number): void {
    this.setCompareValue(this.count() + BigInt(value | 0));
  }
  setOffset(offset: bigint): void {
    this.change({ offset: BigInt.asUintN(64, offset) });
  }

  /** The interrupt line: condition met, enabled, and not masked. */
  get output(): boolean {
    return this.isMet() && !(this.state.control & IMASK);
  }

  save(): TimerState {
    return this.state;
  }
  /** Tells nobody: whoever loads all sources of a vCPU looks at them once. */
  load(state: TimerState): void {
    this.state = state;
    this.arm();
  }

  private isMet(): boolean {
    return (this.state.control & ENABLE) !== 0 && this.count() >= this.state.compareValue;
  }

  private change(to: Partial<TimerState>): void {
    this.state = { ...this.state, ...to };
    this.arm();
    this.options.changed();
  }

  private arm(): void {
    const { time, frequency } = this.options;
    this.nextChange.stop();
    if (!(this.state.control & ENABLE)) return;
    const count = this.count();
    const { compareValue } = this.state;
    const ticks = (count < compareValue ? compareValue : WRAP) - count;
    const target = (time.now() * frequency) / NS_PER_SECOND + ticks;
    // The first nanosecond at which the counter shows the target.
    const delay = (target * NS_PER_SECOND + frequency - 1n) / frequency - time.now();
    if (delay <= HORIZON_NS) this.nextChange.start(delay);
  }
}
