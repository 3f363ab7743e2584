/**
 * Event notification descriptors (END): an event queue and whom to tell. Eight 32-bit words each; masks below
 * are of the word as a number, the fields being numbered from the left in the architecture.
 */
import { assert } from "../../base/assert.ts";

/** Word 0. */
export const END_VALID = 0x80000000;
export const END_ENQUEUE = 0x40000000;
export const END_ALWAYS_NOTIFY = 0x20000000;
export const END_BACKLOG = 0x10000000;
export const END_ESCALATE = 0x04000000;
export const END_ALWAYS_ESCALATE = 0x02000000;
export const END_SILENT = 0x01000000;
export const END_QSIZE = 0x000f0000;
/** Word 1. */
export const END_ESN_SHIFT = 30;
export const END_ESE_SHIFT = 28;
export const END_GENERATION = 0x00400000;
export const END_INDEX = 0x003fffff;
/** Word 2: the upper 28 bits of the queue's address; word 3 holds the lower 32. */
export const END_ADDRESS_HIGH = 0x0fffffff;
/** Words 4 and 5: END block and index to escalate to, and its data. */
export const END_ESCALATION_END = 0x0fffffff;
export const END_ESCALATION_DATA = 0x7fffffff;
/** Word 6. */
export const END_FORMAT_1 = 0x00800000;
/** NVT block and index in one, as a CAM line has them. */
export const END_NVT = 0x007fffff;
export const END_NVT_INDEX = 0x0007ffff;
/** Word 7, format 0; in format 1 its lower 31 bits are the logical server. */
export const END_IGNORE = 0x80000000;
export const END_PRIORITY = 0x00ff0000;
export const END_LOGICAL_SERVER = 0x7fffffff;

export const END_WORDS = 8;
/** Both escalation states off, everything else zero. */
const WORD_1_AT_RESET = 0x50000000;

/** A fresh queue: first entries carry generation 1, both escalation states ready. */
export const END_FRESH_QUEUE = END_GENERATION;

export const endPriority = (word7: number): number => (word7 & END_PRIORITY) >>> 16;
/** log2 of the queue's bytes: 12 is 4 KiB. */
export const queueShift = (word0: number): number => ((word0 & END_QSIZE) >>> 16) + 12;
export const qsizeOf = (shift: number): number => ((shift - 12) << 16) & END_QSIZE;

/** A table that holds only those ENDs that were ever written; all others read as reset. */
export class EndTable {
  readonly count: number;
  private readonly ends = new Map<number, Uint32Array>();

  constructor(count: number) {
    this.count = count;
  }

  has(end: number): boolean {
    return Number.isInteger(end) && end >= 0 && end < this.count;
  }

  word(end: number, word: number): number {
    return this.ends.get(end)?.[word] ?? (word === 1 ? WORD_1_AT_RESET : 0);
  }

  setWord(end: number, word: number, value: number): void {
    this.writable(end)[word] = value;
  }

  setWords(end: number, words: readonly number[]): void {
    assert(words.length === END_WORDS, `an END has ${END_WORDS} words, not ${words.length}`);
    this.writable(end).set(words);
  }

  words(end: number): number[] {
    return Array.from({ length: END_WORDS }, (_, word) => this.word(end, word));
  }

  isValid(end: number): boolean {
    return this.has(end) && (this.word(end, 0) & END_VALID) !== 0;
  }

  /** ESn or ESe of word 1. */
  escalationState(end: number, shift: typeof END_ESN_SHIFT | typeof END_ESE_SHIFT): 0 | 1 | 2 | 3 {
    return ((this.word(end, 1) >>> shift) & 3) as 0 | 1 | 2 | 3;
  }

  setEscalationState(end: number, shift: number, pq: number): void {
    this.setWord(end, 1, ((this.word(end, 1) & ~(3 << shift)) | (pq << shift)) >>> 0);
  }

  reset(end: number): void {
    this.ends.delete(end);
  }

  resetAll(): void {
    this.ends.clear();
  }

  /** ENDs that are not as after a reset, ascending. */
  save(): readonly { readonly end: number; readonly words: readonly number[] }[] {
    return [...this.ends.keys()]
      .sort((a, b) => a - b)
      .map((end) => ({ end, words: this.words(end) }))
      .filter(({ words }) => words.some((value, word) => value !== (word === 1 ? WORD_1_AT_RESET : 0)));
  }

  load(saved: ReturnType<EndTable["save"]>): void {
    this.ends.clear();
    for (const { end, words } of saved) this.setWords(end, words);
  }

  private writable(end: number): Uint32Array {
    assert(this.has(end), `no END ${end}`);
    let words = this.ends.get(end);
    if (!words) {
      words = new Uint32Array(END_WORDS);
      words[1] = WORD_1_AT_RESET;
      this.ends.set(end, words);
    }
    return words;
  }
}
