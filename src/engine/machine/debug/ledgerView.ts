/** The interrupt ledger as plain data: its newest lines, and what became of one interrupt. */
import type { DebugCalls, WhyAnswer } from "../../api/debug.ts";
import type { LedgerBlock } from "../../api/ledgerBlock.ts";
import type { FlicLedger } from "../../ledger/flicLedger.ts";
import type { Ledger } from "../../ledger/ledger.ts";

export const viewLedger = (
  book: Ledger,
  { after, before = Infinity, max }: Parameters<DebugCalls["ledger"]>[0],
): LedgerBlock => book.block(after, before, max);

export function explain(ledger: FlicLedger, id: number): WhyAnswer | null {
  const why = ledger.why(id);
  if (!why) return null;
  return { ...why, trail: why.trail.map((line) => ({ ...line, number: 0, at: Number(line.at) })) };
}
