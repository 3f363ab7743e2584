/**
 * A rolling 64-bit hash (two 32-bit lanes of a multiply–xor mix) over words and bytes, for comparing two
 * runs.
 */
export class TraceHash {
  private a = 0x811c9dc5;
  private b = 0x9747b28c;

  word(n: number): void {
    this.a = Math.imul(this.a ^ n, 0x01000193);
    this.a ^= this.a >>> 15;
    this.b = Math.imul(this.b + n, 0x85ebca6b);
    this.b ^= this.b >>> 13;
  }
  big(n: bigint): void {
    this.word(Number(n & 0xffffffffn) | 0);
    this.word(Number((n >> 32n) & 0xffffffffn) | 0);
  }
  bytes(data: Uint8Array): void {
    for (const byte of data) this.word(byte);
  }
  /** Both lanes; `load` takes them back. */
  save(): number[] {
    return [this.a >>> 0, this.b >>> 0];
  }
  load([a, b]: readonly number[]): void {
    [this.a, this.b] = [a! | 0, b! | 0];
  }
  /** 16 hex digits. */
  digest(): string {
    return (this.a >>> 0).toString(16).padStart(8, "0") + (this.b >>> 0).toString(16).padStart(8, "0");
  }
}
