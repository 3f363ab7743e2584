/** What holds of every thread context of a XIVE between two operations. */
import type { XiveChip } from "../devices/xive/chip.ts";
import {
  CONTEXT_VALID, CPPR, IPB, NSR, NSR_EO, PIPR, RING_OS, pipr, type ThreadContext,
} from "../devices/xive/threadContext.ts";

/** The first broken rule, in one sentence. */
export function contextBreach(chip: XiveChip): string | undefined {
  for (const context of chip.contexts()) {
    const broken = breachOf(context);
    if (broken !== undefined) return `thread ${context.thread}: ${broken}`;
  }
  return undefined;
}

function breachOf(context: ThreadContext): string | undefined {
  const isWaiting = (context.get(RING_OS, NSR) & NSR_EO) !== 0;
  // What nobody runs is a copy, whose line is down.
  if (!(context.word2(RING_OS) & CONTEXT_VALID)) return context.osLine ? "a line of nobody is up" : undefined;
  const pending = context.get(RING_OS, PIPR);
  if (pending !== pipr(context.get(RING_OS, IPB))) return `PIPR is ${pending}, not the most favoured of IPB`;
  const cppr = context.get(RING_OS, CPPR);
  if (pending < cppr && !(isWaiting && context.osLine))
    return `priority ${pending} is below CPPR ${cppr} and interrupts nobody`;
  // A context that comes back has NSR.EO of before, and no line while CPPR is as favoured as what waits.
  return context.osLine && !isWaiting ? "its line is up and NSR.EO is zero" : undefined;
}
