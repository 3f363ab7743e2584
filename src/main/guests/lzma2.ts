/**
 * Decodes LZMA2, the compressed form inside .xz. Source: the LZMA specification (7-Zip), XZ file format 1.2.
 * Invariant: neither reads past its input nor writes past the output given; a match never reaches behind
 * the last dictionary reset.
 */
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { probabilityAt as at } from "./lzmaProbabilities.ts";

/** Turns an unsigned comparison of int32 values into a signed one; keeps them small integers for the JIT. */
const flip = 0x8000_0000 | 0;
const topMask = 0xff00_0000 | 0;
const halfProbability = 1024;

/** One decoder per .xz block. Call `chunk` until it says `done`. */
export class Lzma2Decoder {
  private readonly input: Uint8Array;
  private readonly output: Uint8Array;
  private readonly probabilities = new Uint16Array(at.count);
  /** Next byte of the input and of the output. */
  inputAt: number;
  outputAt: number;
  private dictionaryStart: number;
  private needsDictionary = true;
  private needsProperties = true;
  private range = 0;
  private code = 0;
  private state = 0;
  private rep0 = 0;
  private rep1 = 0;
  private rep2 = 0;
  private rep3 = 0;
  private literalContextBits = 0;
  private literalPositionMask = 0;
  private positionMask = 0;

  constructor(input: Uint8Array, inputAt: number, output: Uint8Array, outputAt: number) {
    this.input = input;
    this.inputAt = inputAt;
    this.output = output;
    this.outputAt = outputAt;
    this.dictionaryStart = outputAt;
  }

  /** Decodes one chunk (at most 2 MiB). `value` is true at the end marker. */
  chunk(): Result<boolean, string> {
    if (this.inputAt >= this.input.length) return refuse("The LZMA2 data is cut short.");
    const control = this.input[this.inputAt++]!;
    if (control === 0) return ok(true);
    const headerBytes = control >= 0x80 ? (control >= 0xc0 ? 5 : 4) : 2;
    if (this.inputAt + headerBytes > this.input.length) return refuse("The LZMA2 data is cut short.");
    const done = control >= 0x80 ? this.compressedChunk(control) : this.plainChunk(control);
    return done.ok ? ok(false) : done;
  }

  private u16(): number {
    const value = (this.input[this.inputAt]! << 8) | this.input[this.inputAt + 1]!;
    this.inputAt += 2;
    return value;
  }

  private plainChunk(control: number): Result<void, string> {
    if (control > 2) return refuse(`The LZMA2 chunk has the control byte ${control}, which means nothing.`);
    if (control === 1) this.resetDictionary();
    else if (this.needsDictionary) return refuse("The LZMA2 data does not begin with a dictionary reset.");
    const bytes = this.u16() + 1;
    if (this.inputAt + bytes > this.input.length) return refuse("The LZMA2 data is cut short.");
    if (this.outputAt + bytes > this.output.length)
      return refuse("The LZMA2 data is longer than its index says.");
    this.output.set(this.input.subarray(this.inputAt, this.inputAt + bytes), this.outputAt);
    this.inputAt += bytes;
    this.outputAt += bytes;
    return ok(undefined);
  }

  private compressedChunk(control: number): Result<void, string> {
    const outputBytes = ((control & 0x1f) << 16) + this.u16() + 1;
    const inputBytes = this.u16() + 1;
    const reset = (control >> 5) & 3;
    if (reset === 3) this.resetDictionary();
    if (reset >= 2 && !this.setProperties(this.input[this.inputAt++]!))
      return refuse("The LZMA2 properties are outside lc + lp ≤ 4, pb ≤ 4.");
    if (this.needsDictionary || this.needsProperties)
      return refuse("The LZMA2 data does not begin with a reset.");
    if (reset >= 1) this.resetState();
    const inputEnd = this.inputAt + inputBytes;
    if (inputEnd > this.input.length || inputBytes < 5) return refuse("The LZMA2 data is cut short.");
    if (this.outputAt + outputBytes > this.output.length)
      return refuse("The LZMA2 data is longer than its index says.");
    this.startRange();
    const fine = this.decode(this.outputAt + outputBytes, inputEnd);
    if (!fine || this.inputAt !== inputEnd)
      return refuse(`The LZMA2 data is damaged before byte ${this.inputAt}.`);
    return ok(undefined);
  }

  private resetDictionary(): void {
    this.dictionaryStart = this.outputAt;
    this.needsDictionary = false;
    // Old distances would reach behind the reset: a compressed chunk must now bring new properties.
    this.needsProperties = true;
  }

  private setProperties(byte: number): boolean {
    const lc = byte % 9;
    const lp = Math.floor(byte / 9) % 5;
    const pb = Math.floor(byte / 45);
    if (pb > 4 || lc + lp > 4) return false;
    this.literalContextBits = lc;
    this.literalPositionMask = (1 << lp) - 1;
    this.positionMask = (1 << pb) - 1;
    this.needsProperties = false;
    return true;
  }

  private resetState(): void {
    this.probabilities.fill(halfProbability);
    this.state = this.rep0 = this.rep1 = this.rep2 = this.rep3 = 0;
  }

  private startRange(): void {
    const { input, inputAt } = this;
    this.code =
      (input[inputAt + 1]! << 24) |
      (input[inputAt + 2]! << 16) |
      (input[inputAt + 3]! << 8) |
      input[inputAt + 4]!;
    this.range = -1;
    this.inputAt += 5;
  }

