/**
 * Lines of an interrupt ledger as a page keeps them: the newest 65,536 in columns, at most 2.5 MB. Their
 * numbers rise; where lines were missed (a storm writes more than a window asks for) a number is skipped.
 */
import { ledgerSteps } from "../../../engine/api/ledger.ts";
import { unpackLedger, type LedgerBlock, type LedgerEntry } from "../../../engine/api/ledgerBlock.ts";

export const RING_LINES = 65_536;

export class LedgerRing {
  private readonly capacity: number;
  private readonly number: Float64Array;
  private readonly at: Float64Array;
  private readonly id: Float64Array;
  private readonly into: Float64Array;
  private readonly kind: Uint32Array;
  private readonly word: Uint16Array;
  private readonly cpu: Int16Array;
  private readonly step: Uint8Array;
  private readonly words: string[] = [];
  private readonly placeOfWord = new Map<string, number>();
  /** Lines taken so far; the newest stands before `taken % capacity`. */
  private taken = 0;

  constructor(capacity = RING_LINES) {
    this.capacity = capacity;
    this.number = new Float64Array(capacity);
    this.at = new Float64Array(capacity);
    this.id = new Float64Array(capacity);
    this.into = new Float64Array(capacity);
    this.kind = new Uint32Array(capacity);
    this.word = new Uint16Array(capacity);
    this.cpu = new Int16Array(capacity);
    this.step = new Uint8Array(capacity);
  }

  get length(): number {
    return Math.min(this.taken, this.capacity);
  }
  /** Number of the newest line; 0 where there is none. */
  get newest(): number {
    return this.taken === 0 ? 0 : this.number[(this.taken - 1) % this.capacity]!;
  }
  /** True if a line between the oldest and the newest is missing. */
  get hasGap(): boolean {
    return this.length > 0 && this.newest - this.numberAt(0) !== this.length - 1;
  }

  /** Appends the lines that are newer than the newest; gives how many. */
  append(block: LedgerBlock): number {
    const { count, columns } = unpackLedger(block);
    const words = block.words.map((word) => this.placeOf(word));
    const from = Math.max(0, this.newest + 1 - block.first);
    for (let line = from; line < count; line++) {
      const place = this.taken++ % this.capacity;
      this.number[place] = block.first + line;
      this.at[place] = columns.at[line]!;
      this.id[place] = columns.id[line]!;
      this.into[place] = columns.into[line]!;
      this.kind[place] = columns.kind[line]!;
      this.word[place] = words[columns.word[line]!] ?? 0;
      this.cpu[place] = columns.cpu[line]!;
      this.step[place] = columns.step[line]!;
    }
    return Math.max(0, count - from);
  }

  /** Number of the line at an index; 0 is the oldest. */
  numberAt(index: number): number {
    return this.number[this.placeAt(index)]!;
  }
  /** The line at an index; 0 is the oldest. */
  read(index: number): LedgerEntry {
    const place = this.placeAt(index);
    return {
      number: this.number[place]!,
      at: this.at[place]!,
      id: this.id[place]!,
      step: ledgerSteps[this.step[place]!] ?? "lost",
      bit: this.words[this.word[place]!] ?? "",
      kind: this.kind[place]!,
      cpu: this.cpu[place]!,
      into: this.into[place]!,
    };
  }
  clear(): void {
    this.taken = 0;
  }

  private placeAt(index: number): number {
    return (this.taken - this.length + index) % this.capacity;
  }
  private placeOf(word: string): number {
    let place = this.placeOfWord.get(word);
    if (place === undefined) {
      place = this.words.push(word) - 1;
      this.placeOfWord.set(word, place);
    }
    return place;
  }
}
