/**
 * The ledger of the machine in front as this page knows it, shared by every panel that shows it: one of them
 * asks for what is new, all of them see it.
 */
import { defineStore } from "pinia";
import { markRaw, ref, watch } from "vue";
import { ledgerLimits, type LedgerBlock } from "../../../engine/api/ledgerBlock.ts";
import type { Outcome } from "../../../engine/api/workbench.ts";
import { useDebug } from "../debug/debug.ts";
import { LedgerRing, RING_LINES } from "./ledgerRing.ts";

export const useLedgerFeed = defineStore("ledgerFeed", () => {
  const debug = useDebug();
  /** Raw: a store's proxy around it would cost more than all that is read from it. */
  const ring = markRaw(new LedgerRing());
  /** Counts the changes of the ring, which is too large to be watched. */
  const changes = ref(0);
  /** Counts how often the ring was begun anew. */
  const epoch = ref(0);
  /** Number of the oldest line that the engine still kept when it was last asked for all. */
  let oldest = 1;
  let asking: Promise<Outcome<void>> | undefined;
  /** What each panel that shows lines wants to have at a time, as of now. */
  const wanted = new Set<() => number>();

  function clear(): void {
    ring.clear();
    oldest = 1;
    epoch.value++;
    changes.value++;
  }
  const beginnings = [() => debug.id, () => debug.machine?.run, () => debug.machine?.past?.rewinds];
  watch(beginnings, clear, { flush: "sync" });
  watch([() => debug.id, () => debug.machine?.phase], () => void takeRemains());

  /** The host keeps the last lines of a machine that has ended. */
  async function takeRemains(): Promise<void> {
    // An earlier question may have been asked of the machine and refused with its end.
    await asking;
    const { phase } = debug.machine ?? {};
    if (wanted.size > 0 && (phase === "stopped" || phase === "crashed")) await follow();
  }

  /** A panel shows lines from now on, at most so many new ones at a time; the answer ends that. */
  function join(linesMax: () => number): () => void {
    const want = (): number => linesMax();
    wanted.add(want);
    void takeRemains();
    return () => void wanted.delete(want);
  }

  /** Asks for what is new. While one panel asks, the others wait with it. */
  function follow(): Promise<Outcome<void>> {
    const max = Math.max(1, ...[...wanted].map((want) => want()));
    return (asking ??= ask(max).finally(() => (asking = undefined)));
  }

  async function ask(max: number): Promise<Outcome<void>> {
    const asked = epoch.value;
    const answer = await debug.ask("ledger", { after: ring.newest, max });
    if (!answer.ok) return answer;
    if (asked !== epoch.value) return { ok: true, value: undefined };
    // A machine that was set back writes a new ledger.
    if (answer.value.written < ring.newest) clear();
    else if (ring.append(answer.value) > 0) changes.value++;
    if (debug.isPaused) await complete();
    return { ok: true, value: undefined };
  }

  /** Fetches every line that the engine still keeps, if one is missing here. */
  async function complete(): Promise<void> {
    if (ring.length === 0) return;
    const lacksBeginning = ring.numberAt(0) > oldest && ring.length < RING_LINES;
    if (!ring.hasGap && !lacksBeginning) return;
    const asked = epoch.value;
    const blocks: LedgerBlock[] = [];
    let before = ring.newest + 1;
    for (let lines = 0; lines < RING_LINES; lines += ledgerLimits.linesMax) {
      const answer = await debug.ask("ledger", { after: 0, before, max: ledgerLimits.linesMax });
      if (!answer.ok || asked !== epoch.value) return;
      blocks.unshift(answer.value);
      if (answer.value.bytes.length === 0) break;
      before = answer.value.first;
    }
    ring.clear();
    for (const block of blocks) ring.append(block);
    oldest = ring.numberAt(0);
    epoch.value++;
    changes.value++;
  }

  return { ring, changes, epoch, join, follow };
});
