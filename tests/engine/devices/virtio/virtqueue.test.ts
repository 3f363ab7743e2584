/** A split virtqueue over all small rings, against the rules of Virtio 1.2, section 2.7, in words. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { RingMemory } from "../../../../src/engine/devices/virtio/ringMemory.ts";
import { Virtqueue, type Buffer } from "../../../../src/engine/devices/virtio/virtqueue.ts";
import { GuestMemory } from "../../../../src/engine/memory/guestMemory.ts";
import {
  AVAILABLE, DATA, type Descriptor, INDIRECT, IS_INDIRECT, NEXT, RAM, setup, TABLE, USED, WRITE,
} from "./ringMachine.ts";

const ROUNDS = 2500;
/** Of descriptors, as often as they are to come. */
const FLAGS = [0, NEXT, NEXT, NEXT, WRITE, NEXT | WRITE, NEXT | WRITE, IS_INDIRECT, IS_INDIRECT | NEXT];

/** The buffers of a chain, or undefined if it is none. */
function walked(
  table: readonly Descriptor[], head: number, indirect: readonly Descriptor[] | undefined,
): { readonly readable: Buffer[]; readonly writable: Buffer[] } | undefined {
  const [readable, writable]: Buffer[][] = [[], []];
  let [from, at, seen, isInside] = [table, head, new Set<number>(), false];
  for (;;) {
    const one = from[at];
    if (!one || seen.has(at) || one.address + one.length > RAM) return undefined;
    seen.add(at);
    if (one.flags & IS_INDIRECT) {
      if (isInside || !indirect || one.flags & NEXT || one.length !== 16 * indirect.length) return undefined;
      [from, at, seen, isInside] = [indirect, 0, new Set(), true];
      continue;
    }
    const buffer = { address: one.address, length: one.length };
    if (one.flags & WRITE) writable!.push(buffer);
    else if (writable!.length > 0) return undefined;
    else readable!.push(buffer);
    if (!(one.flags & NEXT)) return { readable: readable!, writable: writable! };
    at = one.next;
  }
}

const total = (buffers: readonly Buffer[]): number => buffers.reduce((sum, { length }) => sum + length, 0);

describe("a chain", () => {
  it("is taken exactly if it ends, lies in RAM, and its readable parts come first", () => {
    const prng = new Prng(11);
    const kinds = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const order = prng.pick(["big", "little"] as const);
      const { queue, describeAt, place, offer } = setup(4, order);
      const isIndirectAllowed = prng.below(3) > 0;
      queue.allowsIndirect = isIndirectAllowed;
      const indirectCount = 1 + prng.below(2);
      const one = (entries: number, at: number): Descriptor => {
        const flags = prng.pick(FLAGS);
        const isIndirect = (flags & IS_INDIRECT) !== 0;
        const length = isIndirect ? prng.pick([16 * indirectCount, 16 * indirectCount, 0, 8])
          : prng.pick([0, 1, 16, 0x1000]);
        const places = [DATA, DATA, DATA, DATA, DATA + 1, DATA + 2, RAM - length, RAM - length + 1];
        const somewhere = prng.pick(places);
        const address = isIndirect ? INDIRECT : length === 0 ? DATA : somewhere;
        return { address, length, flags, next: prng.pick([at + 1, at + 1, prng.below(entries + 1)]) };
      };
      const table = Array.from({ length: 4 }, (_, at) => one(4, at));
      const indirect = Array.from({ length: indirectCount }, (_, at) => one(indirectCount, at));
      table.forEach((descriptor, at) => describeAt(TABLE + 16 * at, descriptor));
      indirect.forEach((descriptor, at) => describeAt(INDIRECT + 16 * at, descriptor));
      place();
      const head = prng.below(5);
      offer([head]);
      const wanted = walked(table, head, isIndirectAllowed ? indirect : undefined);
      const chain = queue.take();
      expect(chain, JSON.stringify({ table, indirect, head })).toEqual(wanted && {
        head, ...wanted, readableBytes: total(wanted.readable), writableBytes: total(wanted.writable),
      });
      expect([queue.save().broken, queue.isReady, queue.offered()]).toEqual([!wanted, !!wanted, 0]);
      const kind = wanted ? `${wanted.readable.length} ${wanted.writable.length}` : "none";
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    // Chains of every shape of up to three parts came, and enough that are none.
    for (const kind of ["none", "1 0", "0 1", "2 0", "1 1", "0 2", "2 1", "1 2"])
      expect(kinds.get(kind) ?? 0, kind).toBeGreaterThan(2);
  });

  it("is of at most 64 MiB, and its indirect table of at most 1,024 descriptors", () => {
    const memory = GuestMemory.standalone(0x0410_0000);
    const [all, most] = [0x0400_0000, 0x0300_0000];
    for (const [readable, writable] of [[all, 0], [all + 1, 0], [0, all], [0, all + 1], [most, all - most],
      [most, all - most + 1], [all - most + 1, most]] as const) {
      const queue = new Virtqueue(new RingMemory(memory), 8);
      for (const [at, length, flags] of [[TABLE, readable, NEXT], [TABLE + 16, writable, WRITE]] as const) {
        memory.setU32(at + 8, length, "loader");
        memory.setU16(at + 12, flags, "loader");
        memory.setU16(at + 14, 1, "loader");
      }
      memory.setU16(AVAILABLE + 2, 1, "loader");
      queue.place(2, BigInt(TABLE), BigInt(AVAILABLE), BigInt(USED));
      expect(queue.take() !== undefined, `${readable} ${writable}`).toBe(readable + writable <= all);
    }
    for (const [count, isGood] of [[1023, true], [1024, true], [1025, false]] as const) {
      const { queue, describeAt, place, offer } = setup();
      queue.allowsIndirect = true;
      describeAt(TABLE, { address: INDIRECT, length: 16 * count, flags: IS_INDIRECT, next: 0 });
      place();
      offer([0]);
      expect(queue.take() !== undefined, `${count}`).toBe(isGood);
    }
  });
});

