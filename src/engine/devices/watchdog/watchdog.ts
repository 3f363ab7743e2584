/**
 * The hypervisor watchdog that DIAGNOSE 0x288 drives: one countdown; when it runs out the board acts
 * (restart). Invariant: at most one countdown runs.
 */
import { DeviceTimer } from "../deviceTimer.ts";
import type { TimePort } from "../ports.ts";
import type { WatchdogState } from "./state.ts";

const NS_PER_SECOND = 1_000_000_000n;

export class Watchdog {
  private readonly countdown: DeviceTimer;

  /** `expired` is called once when a countdown reaches zero. */
  constructor(time: TimePort, expired: () => void) {
    this.countdown = new DeviceTimer(time, expired);
  }

  get isRunning(): boolean {
    return this.countdown.isRunning;
  }

  /** Starts or restarts the countdown. */
  start(seconds: bigint): void {
    this.countdown.start(seconds * NS_PER_SECOND);
  }

  cancel(): void {
    this.countdown.stop();
  }

  save(): WatchdogState {
    return { countdown: this.countdown.save() };
  }

  load({ countdown }: WatchdogState): void {
    this.countdown.load(countdown);
  }
}
