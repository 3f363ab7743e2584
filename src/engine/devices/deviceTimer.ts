/** The one timer of a device. Invariant: at most one event of virtual time waits for it. */
import type { PendingEvent } from "../base/schedule.ts";
import type { TimePort } from "./ports.ts";

/** In place of a handle, which count from 1: cancelled it does nothing, and nothing is pending. */
const NONE = 0;

export class DeviceTimer {
  private readonly time: TimePort;
  private readonly due: () => void;
  private handle = NONE;

  /** `due` is called once when the timer runs out; it does not run then and may be started again. */
  constructor(time: TimePort, due: () => void) {
    this.time = time;
    this.due = due;
  }

  get isRunning(): boolean {
    return this.handle !== NONE;
  }

  /** Starts or restarts it; virtual nanoseconds. */
  start(delayNs: bigint): void {
    this.stop();
    this.handle = this.time.after(delayNs, () => this.expire());
  }

  stop(): void {
    this.time.cancel(this.handle);
    this.handle = NONE;
  }

  /** As a snapshot keeps it; null if it does not run. */
  save(): PendingEvent | null {
    return this.time.pending(this.handle) ?? null;
  }

  /** Becomes the timer that was saved, due when that was due. */
  load(saved: PendingEvent | null): void {
    this.stop();
    if (saved) this.handle = this.time.resume(saved, () => this.expire());
  }

  private expire(): void {
    this.handle = NONE;
    this.due();
  }
}
