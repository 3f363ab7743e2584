/**
 * A whole event queue of the smallest size: every place of its producer in both generations, with every
 * number of entries waiting, one more produced and one consumed. A consumer must see exactly what was
 * produced, in order, and stop where nothing is new.
 */
import {
  END_ENQUEUE, END_GENERATION, END_INDEX, END_VALID, EndTable, qsizeOf,
} from "../../devices/xive/end.ts";
import {
  advance, enqueue, peekEntry, queueEntries, type QueueConsumer, type QueueMemory,
} from "../../devices/xive/eventQueue.ts";
import type { Walk } from "../suite.ts";

const SHIFT = 12;
const ENTRIES = queueEntries(SHIFT);
/** Places of the producer: each index in generation 1 and in generation 0. */
const PLACES = 2 * ENTRIES;
const ADDRESS = 0x10000n;
const VIOLATIONS_MAX = 10;

/** Nothing but the queue, as plain words. */
function wordMemory(): QueueMemory {
  const words = new Uint32Array(ENTRIES);
  const indexOf = (address: bigint): number => Number(address - ADDRESS) / 4;
  return {
    load: (address) => words[indexOf(address)],
    store(address, value) {
      const index = indexOf(address);
      if (!(index in words)) return false;
      words[index] = value;
      return true;
    },
  };
}

class Ring {
  private readonly memory = wordMemory();
  private readonly ends = new EndTable(1);
  private readonly consumer: QueueConsumer = { index: 0, toggle: 0 };
  /** Entries ever produced and consumed; entry n carries n. */
  private produced = 0;
  private consumed = 0;

  constructor() {
    const word0 = (END_VALID | END_ENQUEUE | qsizeOf(SHIFT)) >>> 0;
    this.ends.setWords(0, [word0, END_GENERATION, 0, Number(ADDRESS), 0, 0, 0, 0]);
  }

  /** A sentence if the entry went elsewhere than to the next place. */
  produce(): string | undefined {
    const index = enqueue(this.ends, 0, this.produced, this.memory);
    const isRight = index === this.produced % ENTRIES;
    this.produced++;
    const word1 = this.ends.word(0, 1);
    const generation = Math.floor(this.produced / ENTRIES) % 2 === 0 ? END_GENERATION : 0;
    const isNext = (word1 & END_INDEX) === this.produced % ENTRIES && (word1 & END_GENERATION) === generation;
    return isRight && isNext ? undefined : `entry ${this.produced - 1} was written at ${index}`;
  }

  /** A sentence if the consumer saw anything but the oldest entry, or one where there is none. */
  consume(): string | undefined {
    const seen = peekEntry(this.consumer, ADDRESS, this.memory);
    const wanted = this.consumed < this.produced ? this.consumed : undefined;
    if (seen !== wanted) return `entry ${wanted ?? "none"} was waiting, ${seen ?? "none"} was seen`;
    if (seen === undefined) return undefined;
    this.consumed++;
    advance(this.consumer, ENTRIES);
    return undefined;
  }
}

export const queueWalk: Walk = {
  name: `event queue of ${ENTRIES} entries, wrap and generation`,
  whole: { states: 2_099_200, transitions: 5_242_880 },
  run() {
    const violations: string[] = [];
    let transitions = 0;
    const check = (violation: string | undefined): void => {
      transitions++;
      if (violation !== undefined && violations.length < VIOLATIONS_MAX) violations.push(violation);
    };
    // The last round leaves the ring full before each entry is taken.
    for (let waiting = 0; waiting < ENTRIES; waiting++) {
      const ring = new Ring();
      for (let i = 0; i < waiting; i++) check(ring.produce());
      for (let place = 0; place < PLACES; place++) {
        check(ring.produce());
        check(ring.consume());
      }
      for (let i = 0; i <= waiting; i++) check(ring.consume());
    }
    return { states: PLACES * (ENTRIES + 1), transitions, violations };
  },
};
