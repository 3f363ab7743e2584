/**
 * The ten rules that passthrough has to keep, each with the number it has in the reports. `at rest` rules
 * hold when no call is under way; the others at any time.
 *
 *  1  a LISN has one live source: the other is off, or not routed to the guest
 *  2  page table entries lead to the selected source
 *  3  at most one unconsumed entry per LISN; the selected source has P just while one is unconsumed or
 *     handled
 *  4  an event ends as an entry, as Q before an EOI that is to come, or at the host (`hasLostEvent`)
 *  5  the host owes an EOI only for an entry that it has
 *  6  only live mappings are used
 *  7  software cannot inject into a mapped LISN (`setIrq`)
 *  8  zapping and faulting again changes nothing (tests)
 *  9  no page of an unmapped PHB source is reachable
 * 10  no lock is held
 */
import { ESB_OFF } from "../xive/esb.ts";
import { isMapped, selectedOf, type GuestSource } from "./guestSource.ts";
import { hasP, MASKED, PHB_FIRST } from "./hardware.ts";
import type { Passthrough } from "./passthrough.ts";

export type InvariantNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

export interface Violation {
  readonly invariant: InvariantNumber;
  readonly says: string;
}

/** What is broken now. */
export function violations(p: Passthrough): Violation[] {
  const isAtRest = p.operations.length === 0;
  const found = p.space.usedAfterFree ? [broken(6, "a mapping that is gone was used")] : [];
  found.push(...tooManyEntries(p));
  if (!isAtRest) return found;
  for (const rule of [liveSources, stalePages, pendingWithoutEntry, hostDebts, locks]) found.push(...rule(p));
  return found;
}

const broken = (invariant: InvariantNumber, says: string): Violation => ({ invariant, says });
const hex = (lisn: number): string => lisn.toString(16);
const sourcesOf = (p: Passthrough): GuestSource[] =>
  [...p.sources.sources.values()].filter(({ valid }) => valid);

function liveSources(p: Passthrough): Violation[] {
  const { hardware } = p;
  const found: Violation[] = [];
  for (const source of sourcesOf(p))
    if (isMapped(source) && hardware.pq(source.ipi) !== ESB_OFF)
      found.push(broken(1, `${hex(source.lisn)} is mapped, and its IPI is live`));
  const mapped = new Set(p.mappedSources().map(({ pt }) => pt));
  for (const [source, { space, priority }] of hardware.eas) {
    const isStray = source >= PHB_FIRST && space === "guest" && priority !== MASKED && !mapped.has(source);
    if (isStray && hardware.pq(source) !== ESB_OFF)
      found.push(broken(1, "a PHB source that is not mapped sends its events to the guest"));
  }
  return found;
}

/** The file says which source a place belongs to; what a region of guest memory hides does not count. */
function stalePages(p: Passthrough): Violation[] {
  const found: Violation[] = [];
  for (const [userPage, frame] of p.space.entries) {
    const mapping = p.space.mappingAt(userPage);
    if (frame === "tima-os" || !mapping) continue;
    if (p.strategy.region && !p.regions.reaches(userPage)) continue;
    const lisn = Math.floor((mapping.filePage - 4 + userPage - mapping.start) / 2);
    const source = p.source(lisn);
    if (!source || selectedOf(source) === frame.source) continue;
    const isPhb = frame.source >= PHB_FIRST;
    const kind = isPhb ? "a PHB source" : "an IPI";
    found.push(broken(2, `a page of ${hex(lisn)} leads to ${kind} that is not selected`));
    if (isPhb) found.push(broken(9, `the guest reaches a PHB source at a page of ${hex(lisn)}`));
  }
  return found;
}

/** Of a source's entries in the guest's queue; a switch may have changed what they hold. */
const dataOf = (p: Passthrough, source: GuestSource): number[] =>
  p.mode === "xics" ? [source.lisn] : [...new Set([source.eisn, p.entryDataOf(source)])];
const unconsumed = (p: Passthrough, source: GuestSource): number =>
  dataOf(p, source).reduce((sum, data) => sum + p.queues.unconsumed(data), 0);

function tooManyEntries(p: Passthrough): Violation[] {
  return sourcesOf(p)
    .filter((source) => unconsumed(p, source) > 1)
    .map(({ lisn }) => broken(3, `${hex(lisn)} is in the guest's queue twice`));
}

function pendingWithoutEntry(p: Passthrough): Violation[] {
  return sourcesOf(p).filter(({ actPriority }) => actPriority !== MASKED).flatMap((source) => {
    const isHandled = dataOf(p, source).some((data) => p.queues.isHandling(data));
    const isOwed = isHandled || unconsumed(p, source) > 0;
    const isClosed = p.mode === "xics" && source.guestPriority === MASKED;
    const isPending = isClosed ? source.oldP : hasP(p.hardware.pq(selectedOf(source)));
    if (isPending === isOwed || (!isPending && p.mode === "native")) return [];
    const what = isPending ? "waits for an EOI of nothing" : "has an entry that no P stands for";
    return [broken(3, `${hex(source.lisn)} ${what}`)];
  });
}

function hostDebts(p: Passthrough): Violation[] {
  const { interrupts, queue, handling } = p.host;
  return [...interrupts.values()].flatMap(({ irq, savedP }) => {
    const entries = queue.filter((one) => one === irq).length;
    if (entries > 1) return [broken(5, `host interrupt ${irq} is in a host queue twice`)];
    return savedP && entries === 0 && !handling.includes(irq)
      ? [broken(5, `host interrupt ${irq} waits for an EOI of nothing`)] : [];
  });
}

const locks = (p: Passthrough): Violation[] =>
  [...p.sources.locked].map((block) => broken(10, `the lock of block ${block} is held by nobody`));
