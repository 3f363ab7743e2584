/** Finds a text in a stream of bytes, however the stream is cut. */
export class TextWatch {
  private readonly needle: Buffer;
  private tail = Buffer.alloc(0);
  seen = false;

  /** `text` is not empty. */
  constructor(text: string) {
    this.needle = Buffer.from(text, "utf8");
  }

  /** True once the text has been seen. */
  take(bytes: Uint8Array): boolean {
    if (this.seen) return true;
    const joined = Buffer.concat([this.tail, bytes]);
    this.seen = joined.includes(this.needle);
    this.tail = joined.subarray(Math.max(0, joined.length - this.needle.length + 1));
    return this.seen;
  }
}
