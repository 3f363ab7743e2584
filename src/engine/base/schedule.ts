/**
 * Virtual time and its event queue. Time is nanoseconds since the machine started; it moves only when the
 * machine says so. Events due at the same time run in the order in which they were made.
 */

/** An event that waits, as a snapshot keeps it: when it is due, and the handle that says when it was made. */
export interface PendingEvent {
  readonly due: bigint;
  readonly handle: number;
}

interface Event extends PendingEvent {
  readonly run: () => void;
}

export class Schedule {
  private events: Event[] = [];
  /** Of the next event; handles count up. */
  nextHandle = 1;
  private readonly clock: () => bigint;

  constructor(clock: () => bigint) {
    this.clock = clock;
  }
  now(): bigint {
    return this.clock();
  }
  after(delayNs: bigint, run: () => void): number {
    return this.resume(
      { due: this.clock() + (delayNs > 0n ? delayNs : 0n), handle: this.nextHandle++ }, run);
  }
  /** An event of a snapshot waits again, in its old place and under its old handle. */
  resume({ due, handle }: PendingEvent, run: () => void): number {
    let at = this.events.length;
    const isLater = (event: Event): boolean =>
      event.due > due || (event.due === due && event.handle > handle);
    while (at > 0 && isLater(this.events[at - 1]!)) at--;
    this.events.splice(at, 0, { due, handle, run });
    return handle;
  }
  /** What `resume` needs of a waiting event. */
  pending(handle: number): PendingEvent | undefined {
    const found = this.events.find((event) => event.handle === handle);
    return found && { due: found.due, handle };
  }
  cancel(handle: number): void {
    this.events = this.events.filter((e) => e.handle !== handle);
  }
  /** When the next event is due; undefined without one. */
  next(): bigint | undefined {
    return this.events[0]?.due;
  }
  /** Runs what is due. */
  runDue(): void {
    while (this.events.length > 0 && this.events[0]!.due <= this.clock()) this.events.shift()!.run();
  }
  clear(): void {
    this.events = [];
  }
}
