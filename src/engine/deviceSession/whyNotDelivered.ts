/**
 * Why nothing of a source has reached a CPU: the first bit on its way that stands against it, from the
 * source on. One bit is never enough to say that an event is lost: that is the ledger's.
 */
import type { SourceView } from "../api/xiveView.ts";
import { END_SILENT } from "../devices/xive/end.ts";
import { notificationTarget } from "../devices/xive/router.ts";
import {
  CPPR, IPB, NSR, NSR_EO, PIPR, RING_OS, ipbBit, type ThreadContext,
} from "../devices/xive/threadContext.ts";
import { chipOf, type XivePart } from "./sourceTable.ts";

type Why = SourceView["why"];
const why = (bit: string, sentence: string): Why => ({ bit, sentence });
const hex = (value: number): string => value.toString(16).padStart(2, "0");

/** `source`: its hardware number; `context`: the thread that its virtual processor is on. */
export function whyNotDelivered(
  part: XivePart, lisn: number, source: number | undefined, context: ThreadContext | undefined,
): Why {
  const { eas, ends, nvts, sources } = chipOf(part);
  if (part.spapr && !part.spapr.hasLisn(lisn)) return why("EAS.v", "Nobody has claimed this number.");
  if (source === undefined) return why("valid", "KVM has no source of this number.");
  const pq = sources.pq(source);
  if (pq === 0b01) return why("PQ=01", "The source is off: a trigger is dropped and leaves no trace.");
  if (!eas.isValid(source)) return why("EAS.v", "Its routing entry is not valid: events end there.");
  if (eas.isMasked(source))
    return why("EAS.m", "Its routing entry is masked: events are dropped there, and P stays set.");
  if (pq === 0b00) return why("P", "Nothing waits: no event has come since the last EOI.");
  const end = eas.endIndex(source);
  if (!ends.isValid(end)) return why("END.v", `END ${end} is not valid: the event ended there.`);
  const { nvt, priority } = notificationTarget(ends, end);
  const behind = pq === 0b11 ? " One more event is kept in Q until then." : "";
  if (ends.word(end, 0) & END_SILENT) return why("END.s", `END ${end} is silent: it tells no thread.`);
  if (priority > 7) return why("END.priority", `Priority ${hex(priority)} notifies nobody.`);
  if (!nvts.has(nvt)) return why("NVT.v", `There is no virtual processor ${nvt.toString(16)}.`);
  if (!context)
    return nvts.ipb(nvt) & ipbBit(priority)
      ? why("NVT.IPB", `Its vCPU is on no thread: priority ${priority} waits in the NVT.${behind}`)
      : why("P", `It is in the queue; nobody was told, as its vCPU is on no thread.${behind}`);
  return atThread(context, priority, behind);
}

function atThread(context: ThreadContext, priority: number, behind: string): Why {
  const cppr = context.get(RING_OS, CPPR);
  const pipr = context.get(RING_OS, PIPR);
  if (context.get(RING_OS, NSR) & NSR_EO)
    return why("NSR", `Presented: the line of thread ${context.thread} is up until the guest acknowledges.`);
  if (!(context.get(RING_OS, IPB) & ipbBit(priority)))
    return why("P", `Thread ${context.thread} has taken priority ${priority}: P stays until EOI.${behind}`);
  return pipr < cppr
    ? why("NSR", `Priority ${priority} is pending and was not presented when CPPR became ${hex(cppr)}.`)
    : why("CPPR", `PIPR ${hex(pipr)} is not below CPPR ${hex(cppr)}: it waits until the guest raises CPPR.`);
}