  private normalise(): void {
    if ((this.range & topMask) === 0) {
      this.range <<= 8;
      this.code = (this.code << 8) | this.input[this.inputAt++]!;
    }
  }

  private bit(index: number): number {
    const probability = this.probabilities[index]!;
    const bound = Math.imul(this.range >>> 11, probability);
    let result: number;
    if ((this.code ^ flip) < (bound ^ flip)) {
      this.range = bound;
      this.probabilities[index] = probability + ((2048 - probability) >> 5);
      result = 0;
    } else {
      this.range = (this.range - bound) | 0;
      this.code = (this.code - bound) | 0;
      this.probabilities[index] = probability - (probability >> 5);
      result = 1;
    }
    if ((this.range & topMask) === 0) {
      this.range <<= 8;
      this.code = (this.code << 8) | this.input[this.inputAt++]!;
    }
    return result;
  }

  private directBits(count: number): number {
    let result = 0;
    for (let i = 0; i < count; i++) {
      this.range >>>= 1;
      const isOne = (this.code ^ flip) >= (this.range ^ flip);
      if (isOne) this.code = (this.code - this.range) | 0;
      result = (result << 1) | (isOne ? 1 : 0);
      this.normalise();
    }
    return result;
  }

  private tree(base: number, bits: number): number {
    let node = 1;
    for (let i = 0; i < bits; i++) node = (node << 1) | this.bit(base + node);
    return node - (1 << bits);
  }

  private reverseTree(base: number, bits: number): number {
    let node = 1;
    let result = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.bit(base + node);
      node = (node << 1) | bit;
      result |= bit << i;
    }
    return result;
  }

  private length(base: number, positionState: number): number {
    if (this.bit(base) === 0) return 2 + this.tree(base + 2 + (positionState << 3), 3);
    if (this.bit(base + 1) === 0) return 10 + this.tree(base + 130 + (positionState << 3), 3);
    return 18 + this.tree(base + 258, 8);
  }

  private literal(): void {
    const { output, outputAt } = this;
    const previous = outputAt > this.dictionaryStart ? output[outputAt - 1]! : 0;
    const position = (outputAt - this.dictionaryStart) & this.literalPositionMask;
    const context = (position << this.literalContextBits) | (previous >> (8 - this.literalContextBits));
    const base = at.literal + 0x300 * context;
    let symbol = 1;
    if (this.state >= 7) {
      let match = output[outputAt - this.rep0 - 1]!;
      do {
        const matchBit = (match >> 7) & 1;
        match <<= 1;
        const bit = this.bit(base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      } while (symbol < 0x100);
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.bit(base + symbol);
    output[this.outputAt++] = symbol;
    this.state = this.state < 4 ? 0 : this.state < 10 ? this.state - 3 : this.state - 6;
  }

  /** Decodes up to `outputEnd`; false where the data cannot be right. */
  private decode(outputEnd: number, inputEnd: number): boolean {
    while (this.outputAt < outputEnd) {
      if (this.inputAt > inputEnd) return false;
      const positionState = (this.outputAt - this.dictionaryStart) & this.positionMask;
      if (this.bit(at.isMatch + (this.state << 4) + positionState) === 0) {
        this.literal();
        continue;
      }
      const isRep = this.bit(at.isRep + this.state) === 1;
      if (isRep && this.outputAt === this.dictionaryStart) return false;
      const length = isRep ? this.repeatedMatch(positionState) : this.newMatch(positionState);
      const reach = this.outputAt - this.dictionaryStart;
      if (this.rep0 < 0 || this.rep0 >= reach || this.outputAt + length > outputEnd) return false;
      this.copyMatch(length);
    }
    return true;
  }

  private copyMatch(length: number): void {
    const { output } = this;
    let to = this.outputAt;
    let from = to - this.rep0 - 1;
    const end = to + length;
    while (to < end) output[to++] = output[from++]!;
    this.outputAt = end;
  }

  private newMatch(positionState: number): number {
    this.rep3 = this.rep2;
    this.rep2 = this.rep1;
    this.rep1 = this.rep0;
    const length = this.length(at.matchLength, positionState);
    this.state = this.state < 7 ? 7 : 10;
    const slot = this.tree(at.distanceSlot + (Math.min(length - 2, 3) << 6), 6);
    if (slot < 4) {
      this.rep0 = slot;
      return length;
    }
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << bits;
    // A distance of 2^31 or more turns negative here and is refused by the caller.
    this.rep0 =
      slot < 14
        ? base + this.reverseTree(at.distanceSpecial + base - slot, bits)
        : base + (this.directBits(bits - 4) << 4) + this.reverseTree(at.distanceAlign, 4);
    return length;
  }

  private repeatedMatch(positionState: number): number {
    if (this.bit(at.isRepG0 + this.state) === 0) {
      if (this.bit(at.isRep0Long + (this.state << 4) + positionState) === 0) {
        this.state = this.state < 7 ? 9 : 11;
        return 1;
      }
    } else {
      this.rotateDistances();
    }
    const length = this.length(at.repLength, positionState);
    this.state = this.state < 7 ? 8 : 11;
    return length;
  }

  private rotateDistances(): void {
    let distance = this.rep1;
    if (this.bit(at.isRepG1 + this.state) === 1) {
      distance = this.rep2;
      if (this.bit(at.isRepG2 + this.state) === 1) {
        distance = this.rep3;
        this.rep3 = this.rep2;
      }
      this.rep2 = this.rep1;
    }
    this.rep1 = this.rep0;
    this.rep0 = distance;
  }
}
