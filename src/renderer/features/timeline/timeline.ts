/**
 * What the timeline's parts share, and what other panels may ask of it: the history of the machine in front,
 * the filter, what is selected, the viewport and the pins.
 */
import { defineStore } from "pinia";
import { computed, markRaw, ref, shallowRef, watch } from "vue";
import { compileFilter, type FilterFields } from "../../ui/filterLanguage.ts";
import { useDebug } from "../debug/debug.ts";
import { interruptClasses } from "./interruptClass.ts";
import { InterruptHistory, fates, type InterruptRecord } from "./interruptHistory.ts";
import { useLedgerFeed } from "./ledgerFeed.ts";
import * as viewport from "./viewport.ts";

export const timelineFields: FilterFields<InterruptRecord> = {
  fields: {
    isc: { kind: "number", of: ({ isc }) => isc },
    fate: { kind: "word", words: fates, of: ({ fate }) => fate },
    type: { kind: "word", words: interruptClasses, of: (record) => record.class },
    cpu: { kind: "number", of: ({ cpu }) => (cpu < 0 ? undefined : cpu) },
    id: { kind: "number", of: ({ id }) => id },
    raised: { kind: "number", of: ({ raised }) => raised },
    ended: { kind: "number", of: ({ ended, fate }) => (fate === "pending" ? undefined : ended) },
    lasted: { kind: "number", of: ({ raised, ended }) => ended - raised },
    into: { kind: "number", of: ({ into }) => into || undefined },
    bit: { kind: "text", of: ({ bit }) => bit },
  },
  text: ({ id, class: type, fate, bit, isc }) => `${id} ${type} ${fate} ${bit} isc ${isc ?? ""}`,
};

/** So many interrupts are seen at first. */
const RECENT = 120;

export const useTimeline = defineStore("timeline", () => {
  const feed = useLedgerFeed();
  const debug = useDebug();
  const history = shallowRef(markRaw(new InterruptHistory()));
  /** Counts the changes of the history, which is too large to be watched. */
  const changes = ref(0);
  const filterText = ref("");
  const selectedId = ref<number>();
  const view = shallowRef(viewport.startViewport);
  /** A person chose the span. */
  const isZoomed = ref(false);
  let last = 0;
  let users = 0;
  /** Selected before its lines were here: it comes into view with them. */
  let awaited: number | undefined;

  const filter = computed(() => compileFilter(filterText.value, timelineFields));
  /** While the text is wrong, the last filter that was right. */
  const matches = shallowRef<(record: InterruptRecord) => boolean>(() => true);
  watch(filter, (now) => now.ok && (matches.value = now.matches), { immediate: true });

  function begin(): void {
    history.value = markRaw(new InterruptHistory());
    last = 0;
    take();
  }
  /** Lines that the feed has and the history has not. */
  function take(): void {
    const { ring } = feed;
    if (users === 0) return;
    let index = ring.length;
    while (index > 0 && ring.numberAt(index - 1) > last) index--;
    for (; index < ring.length; index++) history.value.append(ring.read(index));
    last = ring.newest;
    changes.value++;
    const { count, lastAt } = history.value;
    if (!isZoomed.value && count > 0) {
      const recent = history.value.record(Math.max(0, count - RECENT)).raised;
      view.value = viewport.suit(view.value, (lastAt - recent) * 1.1);
    }
    view.value = viewport.follow(view.value, lastAt);
    if (awaited !== undefined) select(awaited);
  }
  watch(() => feed.changes, take, { flush: "sync" });
  watch(() => feed.epoch, begin, { flush: "sync" });
  watch(
    [() => debug.id, () => debug.machine?.run],
    () => {
      view.value = viewport.startViewport;
      isZoomed.value = false;
      selectedId.value = awaited = undefined;
    },
  );

  /** A panel shows the history from now on; the answer ends that. */
  function join(linesMax: () => number): () => void {
    const leaveFeed = feed.join(linesMax);
    users++;
    if (users === 1) begin();
    return () => {
      users--;
      leaveFeed();
    };
  }

  /** Selects an interrupt and brings it into view; false if it is not among those that are kept. */
  function select(id: number): boolean {
    const record = history.value.find(id);
    selectedId.value = id;
    awaited = record ? undefined : id;
    if (!record) return false;
    view.value = viewport.reveal(view.value, record.ended);
    return true;
  }
  /** Goes to an instruction number, wherever it was found. */
  function goTo(at: number): void {
    view.value = viewport.reveal(view.value, at);
  }

  return { history, changes, filterText, filter, matches, selectedId, view, isZoomed, join, select, goTo };
});
