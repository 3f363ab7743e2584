/**
 * Interrupts from raise to end, put together from ledger lines as they come. At most 32,768 are kept, the
 * newest; each has a lane (a CPU, a list of the controller) and a row in it, so that drawing needs no layout.
 *
 * Invariant: records are in the order of their first line, and `raised` never falls.
 */
import { finalSteps, type FinalStep } from "../../../engine/api/ledger.ts";
import type { LedgerEntry } from "../../../engine/api/ledgerBlock.ts";
import { classOf, iscOf, type InterruptClass } from "./interruptClass.ts";

export const RECORDS_MAX = 32_768;
/** Rows of one lane; what finds none free shares the last. */
export const LANE_ROWS = 4;

/** `unseen`: its end is among lines that were not asked for. */
export const fates = ["pending", "unseen", ...finalSteps] as const;
export type Fate = FinalStep | "pending" | "unseen";

export interface InterruptRecord {
  readonly id: number;
  readonly kind: number;
  readonly class: InterruptClass;
  readonly lane: number;
  readonly row: number;
  readonly isc: number | undefined;
  /** Instruction of the first line that was seen; of `raised` unless `isCut`. */
  readonly raised: number;
  readonly isCut: boolean;
  fate: Fate;
  /** Instruction of the last step; for one that is pending, of the last line so far. */
  ended: number;
  /** The deciding bit of the last step. */
  bit: string;
  /** The CPU that took it, or that it is for; -1 for none. */
  cpu: number;
  into: number;
}

/** Something that happened to a CPU: it was told to look, or took an interrupt of the controller. */
export interface CpuEvent {
  readonly at: number;
  readonly cpu: number;
  readonly isKick: boolean;
}

const isFinal: ReadonlySet<string> = new Set(finalSteps);
const CPU_EVENTS_MAX = 32_768;

/** Lanes by name, in the order that they are shown: CPUs, then the lists by priority. */
const orderOf = (name: string): number => {
  const cpu = /^vCPU (\d+)$/.exec(name);
  if (cpu) return Number(cpu[1]);
  const isc = /^ISC (\d)$/.exec(name);
  return isc ? 1100 + Number(isc[1]) : 1000;
};

export class InterruptHistory {
  private records: (InterruptRecord | undefined)[] = [];
  private happened: CpuEvent[] = [];
  private made = 0;
  private readonly open = new Map<number, InterruptRecord>();
  private readonly laneNames: string[] = [];
  /** Of each row of each lane: what is in it last. */
  private readonly lastInRow: (InterruptRecord | undefined)[][] = [];
  private lastNumber = 0;
  /** Instruction of the newest line. */
  lastAt = 0;

  get count(): number {
    return Math.min(this.made, RECORDS_MAX);
  }
  /** 0 is the oldest that is kept. */
  record(index: number): InterruptRecord {
    return this.records[(this.made - this.count + index) % RECORDS_MAX]!;
  }
  /** Oldest first. */
  get cpuEvents(): readonly CpuEvent[] {
    return this.happened;
  }
  /** Names of the lanes with their numbers, in the order that they are shown. */
  get lanes(): readonly { readonly lane: number; readonly name: string }[] {
    return this.laneNames
      .map((name, lane) => ({ lane, name }))
      .sort((a, b) => orderOf(a.name) - orderOf(b.name) || a.lane - b.lane);
  }
  laneName(lane: number): string {
    return this.laneNames[lane] ?? "";
  }
  find(id: number): InterruptRecord | undefined {
    for (let index = this.count - 1; index >= 0; index--)
      if (this.record(index).id === id) return this.record(index);
    return undefined;
  }

  /** Lines come in rising order of their numbers. */
  append(line: LedgerEntry): void {
    if (this.lastNumber !== 0 && line.number !== this.lastNumber + 1) this.loseTrack();
    this.lastNumber = line.number;
    this.lastAt = line.at;
    if (line.id !== 0) this.step(line);
    const isKick = line.step === "kicked";
    if (line.cpu >= 0 && (isKick || line.step === "accepted")) this.noteCpu(line.at, line.cpu, isKick);
  }

  private noteCpu(at: number, cpu: number, isKick: boolean): void {
    this.laneNamed(`vCPU ${cpu}`);
    this.happened.push({ at, cpu, isKick });
    if (this.happened.length > 2 * CPU_EVENTS_MAX) this.happened = this.happened.slice(-CPU_EVENTS_MAX);
  }

  private step(line: LedgerEntry): void {
    const record = this.open.get(line.id) ?? this.begin(line);
    record.bit = line.bit;
    record.ended = line.at;
    if (!isFinal.has(line.step)) return;
    record.fate = line.step as FinalStep;
    record.into = line.into;
    if (line.cpu >= 0) record.cpu = line.cpu;
    this.open.delete(line.id);
  }

  private begin({ id, kind, at, bit, cpu, step }: LedgerEntry): InterruptRecord {
    const lane = this.laneOf(kind, bit, step === "accepted" ? -1 : cpu);
    const record: InterruptRecord = {
      id, kind, class: classOf(kind), lane, row: this.rowFor(lane, at), isc: iscOf(bit), raised: at,
      isCut: step !== "raised", fate: "pending", ended: at, bit, cpu, into: 0,
    };
    this.lastInRow[lane]![record.row] = record;
    this.records[this.made++ % RECORDS_MAX] = record;
    this.open.set(id, record);
    return record;
  }

  /** Lines are missing: what was open may have ended there. */
  private loseTrack(): void {
    for (const record of this.open.values()) {
      record.fate = "unseen";
      record.ended = this.lastAt;
    }
    this.open.clear();
  }

  private laneOf(kind: number, bit: string, cpu: number): number {
    const isc = iscOf(bit);
    const type = classOf(kind);
    if (cpu >= 0) return this.laneNamed(`vCPU ${cpu}`);
    return this.laneNamed(isc !== undefined ? `ISC ${isc}` : type === "other" ? "FLIC" : type);
  }

  private laneNamed(name: string): number {
    const known = this.laneNames.indexOf(name);
    if (known >= 0) return known;
    this.lastInRow.push([]);
    return this.laneNames.push(name) - 1;
  }

  private rowFor(lane: number, at: number): number {
    const rows = this.lastInRow[lane]!;
    for (let row = 0; row < LANE_ROWS - 1; row++) {
      const last = rows[row];
      if (!last || (last.fate !== "pending" && last.ended <= at)) return row;
    }
    return LANE_ROWS - 1;
  }
}
