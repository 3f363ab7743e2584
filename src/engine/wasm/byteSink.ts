/**
 * A growing byte buffer with the LEB128 encodings of the WebAssembly binary format (core specification, 5.2).
 */
export class ByteSink {
  private bytes: Uint8Array;
  length = 0;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
  }

  private room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const bigger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    bigger.set(this.bytes.subarray(0, this.length));
    this.bytes = bigger;
  }
  u8(n: number): void {
    if (this.length === this.bytes.length) this.room(1);
    this.bytes[this.length++] = n;
  }
  u32(n: number): void {
    this.room(5);
    n >>>= 0;
    while (n >= 0x80) {
      this.bytes[this.length++] = (n & 0x7f) | 0x80;
      n >>>= 7;
    }
    this.bytes[this.length++] = n;
  }
  s32(n: number): void {
    this.room(5);
    for (;;) {
      const low = n & 0x7f;
      n >>= 7;
      if ((n === 0 && !(low & 0x40)) || (n === -1 && low & 0x40)) {
        this.bytes[this.length++] = low;
        return;
      }
      this.bytes[this.length++] = low | 0x80;
    }
  }
  s64(n: bigint): void {
    const small = Number(n);
    if (small >= -0x80000000 && small <= 0x7fffffff) {
      this.s32(small);
      return;
    }
    this.room(10);
    for (;;) {
      const low = Number(n & 0x7fn);
      n >>= 7n;
      if ((n === 0n && !(low & 0x40)) || (n === -1n && low & 0x40)) {
        this.bytes[this.length++] = low;
        return;
      }
      this.bytes[this.length++] = low | 0x80;
    }
  }
  f64(n: number): void {
    this.room(8);
    new DataView(this.bytes.buffer).setFloat64(this.length, n, true);
    this.length += 8;
  }
  u128(n: bigint): void {
    for (let i = 0n; i < 128n; i += 8n) this.u8(Number((n >> i) & 0xffn));
  }
  text(s: string): void {
    const encoded = Uint8Array.from(s, (c) => c.charCodeAt(0));
    this.u32(encoded.length);
    for (const b of encoded) this.u8(b);
  }
  append(other: ByteSink): void {
    this.room(other.length);
    this.bytes.set(other.bytes.subarray(0, other.length), this.length);
    this.length += other.length;
  }
  take(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length) as Uint8Array<ArrayBuffer>;
  }
}
