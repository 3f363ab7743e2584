/** The ledger of one part as plain data: its newest lines, its balance, and what became of one interrupt. */
import { bookLimits, type BookLine, type BookView, type WhyView } from "../api/deviceLedger.ts";
import type { LedgerLine, Why } from "../api/ledger.ts";
import type { Ledger } from "../ledger/ledger.ts";

/** What every controller's ledger can be asked. */
export interface Books {
  readonly book: Ledger;
  check(): string | undefined;
  why(id: number): Why | undefined;
}

export const plainLine = ({ at, id, step, bit, kind, cpu, into }: LedgerLine): BookLine =>
  ({ at: Number(at), id, step, bit, kind, cpu, into });

export const bookView = (books: Books): BookView => ({
  counts: books.book.counts(),
  breach: books.check() ?? "",
  lines: books.book.recent(bookLimits.linesMax).map(plainLine),
  written: books.book.written,
});

export function whyView(books: Books, id: number): WhyView | null {
  const why = books.why(id);
  return why ? { ...why, trail: why.trail.map(plainLine) } : null;
}
