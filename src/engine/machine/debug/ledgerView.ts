/** The interrupt ledger as plain data: its newest lines, and what became of one interrupt. */
import type { DebugCalls, WhyAnswer } from "../../api/debug.ts";
import { packLedger, type LedgerBlock } from "../../api/ledgerBlock.ts";
import type { FlicLedger } from "../../ledger/flicLedger.ts";
import type { Ledger } from "../../ledger/ledger.ts";

export function viewLedger(
  book: Ledger,
  { after, before = Infinity, max }: Parameters<DebugCalls["ledger"]>[0],
): LedgerBlock {
  const { written } = book;
  const end = Math.min(before, written + 1);
  const kept = book.recent(written + 1 - Math.max(after + 1, end - max));
  const lines = kept.slice(0, Math.max(0, kept.length - (written + 1 - end)));
  return packLedger(lines, written - kept.length + 1, written);
}

export function explain(ledger: FlicLedger, id: number): WhyAnswer | null {
  const why = ledger.why(id);
  if (!why) return null;
  return { ...why, trail: why.trail.map((line) => ({ ...line, number: 0, at: Number(line.at) })) };
}