describe("a queue", () => {
  it("is placed with a size that is a power of two in its bounds, aligned, and all of it in RAM", () => {
    for (let size = 0; size <= 9; size++) {
      const { queue } = setup();
      expect(queue.place(size, BigInt(TABLE), BigInt(AVAILABLE), BigInt(USED)), `size ${size}`)
        .toBe([1, 2, 4, 8].includes(size));
    }
    const ends = { descriptors: RAM - 8 * 16, available: RAM - (6 + 8 * 2), used: RAM - (6 + 8 * 8) };
    const aligned = { descriptors: 16, available: 2, used: 4 };
    for (const part of ["descriptors", "available", "used"] as const)
      for (let more = -20; more <= 20; more++) {
        const { queue } = setup();
        const at = { descriptors: TABLE, available: AVAILABLE, used: USED, [part]: ends[part] + more };
        const isGood = more <= 0 && at[part] % aligned[part] === 0;
        const isPlaced = queue.place(8, BigInt(at.descriptors), BigInt(at.available), BigInt(at.used));
        expect(isPlaced, `${part} ${more}`).toBe(isGood);
        expect(queue.isReady).toBe(isGood);
        const wanted = { ...queue.save(), size: 8, descriptors: BigInt(at.descriptors),
          available: BigInt(at.available), used: BigInt(at.used) };
        expect(queue.canLoad(wanted)).toBe(isGood);
      }
    const { queue, place } = setup();
    const fresh = queue.save();
    expect([place(), queue.place(3, 16n, 0n, 0n), queue.isReady]).toEqual([true, false, true]);
    expect([queue.place(4, 0n, 1n, 1n), queue.isReady, queue.save(), queue.canLoad(fresh)])
      .toEqual([true, false, fresh, true]);
  });

  it("counts what is offered modulo 65,536, and breaks for more than it has entries", () => {
    for (const last of [0, 1, 0xfffe, 0xffff])
      for (let more = -2; more <= 6; more++) {
        const { queue, put, place } = setup();
        place();
        queue.load({ ...queue.save(), lastAvailable: last });
        put(AVAILABLE + 2, 2, (last + more + 0x1_0000) % 0x1_0000);
        const isLie = more < 0 || more > 4;
        expect([queue.offered(), queue.save().broken]).toEqual([isLie ? 0 : more, isLie]);
      }
  });

  it("takes in order and gives back in order, around its ring and around 65,536, in both byte orders", () => {
    for (const order of ["big", "little"] as const) {
      const { queue, get, describeAt, place, offer } = setup(4, order);
      for (let at = 0; at < 4; at++)
        describeAt(TABLE + 16 * at, { address: DATA, length: 1, flags: 0, next: 0 });
      place();
      queue.load({ ...queue.save(), lastAvailable: 0xfffd, usedIndex: 0xfffd });
      for (let round = 0; round < 7; round++) {
        const at = (0xfffd + round) % 0x1_0000;
        offer([round % 4], at);
        const chain = queue.take()!;
        expect([chain.head, queue.take()]).toEqual([round % 4, undefined]);
        queue.giveBack(chain, 0x1234_5600 + round);
        const entry = USED + 4 + 8 * (at % 4);
        expect([get(entry, 4), get(entry + 4, 4), get(USED + 2, 2)])
          .toEqual([round % 4, 0x1234_5600 + round, (at + 1) % 0x1_0000]);
        queue.usesEventIndex = true;
        queue.askForNotification();
        expect(get(USED + 4 + 8 * 4, 2)).toBe((at + 1) % 0x1_0000);
        queue.usesEventIndex = false;
      }
    }
  });

  it("touches no RAM while it is broken or not placed, or does not use the event index", () => {
    const chain = { head: 1, readable: [], writable: [], readableBytes: 0, writableBytes: 0 };
    for (const state of ["unplaced", "broken", "no event index"] as const) {
      const { queue, memory, place } = setup();
      if (state !== "unplaced") place();
      queue.usesEventIndex = state !== "no event index";
      if (state === "broken") queue.load({ ...queue.save(), broken: true });
      if (state !== "no event index") queue.giveBack(chain, 9);
      queue.askForNotification();
      expect([queue.save().broken, queue.wantsInterrupt(), queue.take()])
        .toEqual([state === "broken", state === "no event index", undefined]);
      expect(memory.read(0, RAM).every((byte) => byte === 0)).toBe(true);
    }
    const { queue, place } = setup();
    const fresh = queue.save();
    place();
    Object.assign(queue, { usesEventIndex: true, allowsIndirect: true });
    queue.reset();
    expect([queue.save(), queue.usesEventIndex, queue.allowsIndirect, queue.isReady])
      .toEqual([fresh, false, false, false]);
  });
});

