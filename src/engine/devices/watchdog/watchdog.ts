/**
 * The hypervisor watchdog that DIAGNOSE 0x288 drives: one countdown; when it runs out the board acts
 * (restart). Invariant: at most one countdown runs.
 */
import type { TimePort } from "../ports.ts";
import type { WatchdogState } from "./state.ts";

const NS_PER_SECOND = 1_000_000_000n;

export class Watchdog {
  private readonly time: TimePort;
  private readonly expired: () => void;
  private timer: number | undefined;

  /** `expired` is called once when a countdown reaches zero. */
  constructor(time: TimePort, expired: () => void) {
    this.time = time;
    this.expired = expired;
  }

  get isRunning(): boolean {
    return this.timer !== undefined;
  }

  /** Starts or restarts the countdown. */
  start(seconds: bigint): void {
    this.cancel();
    this.timer = this.time.after(seconds * NS_PER_SECOND, () => this.expire());
  }

  cancel(): void {
    if (this.timer !== undefined) this.time.cancel(this.timer);
    this.timer = undefined;
  }

  save(): WatchdogState {
    return { countdown: (this.timer !== undefined && this.time.pending(this.timer)) || null };
  }

  load({ countdown }: WatchdogState): void {
    this.cancel();
    if (countdown) this.timer = this.time.resume(countdown, () => this.expire());
  }

  private expire(): void {
    this.timer = undefined;
    this.expired();
  }
}
