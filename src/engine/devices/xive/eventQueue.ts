/**
 * The event queue of an END: a ring of 32-bit big-endian entries in guest memory. An entry is the generation
 * in bit 31 and 31 bits of data. The generation flips each time the ring wraps, so a consumer knows which
 * entries are new without the producer reading an index: entries are valid while bit 31 differs from the
 * consumer's toggle, which starts at 0 and flips as it wraps.
 */
import type { GuestMemory } from "../../memory/guestMemory.ts";
import { END_ADDRESS_HIGH, END_GENERATION, END_INDEX, queueShift, type EndTable } from "./end.ts";

/** The memory behind a queue, by guest address. */
export interface QueueMemory {
  /** The big-endian word at `address`, or undefined where there is no memory. */
  load(address: bigint): number | undefined;
  /** False if it was not stored. */
  store(address: bigint, value: number): boolean;
}

/** Guest RAM as a controller writes it. */
export const queueMemory = (memory: GuestMemory): QueueMemory => {
  const place = (address: bigint): number | undefined =>
    address + 4n <= BigInt(memory.size) ? Number(address) : undefined;
  return {
    load(address) {
      const at = place(address);
      return at === undefined ? undefined : memory.u32(at);
    },
    store(address, value) {
      const at = place(address);
      if (at !== undefined) memory.setU32(at, value, "xive");
      return at !== undefined;
    },
  };
};

/** Guest address of the queue's first byte. */
export const queueAddress = (ends: EndTable, end: number): bigint =>
  (BigInt(ends.word(end, 2) & END_ADDRESS_HIGH) << 32n) | BigInt(ends.word(end, 3));

/** Entries a queue of 2^`shift` bytes holds. */
export const queueEntries = (shift: number): number => 2 ** (shift - 2);

/**
 * Appends an entry and moves index and generation on. A queue that cannot be written stays where it was;
 * the event is then lost to its consumer. Returns the index used, or -1.
 */
export function enqueue(ends: EndTable, end: number, data: number, memory: QueueMemory): number {
  const word1 = ends.word(end, 1);
  const index = word1 & END_INDEX;
  const generation = word1 & END_GENERATION ? 1 : 0;
  const entry = ((generation << 31) | (data & 0x7fffffff)) >>> 0;
  if (!memory.store(queueAddress(ends, end) + 4n * BigInt(index), entry)) return -1;
  const next = (index + 1) % queueEntries(queueShift(ends.word(end, 0)));
  const nextGeneration = next === 0 ? generation ^ 1 : generation;
  const others = word1 & ~(END_GENERATION | END_INDEX);
  ends.setWord(end, 1, (others | (nextGeneration ? END_GENERATION : 0) | (next & END_INDEX)) >>> 0);
  return index;
}

/** Where a consumer reads next. */
export interface QueueConsumer {
  index: number;
  toggle: 0 | 1;
}

/** The next entry's data, or undefined where none is new. Moves nothing. */
export function peekEntry(
  consumer: QueueConsumer,
  address: bigint,
  memory: QueueMemory,
): number | undefined {
  const entry = memory.load(address + 4n * BigInt(consumer.index));
  if (entry === undefined || entry >>> 31 === consumer.toggle) return undefined;
  return entry & 0x7fffffff;
}

/** Moves past one entry of a ring of `entries`. */
export function advance(consumer: QueueConsumer, entries: number): void {
  consumer.index = (consumer.index + 1) % entries;
  if (consumer.index === 0) consumer.toggle = consumer.toggle === 0 ? 1 : 0;
}
