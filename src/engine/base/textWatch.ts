/** Finds a text in a stream of bytes, however the stream is cut. */
export class TextWatch {
  private readonly needle: Uint8Array;
  private tail = new Uint8Array();
  seen = false;

  /** `text` is not empty. */
  constructor(text: string) {
    this.needle = new TextEncoder().encode(text);
  }

  /** True once the text has been seen. */
  take(bytes: Uint8Array): boolean {
    if (this.seen) return true;
    const joined = new Uint8Array(this.tail.length + bytes.length);
    joined.set(this.tail);
    joined.set(bytes, this.tail.length);
    this.seen = this.isIn(joined);
    this.tail = joined.slice(Math.max(0, joined.length - this.needle.length + 1));
    return this.seen;
  }

  private isIn(bytes: Uint8Array): boolean {
    const { needle } = this;
    for (let at = bytes.indexOf(needle[0]!); at >= 0; at = bytes.indexOf(needle[0]!, at + 1))
      if (needle.every((byte, i) => bytes[at + i] === byte)) return true;
    return false;
  }
}
