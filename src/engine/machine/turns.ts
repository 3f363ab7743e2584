/** Whose turn it is among several CPUs, and when it is over, in instructions. */
import type { VirtualTime } from "./virtualTime.ts";

/** The turn of one CPU among several. */
const TURN = 50_000n;
/**
 * What is left of a turn at most once another CPU was woken: whoever woke it usually waits for its answer.
 */
const TURN_AFTER_WAKE = 2_000n;

export class Turns {
  /** The CPU whose turn it is. */
  turn = 0;
  /**
   * The CPU whose place in the order the turn has: another one, where it gave the rest of its turn away. The
   * order goes on behind it, so that whoever is yielded to again and again keeps nobody from a turn.
   */
  place = 0;
  /** Instruction number at which the turn is over. */
  turnEnd = 0n;
  private readonly time: VirtualTime;
  private readonly cpus: number;

  constructor(time: VirtualTime, cpus: number) {
    this.time = time;
    this.cpus = cpus;
  }

  get isOver(): boolean {
    return this.cpus > 1 && this.time.instructions >= this.turnEnd;
  }
  /** Instructions left; undefined for a CPU that is alone. */
  get left(): number | undefined {
    return this.cpus > 1 ? Math.max(1, Number(this.turnEnd - this.time.instructions)) : undefined;
  }
  /** The running CPU gives up the rest of its turn, to `to` if that is another CPU. */
  yield(to?: number): void {
    if (this.cpus === 1) return;
    if (to !== undefined && to < this.cpus) this.turn = to;
    else this.begin((this.place + 1) % this.cpus);
  }
  /** The CPU that comes `nth`, from 0 to their number, where those before it have nothing to execute. */
  at(nth: number): number {
    return nth === 0 ? this.turn : (this.place + nth) % this.cpus;
  }
  /** A turn begins, unless it is this CPU's already. */
  pass(to: number): void {
    if (to !== this.turn) this.begin(to);
  }
  private begin(cpu: number): void {
    this.turn = cpu;
    this.place = cpu;
    this.turnEnd = this.time.instructions + TURN;
  }
  shorten(): void {
    const end = this.time.instructions + TURN_AFTER_WAKE;
    if (end < this.turnEnd) this.turnEnd = end;
  }
}
