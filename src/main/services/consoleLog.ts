/**
 * The last bytes a console printed, each with its place in the whole stream, so that a page which comes back
 * after a reload or a broken connection goes on exactly where it stopped.
 *
 * Invariant: `end - start <= capacity`, and the byte at offset n stays readable while start <= n < end.
 */
export class ConsoleLog {
  /** Offset of the oldest byte still kept. */
  start = 0;
  /** Offset after the newest byte. */
  end = 0;
  /** How often it was begun anew. */
  run = 0;
  private readonly ring: Uint8Array;

  constructor(capacityBytes = 2 ** 20) {
    this.ring = new Uint8Array(capacityBytes);
  }

  append(bytes: Uint8Array): void {
    const capacity = this.ring.length;
    const kept = bytes.length > capacity ? bytes.subarray(bytes.length - capacity) : bytes;
    const at = (this.end + bytes.length - kept.length) % capacity;
    const head = Math.min(kept.length, capacity - at);
    this.ring.set(kept.subarray(0, head), at);
    this.ring.set(kept.subarray(head), 0);
    this.end += bytes.length;
    this.start = Math.max(this.start, this.end - capacity);
  }

  /** At most `bytesMax` bytes from `offset` on; the offset moves up where those bytes are gone. */
  read(offset: number, bytesMax: number): { offset: number; bytes: Uint8Array } {
    const from = Math.min(Math.max(offset, this.start), this.end);
    const length = Math.min(bytesMax, this.end - from);
    const bytes = new Uint8Array(length);
    const at = from % this.ring.length;
    const head = Math.min(length, this.ring.length - at);
    bytes.set(this.ring.subarray(at, at + head));
    bytes.set(this.ring.subarray(0, length - head), head);
    return { offset: from, bytes };
  }

  /** Begins anew: forgets what was printed; the offsets go on counting. */
  clear(): void {
    this.run++;
    this.start = this.end;
  }
}