describe("an interrupt", () => {
  it("is wanted when the used index has passed the event index since the last, around 65,536 too", () => {
    for (const signalled of [0, 5, 0xfffe])
      for (let used = 0; used <= 4; used++)
        for (let event = -2; event <= 6; event++) {
          const { queue, put, place } = setup();
          place();
          queue.usesEventIndex = true;
          const usedIndex = (signalled + used) % 0x1_0000;
          queue.load({ ...queue.save(), usedIndex, signalledUsed: signalled });
          put(AVAILABLE + 4 + 2 * 4, 2, (signalled + event + 0x1_0000) % 0x1_0000);
          expect(queue.wantsInterrupt(), `${signalled} ${used} ${event}`).toBe(event >= 0 && event < used);
          expect(queue.save().signalledUsed).toBe(usedIndex);
        }
  });

  it("is wanted the first time, and without the event index unless the driver said no", () => {
    const { queue, put, place } = setup();
    place();
    for (const [flags, isWanted] of [[0, true], [1, false], [2, true], [3, false]] as const) {
      put(AVAILABLE, 2, flags);
      expect([queue.wantsInterrupt(), queue.save().signalledUsed]).toEqual([isWanted, -1]);
    }
    queue.usesEventIndex = true;
    expect([queue.wantsInterrupt(), queue.wantsInterrupt()]).toEqual([true, false]);
  });
});

describe("buffers", () => {
  it("are read and written as if they were one, at every offset and length", () => {
    const buffers = [[0x8000, 3], [0x8100, 0], [0x8200, 2], [0x8300, 4]]
      .map(([address, length]) => ({ address: address!, length: length! }));
    for (let offset = 0; offset <= 9; offset++)
      for (let length = 0; length <= 9 - offset; length++) {
        const { queue, memory } = setup();
        const places = buffers.flatMap(({ address, length: size }) =>
          Array.from({ length: size }, (_, at) => address + at));
        places.forEach((at, index) => memory.setU8(at, index + 1, "loader"));
        expect([...queue.readFrom(buffers, offset, length)])
          .toEqual(Array.from({ length }, (_, at) => offset + at + 1));
        queue.writeTo(buffers, offset, new Uint8Array(length).fill(0xee));
        expect(places.map((at) => memory.u8(at)))
          .toEqual(places.map((_, at) => (at >= offset && at < offset + length ? 0xee : at + 1)));
      }
  });
});
