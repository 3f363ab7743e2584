/** Memory slots, their dirty logs as bitmaps and as a ring, storage attributes and migration mode. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { RAM, s390DeviceMachine } from "../../../../src/engine/deviceMachine/s390DeviceMachine.ts";
import {
  DirtyRing, KVM_DIRTY_GFN_F_RESET, dirtyGfn,
} from "../../../../src/engine/devices/kvm/dirtyRing.ts";
import {
  MemorySlots, powerSlotRules, s390SlotRules, USER_SLOTS,
} from "../../../../src/engine/devices/kvm/memorySlots.ts";
import { StorageAttributes, type CmmaValues } from "../../../../src/engine/devices/kvm/storageAttributes.ts";
import { deviceAttr } from "../../../../src/engine/uapi/deviceAttr.ts";
import { ioctl } from "../../../../src/engine/uapi/ioctl.ts";
import { dirtyLog } from "../../../../src/engine/uapi/irqRouting.ts";
import { cmmaLog } from "../../../../src/engine/uapi/s390Memory.ts";

const MiB = 0x100000n;
const ARG = 0x6000_0000n, BUFFER = 0x6100_0000n;
const region = (slot: number, guestAddress: bigint, size: bigint, flags = 1, userAddress = 0x7000_0000n) =>
  ({ slot, guestAddress, size, flags, userAddress });

function slotsOf(...regions: ReturnType<typeof region>[]): MemorySlots {
  const slots = new MemorySlots();
  for (const one of regions) expect(slots.set(one)).toBe(0);
  return slots;
}
const frames = (slots: MemorySlots): number[] => slots.takeDirtyFrames().map(Number);

describe("memory slots", () => {
  it("may move and change their logging, not their size, backing or protection", () => {
    const slots = slotsOf(region(0, 0n, 2n * MiB));
    expect([slots.set(region(0, 0n, MiB)), slots.set(region(0, 0n, 2n * MiB, 1, 0n)),
      slots.set(region(0, 0n, 2n * MiB, 3))]).toEqual([-22, -22, -22]);
    expect(slots.set(region(0, 4n * MiB, 2n * MiB))).toBe(0);
    expect([slots.translate(0n), slots.translate(4n * MiB)]).toEqual([undefined, 0x7000_0000n]);
    expect([slots.set(region(1, 5n * MiB, MiB)), slots.set(region(USER_SLOTS, 9n * MiB, MiB)),
      slots.set(region(7, 0n, 0n)), slots.set(region(1, 0n, MiB, 4))]).toEqual([-17, -22, -22, -22]);
  });

  it("have at most 2^31 - 1 frames, of 4 KiB or 64 KiB", () => {
    for (const [rules, shift, frames, isGood] of [[s390SlotRules, 12n, 0x7fff_ff00n, true],
      [s390SlotRules, 12n, 0x8000_0000n, false], [powerSlotRules, 16n, 0x7fff_ffffn, true],
      [powerSlotRules, 16n, 0x8000_0000n, false]] as const)
      expect(new MemorySlots(rules).set(region(0, 0n, frames << shift, 0))).toBe(isGood ? 0 : -22);
  });

  it("log a frame in its own slot's bitmap, counted from the right of each byte", () => {
    for (let index = 0; index < 256; index++) {
      const slots = slotsOf(region(0, 0n, MiB), region(3, 3n * MiB, MiB));
      slots.markFrameDirty((3n * MiB >> 12n) + BigInt(index));
      const logs: Uint8Array[] = [];
      for (const slot of [0, 3]) expect(slots.getDirtyLog(slot, (log) => logs.push(log) > 0)).toBe(0);
      expect(logs.map((log) => log.length)).toEqual([32, 32]);
      expect(logs[0]!.some(Boolean)).toBe(false);
      const expected = new Uint8Array(32);
      expected[Math.floor(index / 8)] = 2 ** (index % 8);
      expect(logs[1]).toEqual(expected);
    }
  });

  it("keep every bit when the log is not taken, and lose them with the logging", () => {
    const slots = slotsOf(region(0, 0n, MiB));
    slots.markFrameDirty(5n);
    expect(slots.getDirtyLog(0, () => false)).toBe(-14);
    expect(frames(slots)).toEqual([5]);
    slots.markFrameDirty(6n);
    slots.set(region(0, 0n, MiB, 0));
    slots.markFrameDirty(7n);
    expect([slots.getDirtyLog(0, () => true), slots.getDirtyLog(1, () => true),
      slots.getDirtyLog(USER_SLOTS, () => true)]).toEqual([-2, -2, -22]);
    slots.set(region(0, 0n, MiB));
    expect(frames(slots)).toEqual([]);
  });

  it("report what was marked and nothing else, for random slots and marks", () => {
    const prng = new Prng(8);
    for (let round = 0; round < 100; round++) {
      const slots = new MemorySlots();
      const inside = (frame: number): boolean => slots.list().some(({ guestAddress, size, flags }) =>
        flags === 1 && frame >= Number(guestAddress >> 12n) && frame < Number((guestAddress + size) >> 12n));
      for (let slot = 0; slot < 4; slot++)
        slots.set(region(slot, BigInt(prng.below(8)) * MiB, BigInt(1 + prng.below(2)) * MiB, prng.below(2)));
      const marked = Array.from({ length: 60 }, () => prng.below(2560));
      for (const frame of marked) slots.markFrameDirty(BigInt(frame));
      expect(frames(slots)).toEqual([...new Set(marked.filter(inside))].sort((a, b) => a - b));
      expect(frames(slots)).toEqual([]);
    }
  });

  it("mark every frame that shows a page of RAM", () => {
    const slots = slotsOf(region(0, 0n, MiB, 1, 0x7000_0000n), region(1, 8n * MiB, MiB, 1, 0x7000_0000n));
    slots.mapUser([{ userAddress: 0x7000_0000n, size: MiB, ram: 0x4000, writable: true }]);
    slots.markFrameOfRam(0x5678);
    slots.markFrameOfRam(0x3fff);
    expect(frames(slots)).toEqual([1, 0x801]);
  });

  it("answer by ioctl: copy, slot, copy", () => {
    const { kvm, user } = s390DeviceMachine();
    kvm.slots.markFrameDirty(9n);
    const log = (slot: number, address: bigint): number => kvm.ioctl(kvm.vmFd, ioctl.KVM_GET_DIRTY_LOG,
      user.place(ARG, dirtyLog.encode({ slot, dirty_bitmap: address })));
    user.place(BUFFER, new Uint8Array(RAM / 4096 / 8));
    expect([kvm.ioctl(kvm.vmFd, ioctl.KVM_GET_DIRTY_LOG, 0n), log(1, BUFFER), log(0, 0n), log(0, BUFFER)])
      .toEqual([-14, -2, -14, 0]);
    expect(user.at(BUFFER)[1]).toBe(2);
  });
});

describe("a dirty ring", () => {
  const ring = (entries = 128, pages = 100n) => {
    const again: bigint[] = [];
    const made = DirtyRing.ofBytes(entries * 16, {
      pagesOf: (slot) => (slot === 0 ? pages : undefined), protect: (_slot, page) => again.push(page) });
    if (!made.ok) throw new Error("no ring");
    return { ring: made.value, again };
  };
  const collect = (
    { shared }: DirtyRing, index: number, change: Parameters<typeof dirtyGfn.encode>[0] = {},
  ) => {
    const entry = dirtyGfn.decode(shared, index * 16);
    shared.set(dirtyGfn.encode({ ...entry, flags: KVM_DIRTY_GFN_F_RESET, ...change }), index * 16);
    return entry;
  };

  it("has a size that is a power of two within its limits", () => {
    const size = (bytes: number): number => {
      const made = DirtyRing.ofBytes(bytes, { pagesOf: () => 0n, protect: () => undefined });
      return made.ok ? 0 : made.error;
    };
    expect([0, 1024, 2048, 3000, 65536 * 16, 65536 * 32].map(size)).toEqual([-22, -22, 0, -22, 0, -7]);
  });

  it("gives entries in order and takes back the marked ones up to the first that is not", () => {
    const one = ring();
    for (let page = 0n; page < 5n; page++) one.ring.push(0, page);
    expect([0, 1, 3].map((index) => Number(collect(one.ring, index).offset))).toEqual([0, 1, 3]);
    expect([one.ring.reset(), one.again, one.ring.reset()]).toEqual([2, [0n, 1n], 0]);
    collect(one.ring, 2);
    expect([one.ring.reset(), one.again]).toEqual([2, [0n, 1n, 2n, 3n]]);
  });

  it("asks for an exit before it is full, and loses nothing over many laps", () => {
    const one = ring();
    let next = 0, collected = 0;
    for (let lap = 0; lap < 10; lap++) {
      while (!one.ring.isSoftFull) expect(one.ring.push(0, BigInt(next++ % 100))).toBe(true);
      while (collected < next) {
        const { offset } = collect(one.ring, collected % 128);
        expect(Number(offset)).toBe(collected++ % 100);
      }
      expect(one.ring.reset()).toBe(64);
    }
    for (let n = 0; n < 128; n++) expect(one.ring.push(0, 0n)).toBe(true);
    expect(one.ring.push(0, 0n)).toBe(false);
  });

  it("believes nothing that the VMM writes into an entry", () => {
    for (const offset of [100n, (1n << 63n), (1n << 64n) - 1n]) {
      const one = ring();
      one.ring.push(0, 7n);
      collect(one.ring, 0, { offset });
      expect([one.ring.reset(), one.again]).toEqual([1, []]);
    }
    const one = ring();
    one.ring.push(0, 7n);
    collect(one.ring, 0, { slot: 9 });
    expect([one.ring.reset(), one.again]).toEqual([1, []]);
  });
});

describe("storage attributes", () => {
  const hole = () => slotsOf(region(0, 0n, MiB), region(1, 4n * MiB, MiB));
  const get = (attributes: StorageAttributes, startFrame: bigint, count: number, flags = 0, takes = true) => {
    let got: CmmaValues | undefined;
    const result = attributes.get({ startFrame, count, flags }, (values) => {
      got = values;
      return takes;
    });
    return got ? [Number(got.startFrame), [...got.values], got.remaining, result] : result;
  };

  it("are due for every frame at the start, then for changed ones, each once", () => {
    const attributes = new StorageAttributes(hole());
    attributes.set(3n, 9);
    expect([get(attributes, 0n, 5), attributes.startMigration(), attributes.startMigration()])
      .toEqual([-22, 0, 0]);
    expect(get(attributes, 2n, 3)).toEqual([2, [0, 9, 0], 509, 0]);
    expect(get(attributes, 300n, 1)).toEqual([1024, [0], 508, 0]);
    expect([0, 1].map((flags) => get(attributes, 300n, 0, flags))).toEqual(Array(2).fill([300, [], 508, 0]));
    expect(get(attributes, 0n, 1, 0, false)).toEqual([0, [0], 507, -14]);
    expect(get(attributes, 0n, 1)).toEqual([0, [0], 507, 0]);
    expect([get(attributes, 0n, 9, 2), get(attributes, 300n, 1, 1)]).toEqual([-22, -14]);
    expect(get(attributes, 3n, 2, 1)).toEqual([3, [9, 0], 507, 0]);
  });

  it("end with the logging of any slot", () => {
    const slots = hole();
    const attributes = new StorageAttributes(slots);
    attributes.startMigration();
    slots.set(region(1, 4n * MiB, MiB, 0));
    expect([attributes.migrationMode, get(attributes, 0n, 1), attributes.startMigration()])
      .toEqual([false, -22, -22]);
    expect(new StorageAttributes(new MemorySlots()).startMigration()).toBe(-22);
  });

  it("are reached by attribute and ioctl", () => {
    const { kvm, user } = s390DeviceMachine();
    const mode = (request: number, attr: bigint, addr = BUFFER): number => kvm.ioctl(kvm.vmFd, request,
      user.place(ARG, deviceAttr.encode({ group: 4, attr, addr })));
    const bits = (values = BUFFER): number => kvm.ioctl(kvm.vmFd, ioctl.KVM_S390_GET_CMMA_BITS,
      user.place(ARG, cmmaLog.encode({ start_gfn: 1n, count: 2, values })));
    user.place(BUFFER, new Uint8Array(8));
    const { KVM_SET_DEVICE_ATTR: SET, KVM_GET_DEVICE_ATTR: GET, KVM_HAS_DEVICE_ATTR: HAS } = ioctl;
    expect([bits(), mode(SET, 1n), mode(GET, 2n), user.at(BUFFER)[7], bits(0n), bits()])
      .toEqual([-22, 0, 0, 1, -14, 0]);
    expect(cmmaLog.decode(user.at(ARG))).toMatchObject({ start_gfn: 1n, count: 2, remaining: 510n });
    expect([mode(SET, 0n), bits(), mode(GET, 0n), mode(GET, 2n, 0n)]).toEqual([0, -22, -6, -14]);
    expect([mode(HAS, 2n), mode(HAS, 3n), mode(SET, 2n)]).toEqual([0, -6, -6]);
    expect(kvm.ioctl(kvm.vmFd, ioctl.KVM_S390_GET_CMMA_BITS, 0n)).toBe(-14);
  });
});
