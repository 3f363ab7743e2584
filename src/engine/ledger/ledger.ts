/**
 * The interrupt ledger: every interrupt has an identity from the moment it is raised, a line for every step,
 * and exactly one end. At any time
 *   raised = pending + accepted + coalesced + suppressed + masked + refused + cleared + drained + lost.
 *
 * Counts and the pending identities are kept for the machine's whole life, lines only as far back as the
 * capacity reaches. A step that contradicts what went before is kept as the first breach; nothing throws.
 */
import { finalSteps, type FinalStep, type LedgerCounts, type LedgerLine } from "../api/ledger.ts";
import type { LedgerBlock } from "../api/ledgerBlock.ts";
import { LineRing } from "./lineRing.ts";

/** Lines kept by default; about 3 MB when full. */
export const LEDGER_LINES = 65_536;

const isFinal: ReadonlySet<string> = new Set(finalSteps);

/** What must travel with a machine so that its books go on: plain data. */
export interface LedgerSnapshot {
  readonly raised: number;
  readonly ended: Readonly<Record<FinalStep, number>>;
  readonly pending: readonly number[];
}

export class Ledger {
  private readonly ring: LineRing;
  /** Lines written in the machine's life, also those that are no longer kept. */
  written = 0;
  private raised = 0;
  private ended = noneEnded();
  private live = new Set<number>();
  private firstBreach: string | undefined;

  constructor(capacity = LEDGER_LINES) {
    this.ring = new LineRing(capacity);
  }

  /** Writes one line and moves the books. */
  write(line: LedgerLine): void {
    this.written++;
    this.ring.append(line);
    const { id, step } = line;
    if (id === 0) return;
    if (step === "raised") {
      this.raised++;
      if (this.live.has(id)) this.breach(`interrupt ${id} was raised while it was pending`);
      this.live.add(id);
    } else if (isFinal.has(step)) {
      this.ended[step as FinalStep]++;
      if (!this.live.delete(id)) this.breach(`interrupt ${id} is ${step} but was not pending`);
    }
  }

  /**
   * Compares the books with the identities that the controller says are pending, in any order. Undefined if
   * they agree and nothing went wrong before, else what is wrong.
   */
  check(pending: readonly number[]): string | undefined {
    if (this.firstBreach !== undefined) return this.firstBreach;
    const seen = new Set(pending);
    if (seen.size !== pending.length) return "one interrupt is pending in two places";
    const missing = [...this.live].find((id) => !seen.has(id));
    if (missing !== undefined) return `interrupt ${missing} has not ended and is pending nowhere`;
    const unknown = pending.find((id) => !this.live.has(id));
    if (unknown === undefined) return undefined;
    return `interrupt ${unknown} is pending but has ended or was never raised`;
  }

  isPending(id: number): boolean {
    return this.live.has(id);
  }

  counts(): LedgerCounts {
    return { raised: this.raised, pending: this.live.size, ...this.ended };
  }

  /** Lines still kept, oldest first. */
  lines(): LedgerLine[] {
    return this.recent(this.ring.length);
  }

  /** The newest lines that are still kept, at most so many, oldest first. */
  recent(count: number): LedgerLine[] {
    const kept = Math.max(0, Math.min(count, this.ring.length));
    const from = this.ring.length - kept;
    return Array.from({ length: kept }, (_, index) => this.ring.read(from + index));
  }

  /**
   * Lines with a number above `after` and below `before`: the newest `max` of those that are still kept.
   * They are numbered from 1 through the machine's life.
   */
  block(after: number, before: number, max: number): LedgerBlock {
    const { written, ring } = this;
    const end = Math.min(before, written + 1);
    const oldest = written + 1 - ring.length;
    const first = Math.min(end, Math.max(after + 1, end - max, oldest));
    return { first, written, ...ring.block(first - oldest, end - first) };
  }

  /** Lines of one interrupt that are still kept, oldest first. */
  trail(id: number): LedgerLine[] {
    const found: LedgerLine[] = [];
    for (let index = 0; index < this.ring.length; index++)
      if (this.ring.idAt(index) === id) found.push(this.ring.read(index));
    return found;
  }

  save(): LedgerSnapshot {
    return { raised: this.raised, ended: { ...this.ended }, pending: [...this.live] };
  }

  /** Goes on with saved books. Lines are not part of them: what was before is forgotten. */
  load(saved: LedgerSnapshot): void {
    this.raised = saved.raised;
    this.ended = { ...saved.ended };
    this.live = new Set(saved.pending);
    this.firstBreach = undefined;
    this.ring.clear();
  }

  private breach(sentence: string): void {
    this.firstBreach ??= sentence;
  }
}

const noneEnded = (): Record<FinalStep, number> =>
  Object.fromEntries(finalSteps.map((step) => [step, 0])) as Record<FinalStep, number>;
