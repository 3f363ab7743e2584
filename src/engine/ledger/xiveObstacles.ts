/**
 * What keeps a pending event of a XIVE from its CPU, and how one that ended came to its end, in the bits of
 * the XIVE architecture: PQ, EAS, END, NVT, CPPR, PIPR.
 */
import type { LedgerLine, Obstacle } from "../api/ledger.ts";
import type { XiveChip } from "../devices/xive/chip.ts";
import { CONTEXT_VALID, CPPR, PIPR } from "../devices/xive/threadContext.ts";
import { hexOf, type XivePlace } from "./xivePlaces.ts";

/** Empty if the CPU's line is up for it. An obstacle that belongs to no thread has cpu -1. */
export function xiveObstacles(chip: XiveChip, place: XivePlace): Obstacle[] {
  const nowhere = (bit: string): Obstacle => ({ cpu: -1, bit });
  switch (place.kind) {
    case "source": return sourceObstacles(chip, place.source).map(nowhere);
    case "backlog": return [nowhere(`no one thread has the CAM line of NVT ${hexOf(place.nvt)}`)];
    case "saved":
      return [nowhere(`the vCPU of NVT ${hexOf(place.nvt)} is not in its guest: KVM keeps its ring`)];
    case "context": return contextObstacles(chip, place).map((bit) => ({ cpu: place.thread, bit }));
  }
}

function sourceObstacles({ eas }: XiveChip, source: number): string[] {
  const name = `source ${hexOf(source)}`;
  const found = [`P of ${name} is one: its EOI sends the event`];
  if (!eas.isValid(source)) found.push(`EAS.v of ${name} is zero`);
  else if (eas.isMasked(source)) found.push(`EAS.m of ${name} is one`);
  return found;
}

function contextObstacles(
  chip: XiveChip, { thread, ring, priority }: XivePlace & { kind: "context" },
): string[] {
  const context = chip.thread(thread);
  const found: string[] = [];
  if (!(context.word2(ring) & CONTEXT_VALID)) found.push(`the valid bit of thread ${thread}'s ring is zero`);
  const cppr = context.get(ring, CPPR);
  if (priority >= cppr) found.push(`CPPR of thread ${thread} is ${cppr}`);
  const pipr = context.get(ring, PIPR);
  if (pipr < priority) found.push(`PIPR of thread ${thread} is ${pipr}: that priority is taken first`);
  return found;
}

const lossReasons: Readonly<Record<string, string>> = {
  "EAS.v": "the source's EAS is not valid",
  "END.v": "its EAS names an END that is not valid",
  "END.u": "its ENDs escalate in a circle",
  "END.q": "its queue wrapped and its entry was overwritten before its priority was taken",
  "END.f": "an END of format 1 keeps no backlog, and no thread matched",
  "NVT.v": "its END notifies an NVT that is not valid",
};

/** How an event ended, or what it did last. */
export function sentenceOfXiveEnd({ step, bit, cpu, into }: LedgerLine): string {
  switch (step) {
    case "accepted":
      return cpu < 0 ? "Taken by the host as an escalation."
        : `Taken by thread ${cpu} at an acknowledge cycle.`;
    case "coalesced":
      return into ? `Merged into interrupt ${into}: ${bit} was set already.`
        : `Merged: ${bit} said so already.`;
    case "masked":
      return bit === "EAS.m" ? "Dropped: EAS.m is one, its source goes nowhere."
        : `Dropped: ${bit}, which swallows every event.`;
    case "cleared": return `Taken away while it was pending: ${bit}.`;
    case "drained": return `Left in its event queue: by ${bit} nobody is notified.`;
    case "lost": return `Lost at ${bit}: ${lossReasons[bit] ?? "nobody is notified, and no queue holds it"}.`;
    default: return `It was ${step} and is no longer pending here.`;
  }
}
