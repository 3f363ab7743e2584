/** Lines of a running machine's ledger as scripts see them: the same as those of a device-only machine. */
import type { LedgerLine } from "../../../resources/scripts/api/values.d.ts";
import { ledgerSteps } from "../../engine/api/ledger.ts";
import { unpackLedger, type LedgerBlock, type LedgerEntry } from "../../engine/api/ledgerBlock.ts";

export const lineOf = ({ at, id, step, bit, kind, cpu, into }: LedgerEntry): LedgerLine =>
  ({ at: BigInt(at), id, step, bit, kind, cpu, into });

export function linesOf(block: LedgerBlock): LedgerLine[] {
  const { count, columns } = unpackLedger(block);
  return Array.from({ length: count }, (_, n) => ({
    at: BigInt(columns.at[n]!), id: columns.id[n]!, step: ledgerSteps[columns.step[n]!]!,
    bit: block.words[columns.word[n]!]!, kind: columns.kind[n]!, cpu: columns.cpu[n]!, into: columns.into[n]!,
  }));
}
