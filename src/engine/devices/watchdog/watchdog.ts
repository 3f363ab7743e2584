/**
 * The hypervisor watchdog that DIAGNOSE 0x288 drives: one countdown; when it runs out the board acts
 * (restart). Invariant: at most one countdown runs.
 */
import type { TimePort } from "../ports.ts";
import type { WatchdogState } from "./state.ts";

const NS_PER_SECOND = 1_000_000_000n;
/** In place of a handle, which count from 1: cancelled it does nothing, and nothing is pending. */
const NONE = 0;

export class Watchdog {
  private readonly time: TimePort;
  private readonly expired: () => void;
  private timer = NONE;

  /** `expired` is called once when a countdown reaches zero. */
  constructor(time: TimePort, expired: () => void) {
    this.time = time;
    this.expired = expired;
  }

  get isRunning(): boolean {
    return this.timer !== NONE;
  }

  /** Starts or restarts the countdown. */
  start(seconds: bigint): void {
    this.cancel();
    this.timer = this.time.after(seconds * NS_PER_SECOND, () => this.expire());
  }

  cancel(): void {
    this.time.cancel(this.timer);
    this.timer = NONE;
  }

  save(): WatchdogState {
    return { countdown: this.time.pending(this.timer) ?? null };
  }

  load({ countdown }: WatchdogState): void {
    this.cancel();
    if (countdown) this.timer = this.time.resume(countdown, () => this.expire());
  }

  private expire(): void {
    this.timer = NONE;
    this.expired();
  }
}
