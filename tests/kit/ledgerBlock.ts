/** Lines of a ledger as an engine hands them to a window. */
import type { LedgerLine } from "../../src/engine/api/ledger.ts";
import type { LedgerBlock } from "../../src/engine/api/ledgerBlock.ts";
import { LineRing } from "../../src/engine/ledger/lineRing.ts";

/** `lines` are consecutive, the first of them number `first`. */
export function ledgerBlock(lines: readonly LedgerLine[], first: number, written: number): LedgerBlock {
  const ring = new LineRing(lines.length);
  for (const line of lines) ring.append(line);
  return { first, written, ...ring.block(0, lines.length) };
}
