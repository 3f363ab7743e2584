/**
 * What a person typed and when, until the guest gets it. Input that comes live and input that is repeated
 * from a record take this same way, so that both reach the guest at the same instruction. Times are virtual
 * nanoseconds.
 */
export interface TypedInput {
  readonly atNs: bigint;
  readonly bytes: Uint8Array;
}

export class InputQueue {
  private readonly waiting: TypedInput[] = [];

  /** In the order of their times, and among equals in the order of the calls. */
  add(atNs: bigint, bytes: Uint8Array): void {
    let at = this.waiting.length;
    while (at > 0 && this.waiting[at - 1]!.atNs > atNs) at--;
    this.waiting.splice(at, 0, { atNs, bytes });
  }
  /** Everything that waits, oldest first. */
  all(): TypedInput[] {
    return [...this.waiting];
  }
  /** The time of the first. */
  next(): bigint | undefined {
    return this.waiting[0]?.atNs;
  }
  /** The first, if its time has come. */
  take(now: bigint): Uint8Array | undefined {
    const first = this.waiting[0];
    return first && first.atNs <= now ? this.waiting.shift()!.bytes : undefined;
  }
}
