/** Virtual time that moves only when it is told to. Nanoseconds since the machine was made. */
import { Schedule, type PendingEvent } from "../base/schedule.ts";
import type { TimePort } from "../devices/ports.ts";

export class SteppedTime implements TimePort {
  private at = 0n;
  private readonly schedule = new Schedule(() => this.at);

  now(): bigint {
    return this.at;
  }
  after(delayNs: bigint, due: () => void): number {
    return this.schedule.after(delayNs, due);
  }
  cancel(handle: number): void {
    this.schedule.cancel(handle);
  }
  pending(handle: number): PendingEvent | undefined {
    return this.schedule.pending(handle);
  }
  resume(timer: PendingEvent, due: () => void): number {
    return this.schedule.resume(timer, due);
  }

  /**
   * Stands where another stands, which is no earlier than here; its next event gets the same handle. Events
   * stay with the devices that wait for them.
   */
  follow({ at, schedule }: SteppedTime): void {
    this.runUntil(at);
    this.schedule.nextHandle = schedule.nextHandle;
  }

  /** When the next event is due; undefined without one. */
  next(): bigint | undefined {
    return this.schedule.next();
  }

  /** Runs every event up to this time, each at its own, and stands there. */
  runUntil(ns: bigint): void {
    for (let due = this.schedule.next(); due !== undefined && due <= ns; due = this.schedule.next()) {
      if (due > this.at) this.at = due;
      this.schedule.runDue();
    }
    if (ns > this.at) this.at = ns;
  }

  /** As `runUntil`, from now on. */
  pass(ns: bigint): void {
    this.runUntil(this.at + ns);
  }
}
