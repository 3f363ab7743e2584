/** A machine that waits, in the wall's time: since when, from which virtual time, and to which event. */

/** After so long without a step the last second holds none. */
const STILL_MS = 1000;
/** The longest wait that the host's timers know; a longer one is taken in parts. */
const TIMER_MS_MAX = 2 ** 31 - 1;

interface Sleep {
  readonly timer: NodeJS.Timeout | undefined;
  readonly still: NodeJS.Timeout;
  readonly since: number;
  readonly fromNs: bigint;
  readonly toNs: bigint | undefined;
}
export interface Sleeper {
  /** What was waited for is due. */
  due(): void;
  /** Nothing has happened for a while. */
  still(): void;
}

export class IdleSleep {
  /** Wall milliseconds slept so far. */
  idleMs = 0;
  private readonly clock: () => number;
  private readonly sleeper: Sleeper;
  private sleeping: Sleep | undefined;

  constructor(clock: () => number, sleeper: Sleeper) {
    this.clock = clock;
    this.sleeper = sleeper;
  }
  get isOn(): boolean {
    return this.sleeping !== undefined;
  }
  /** To an event of virtual time; without one until it is ended. */
  begin(fromNs: bigint, toNs: bigint | undefined): void {
    const waitMs = toNs === undefined ? undefined : Math.min(TIMER_MS_MAX, Number(toNs - fromNs) / 1e6);
    const timer = waitMs === undefined ? undefined : setTimeout(() => this.sleeper.due(), waitMs);
    const still = setTimeout(() => this.sleeper.still(), STILL_MS);
    this.sleeping = { timer, still, since: this.clock(), fromNs, toNs };
  }
  /** The virtual time at which it ends: as much later as has passed, at most the event's. */
  end(): bigint | undefined {
    const { sleeping } = this;
    if (!sleeping) return undefined;
    this.sleeping = undefined;
    const { timer, still, since, fromNs, toNs } = sleeping;
    clearTimeout(timer);
    clearTimeout(still);
    const passed = this.clock() - since;
    this.idleMs += passed;
    const to = fromNs + BigInt(Math.round(passed * 1e6));
    return toNs !== undefined && to > toNs ? toNs : to;
  }
}
