/**
 * Virtual time and its event queue. Time is nanoseconds since the machine started; it moves only when the
 * machine says so. Events due at the same time run in the order in which they were made.
 */
interface Event {
  readonly due: bigint;
  readonly handle: number;
  readonly run: () => void;
}

export class Schedule {
  private events: Event[] = [];
  private nextHandle = 1;
  private readonly clock: () => bigint;

  constructor(clock: () => bigint) {
    this.clock = clock;
  }
  now(): bigint {
    return this.clock();
  }
  after(delayNs: bigint, run: () => void): number {
    const event = { due: this.clock() + (delayNs > 0n ? delayNs : 0n), handle: this.nextHandle++, run };
    let at = this.events.length;
    while (at > 0 && this.events[at - 1]!.due > event.due) at--;
    this.events.splice(at, 0, event);
    return event.handle;
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
