/**
 * The newest lines of a ledger, in columns: a storm of interrupts writes hundreds of thousands a second, and
 * as objects each would live long enough to be moved by the garbage collector; columns are also what a window
 * takes (api/ledgerBlock.ts), so that handing over a thousand lines is a copy of bytes.
 *
 * Numbers are kept as they are written, `at` exactly below 2^53.
 */
import { ledgerSteps, type LedgerLine, type LedgerStep } from "../api/ledger.ts";
import { ledgerColumns, LEDGER_LINE_BYTES, type LedgerBlock } from "../api/ledgerBlock.ts";

/** Room at first; it doubles until the capacity is reached, because most ledgers stay short. */
const ROOM_AT_START = 256;

const placeOfStep: ReadonlyMap<LedgerStep, number> = new Map(ledgerSteps.map((step, place) => [step, place]));

const columnsFor = (room: number) => ({
  at: new Float64Array(room),
  id: new Float64Array(room),
  into: new Float64Array(room),
  // Wider than a block's: of a controller without a guest's CPUs these may be negative or large.
  kind: new Float64Array(room),
  cpu: new Int32Array(room),
  step: new Uint8Array(room),
});
type Columns = ReturnType<typeof columnsFor>;
const numeric = ["at", "id", "into", "kind", "cpu", "step"] as const;

export class LineRing {
  private readonly capacity: number;
  private room: number;
  private columns: Columns;
  private bits: string[] = [];
  /** Lines kept, and the place of the oldest. */
  length = 0;
  private oldest = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.room = Math.min(capacity, ROOM_AT_START);
    this.columns = columnsFor(this.room);
  }

  append({ at, id, into, kind, cpu, step, bit }: LedgerLine): void {
    if (this.length === this.room && this.room < this.capacity) this.grow();
    const place = this.placeAt(this.length);
    if (this.length < this.room) this.length++;
    else this.oldest = this.placeAt(1);
    const { columns } = this;
    columns.at[place] = Number(at);
    columns.id[place] = id;
    columns.into[place] = into;
    columns.kind[place] = kind;
    columns.cpu[place] = cpu;
    columns.step[place] = placeOfStep.get(step)!;
    this.bits[place] = bit;
  }

  /** The line at an index; 0 is the oldest. */
  read(index: number): LedgerLine {
    const place = this.placeAt(index);
    const { at, id, into, kind, cpu, step } = this.columns;
    return {
      at: BigInt(at[place]!), id: id[place]!, step: ledgerSteps[step[place]!]!, bit: this.bits[place]!,
      kind: kind[place]!, cpu: cpu[place]!, into: into[place]!,
    };
  }
  idAt(index: number): number {
    return this.columns.id[this.placeAt(index)]!;
  }

  /** Lines from an index on, as many as there are up to `count`, as a window takes them. */
  block(from: number, count: number): Pick<LedgerBlock, "words" | "bytes"> {
    const lines = Math.max(0, Math.min(count, this.length - from));
    const bytes = new Uint8Array(lines * LEDGER_LINE_BYTES);
    const { word, ...target } = ledgerColumns(bytes.buffer, 0, lines);
    const start = this.placeAt(from);
    const straight = Math.min(lines, this.room - start);
    for (const name of numeric) {
      const source = this.columns[name];
      target[name].set(source.subarray(start, start + straight));
      target[name].set(source.subarray(0, lines - straight), straight);
    }
    const words = new Map<string, number>();
    for (let line = 0; line < lines; line++) {
      const bit = this.bits[this.placeAt(from + line)]!;
      let place = words.get(bit);
      if (place === undefined) words.set(bit, (place = words.size));
      word[line] = place;
    }
    return { words: [...words.keys()], bytes };
  }

  clear(): void {
    this.length = this.oldest = 0;
    this.bits = [];
  }

  private placeAt(index: number): number {
    const place = this.oldest + index;
    return place < this.room ? place : place - this.room;
  }
  /** Before it has gone round, so that the oldest line stands first. */
  private grow(): void {
    this.room = Math.min(this.capacity, 2 * this.room);
    const before = this.columns;
    this.columns = columnsFor(this.room);
    for (const name of numeric) this.columns[name].set(before[name]);
  }
}
