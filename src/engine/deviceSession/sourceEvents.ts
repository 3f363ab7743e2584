/**
 * What the ledger still tells of a machine's sources: how many events each has raised, and what happened to
 * its newest last. Hardware numbers are brought to those of the guest.
 */
import type { BookLine } from "../api/deviceLedger.ts";
import type { EsbMapView } from "../api/xiveView.ts";
import type { LedgerLine } from "../api/ledger.ts";
import { isMapped } from "../devices/passthrough/guestSource.ts";
import { plainLine } from "./bookView.ts";
import type { SourcePart } from "./sourceTable.ts";

/** Guest's number of a line's source; undefined for a line of none. */
function numbering(part: SourcePart): (line: LedgerLine) => number | undefined {
  const { kvm, sources } = part.kind === "xive"
    ? { kvm: part.kvm, sources: undefined } : { kvm: undefined, sources: part.passthrough.sources.sources };
  const numbers = new Map<number, number>();
  for (const { number, ipi, passthrough } of kvm?.irqs.allValid() ?? []) {
    numbers.set(ipi, number);
    if (passthrough) numbers.set(passthrough, number);
  }
  for (const source of sources?.values() ?? []) {
    numbers.set(source.ipi, source.lisn);
    if (isMapped(source)) numbers.set(source.pt, source.lisn);
  }
  return ({ kind }) => (kind < 0 ? undefined : kvm || sources ? numbers.get(kind) : kind);
}

/** An END raises it, not the source whose event was there before. */
const ESCALATION = "END.e";

/** Ascending; sources without an event are left out. */
export function eventsOf(part: SourcePart): EsbMapView["events"] {
  const numberOf = numbering(part);
  const counts = new Map<number, number>();
  for (const line of part.books?.book.lines() ?? []) {
    const isOwn = line.step === "raised" && line.bit !== ESCALATION;
    const lisn = isOwn ? numberOf(line) : undefined;
    if (lisn !== undefined) counts.set(lisn, (counts.get(lisn) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a - b);
}

/** Steps that read or wrote P and Q of a source; what comes behind it is about queue and thread. */
const isOfPq = ({ step, bit }: LedgerLine): boolean => step === "eoi" || /^(P|Q|LSI|PQ=..)$/.test(bit);

/** The newest step that touched P and Q of a source. */
export function lastStepOf(part: SourcePart, lisn: number): { readonly last?: BookLine } {
  const numberOf = numbering(part);
  const last = part.books?.book.lines().findLast((line) => isOfPq(line) && numberOf(line) === lisn);
  return last ? { last: plainLine(last) } : {};
}
