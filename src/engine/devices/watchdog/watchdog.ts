/**
 * The hypervisor watchdog that DIAGNOSE 0x288 drives: one countdown; when it runs out the board acts
 * (restart). Invariant: at most one deadline is scheduled, and `deadline` is set exactly while it is.
 */
import type { TimePort } from "../ports.ts";

const NS_PER_SECOND = 1_000_000_000n;

/** Plain data: virtual time of expiry in nanoseconds, or null. */
export interface WatchdogState {
  version: number;
  deadline: bigint | null;
}

export class Watchdog {
  private readonly time: TimePort;
  private readonly expired: () => void;
  private deadline: bigint | null = null;
  private timer: number | undefined;

  /** `expired` is called once when a countdown reaches zero. */
  constructor(time: TimePort, expired: () => void) {
    this.time = time;
    this.expired = expired;
  }

  get isRunning(): boolean {
    return this.deadline !== null;
  }

  /** Starts or restarts the countdown. */
  start(seconds: bigint): void {
    this.schedule(this.time.now() + seconds * NS_PER_SECOND);
  }

  cancel(): void {
    if (this.timer !== undefined) this.time.cancel(this.timer);
    this.timer = undefined;
    this.deadline = null;
  }

  save(): WatchdogState {
    return { version: 1, deadline: this.deadline };
  }

  load(state: WatchdogState): void {
    this.cancel();
    if (state.deadline !== null) this.schedule(state.deadline);
  }

  private schedule(deadline: bigint): void {
    this.cancel();
    this.deadline = deadline;
    const now = this.time.now();
    this.timer = this.time.after(deadline > now ? deadline - now : 0n, () => {
      this.timer = undefined;
      this.deadline = null;
      this.expired();
    });
  }
}
