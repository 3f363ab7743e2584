import { describe, expect, it } from "vitest";
import { DirtyRing, type DirtyRingSnapshot } from "../../../../src/engine/devices/kvm/dirtyRing.ts";
import { Doorbell } from "../../../../src/engine/devices/kvm/doorbell.ts";
import type { EventFile } from "../../../../src/engine/devices/kvm/files.ts";
import { Irqfds, type IrqfdsSnapshot } from "../../../../src/engine/devices/kvm/irqfds.ts";
import {
  MemorySlots, type MemorySlot, type MemorySlotsSnapshot,
} from "../../../../src/engine/devices/kvm/memorySlots.ts";
import {
  dirtyRingState, doorbellState, irqfdsState, memorySlotsState,
} from "../../../../src/engine/devices/kvm/state.ts";

const MiB = 0x100000n;
const slot = (number: number, at: bigint, size = MiB, flags = 1): MemorySlot =>
  ({ slot: number, guestAddress: at, size, flags, userAddress: 0x7000_0000n });

describe("memory slots that are saved", () => {
  const used = (): MemorySlots => {
    const slots = new MemorySlots();
    for (const one of [slot(5, 4n * MiB), slot(2, 0n), slot(3, 2n * MiB, MiB, 0)])
      expect(slots.set(one)).toBe(0);
    for (const frame of [0n, 255n, 0x403n]) slots.markFrameDirty(frame);
    return slots;
  };

  it("keep every log by slot, take the place of those that were there, and share nothing", () => {
    const from = used();
    const saved = from.save();
    expect(saved.slots.map((one) => one.slot)).toEqual([5, 2, 3]);
    expect(saved.logs.map((log) => [log.slot, log.bitmap.length, log.bitmap[0], log.bitmap[31]]))
      .toEqual([[2, 32, 1, 0x80], [5, 32, 8, 0]]);
    const to = new MemorySlots();
    to.set(slot(9, 8n * MiB));
    const decoded = memorySlotsState.decode(1, memorySlotsState.encode(saved));
    expect(to.load(decoded.ok ? decoded.value : saved)).toEqual({ ok: true, value: undefined });
    const copy = structuredClone(saved);
    expect([decoded.ok, to.save()]).toEqual([true, copy]);
    for (const slots of [from, to]) slots.markFrameDirty(1n);
    expect(saved).toEqual(copy);
    expect(to.takeDirtyFrames()).toEqual([0n, 1n, 255n, 0x403n]);
    expect(to.getDirtyLog(9, () => true)).toBe(-2);
  });

  it("are refused where they cannot be side by side or a log is none of theirs", () => {
    const { slots, logs } = used().save();
    const [first, second] =
      logs as [MemorySlotsSnapshot["logs"][number], MemorySlotsSnapshot["logs"][number]];
    const bitmap =
      (length: number, at = 0, byte = 0): Uint8Array => new Uint8Array(length).fill(byte, at, at + 1);
    const small = slot(8, 16n * MiB);
    const LOG = "a log is not that of its memory slot";
    const rows: readonly (readonly [Partial<MemorySlotsSnapshot>, string | undefined])[] = [
      [{}, undefined],
      [{ slots: [...slots, slot(6, 4n * MiB)] }, "memory slot 6 cannot be set beside the others"],
      [{ slots: [...slots, slot(5, 9n * MiB)] }, "a memory slot is there twice"],
      [{ slots: [...slots, slot(6, 9n * MiB, 0n)] }, "memory slot 6 cannot be set beside the others"],
      [{ logs: [first] }, LOG], [{ logs: [first, second, second] }, LOG],
      [{ logs: [first, { ...second, slot: 3 }] }, LOG], [{ logs: [first, { ...second, slot: 7 }] }, LOG],
      [{ logs: [first, second, { slot: 3, bitmap: bitmap(32) }] }, LOG],
      [{ logs: [first, { slot: 5, bitmap: bitmap(40) }] }, LOG], [{ logs: [first, { slot: 5,
        bitmap: bitmap(24) }] }, LOG],
      [{ logs: [first, { slot: 5, bitmap: bitmap(32, 31, 0x80) }] }, undefined],
      [{ slots: [...slots, small], logs: [...logs, { slot: 8, bitmap: bitmap(32, 31, 1) }] }, undefined],
    ];
    for (const [changed, why] of rows) {
      const to = new MemorySlots();
      to.set(slot(9, 8n * MiB));
      const before = to.save();
      const result = to.load({ slots, logs, ...changed });
      expect(result).toEqual(why === undefined ? { ok: true, value: undefined } : { ok: false, error: why });
      if (why !== undefined) expect(to.save()).toEqual(before);
    }
  });

  it("have no bit behind the last frame of a slot that does not fill its words", () => {
    for (const [frame, isThere] of [[15, true], [16, false], [63, false]] as const) {
      const odd = MemorySlots.whole(0x10000);
      const { slots } = odd.save();
      const bitmap = new Uint8Array(8);
      bitmap[0] = 1;
      bitmap[frame >> 3]! |= 1 << (frame & 7);
      // A machine's only slot may have any size; nobody could have set it.
      expect(odd.load({ slots, logs: [{ slot: 0, bitmap }] }).ok).toBe(false);
      const power = new MemorySlots({ unit: 0x1000n, frameShift: 12n, flags: 1 });
      expect(power.load({ slots: [{ ...slots[0]!, size: 0x10000n }], logs: [{ slot: 0, bitmap }] }).ok)
        .toBe(isThere);
    }
  });

  it("may end with the last address there is, and not behind it", () => {
    const slots = new MemorySlots();
    expect(slots.set(slot(0, (1n << 64n) - 2n * MiB))).toBe(0);
    expect(slots.set(slot(1, (1n << 64n) - MiB))).toBe(-22);
    expect(slots.set(slot(1, (1n << 64n) - 2n * MiB, 4n * MiB))).toBe(-22);
    expect(slots.set(slot(1, 1n << 64n))).toBe(-22);
  });
});

describe("irqfds that are saved", () => {
  interface World { readonly irqfds: Irqfds; readonly raised: string[]; readonly files: Map<number,
    EventFile> }
  const world = (): World => {
    const files = new Map([3, 4, 5].map((fd): [number, EventFile] => [fd, { kind: "eventfd", count: 0n }]));
    const raised: string[] = [];
    const others = { get: (fd: number) => (fd === 9 ? { kind: "vm" } : files.get(fd)) };
    const irqfds = new Irqfds(others, (gsi, level) => (raised.push(`${gsi} ${level}`), gsi === 7 ? -22 : 0));
    return { irqfds, raised, files };
  };
  const bind = ({ irqfds }: World, fd: number, gsi: number, flags = 0, resamplefd = 0): number =>
    irqfds.request({ fd, gsi, flags, resamplefd }, () => true);

  it("are bindings by descriptor, whose eventfds the process has open", () => {
    const from = world();
    expect([bind(from, 3, 7), bind(from, 4, 8, 2, 5)]).toEqual([0, 0]);
    from.irqfds.signal(from.files.get(4)!);
    const saved = from.irqfds.save();
    expect(saved).toEqual([
      { fd: 3, gsi: 7, resampled: false, due: false }, { fd: 4, gsi: 8, resampled: true, due: true },
    ]);
    const decoded = irqfdsState.decode(1, irqfdsState.encode({ bindings: saved }));
    const to = world();
    bind(to, 5, 1);
    expect(to.irqfds.load(decoded.ok ? decoded.value.bindings : [])).toEqual({ ok: true, value: undefined });
    expect(to.irqfds.save()).toEqual(saved);
    to.irqfds.signal(to.files.get(3)!);
    to.irqfds.signal(to.files.get(5)!);
    expect([to.irqfds.runDue(), to.raised]).toEqual([[-22, 0], ["7 1", "7 0", "8 1"]]);
  });

  it("are refused for what is no eventfd or is bound twice, and nothing changes", () => {
    const one = { gsi: 1, resampled: false, due: false };
    const rows: readonly (readonly [IrqfdsSnapshot, number | undefined])[] = [
      [[{ fd: 6, ...one }], 6], [[{ fd: 9, ...one }], 9], [[{ fd: 3, ...one }, { fd: 3, ...one }], 3],
      [[{ fd: 3, ...one }, { fd: 4, ...one }], undefined], [[], undefined],
    ];
    for (const [saved, fd] of rows) {
      const to = world();
      bind(to, 5, 1);
      const before = to.irqfds.save();
      expect(to.irqfds.load(saved)).toEqual(fd === undefined ? { ok: true, value: undefined }
        : { ok: false, error: `descriptor ${fd} is no eventfd that can be bound` });
      expect(to.irqfds.save()).toEqual(fd === undefined ? saved : before);
    }
  });

  it("are refused in the order: flags, memory, descriptor, resample descriptor, bound already", () => {
    for (const flags of [0, 1, 2, 4, 5])
      for (const isShort of [true, false])
        for (const fd of [3, 6, 9])
          for (const resamplefd of [4, 6, 9])
            for (const isBound of [true, false]) {
              const one = world();
              if (isBound) bind(one, 3, 5);
              const isDeassign = flags % 2 === 1;
              const errnos = new Map([[6, -9], [9, -22]]);
              const badFd = errnos.get(fd);
              const badResample = flags === 2 ? errnos.get(resamplefd) : undefined;
              const reasons = [[flags > 3, -22], [isShort && !isDeassign, -12], [badFd, badFd ?? 0],
                [isDeassign, 0], [badResample, badResample ?? 0], [isBound, -16]] as const;
              const wanted = reasons.find(([holds]) => holds)?.[1] ?? 0;
              const answer =
                one.irqfds.request({ fd, gsi: 5, flags, resamplefd }, (bytes) => !isShort || bytes !== 256);
              expect(answer).toBe(wanted);
              const bound = one.irqfds.boundTo(one.files.get(3)!);
              expect(bound).toEqual(wanted !== 0 ? isBound ? [5] : [] : isDeassign ? [] : [5]);
            }
  });

  it("end with their eventfd or by their GSI alone, and what was signalled is raised first", () => {
    for (const way of ["close", "deassign", "another GSI"]) {
      const one = world();
      one.files.get(3)!.count = 2n;
      bind(one, 3, 5);
      bind(one, 4, 5);
      one.irqfds.signal(one.files.get(4)!);
      if (way === "close") one.irqfds.closed(one.files.get(3)!);
      else expect(bind(one, 3, way === "deassign" ? 5 : 6, 1)).toBe(0);
      expect(one.raised).toEqual(way === "another GSI" ? [] : ["5 1", "5 0"]);
      expect(one.irqfds.boundTo(one.files.get(3)!)).toEqual(way === "another GSI" ? [5] : []);
      expect(one.irqfds.runDue()).toEqual(way === "another GSI" ? [0, 0] : [0]);
    }
  });

  it("consume what is written to a bound eventfd, and leave the counter of another", () => {
    const one = world();
    bind(one, 3, 5);
    for (const fd of [3, 4]) one.irqfds.signal(one.files.get(fd)!, 4n);
    expect([3, 4].map((fd) => one.files.get(fd)!.count)).toEqual([0n, 4n]);
    expect([one.irqfds.runDue(), one.irqfds.runDue()]).toEqual([[0], []]);
  });
});

describe("a dirty ring that is saved", () => {
  const ring = (entries = 128): DirtyRing => {
    const made = DirtyRing.ofBytes(entries * 16, { pagesOf: () => 1000n, protect: () => undefined });
    if (!made.ok) throw new Error("no ring");
    return made.value;
  };
  it("goes on with its entries, and is refused for another size or other counts than a ring can have", () => {
    const from = ring();
    for (let page = 0n; page < 5n; page++) from.push(1, page);
    // Flags are the last byte of the first word: "collected".
    from.shared[3] = 2;
    from.reset();
    const saved = from.save();
    expect([saved.pushed, saved.taken, saved.shared.length]).toEqual([5, 1, 2048]);
    const decoded = dirtyRingState.decode(1, dirtyRingState.encode(saved));
    const rows: readonly (readonly [Partial<DirtyRingSnapshot>, boolean])[] = [
      [{}, true], [{ pushed: 1 }, true], [{ pushed: 0 }, false], [{ pushed: 129 }, true], [{ pushed: 130 },
        false],
      [{ shared: new Uint8Array(4096) }, false],
    ];
    for (const [changed, isTaken] of rows) {
      const to = ring();
      to.push(0, 9n);
      const before = to.save();
      const wanted = { ...saved, ...changed };
      expect(to.load(wanted).ok).toBe(isTaken);
      expect(to.save()).toEqual(isTaken ? wanted : before);
    }
    const to = ring();
    to.load(decoded.ok ? decoded.value : saved);
    to.push(2, 7n);
    expect([to.save().pushed, to.shared[83], saved.shared[83], from.save()]).toEqual([6, 1, 0, saved]);
  });
});

describe("a doorbell that is saved", () => {
  it("keeps a request apart from what is pending", () => {
    for (const isRequested of [true, false])
      for (const isPending of [true, false]) {
        const from = new Doorbell(new Set());
        from.dpdes = isPending ? 3n : 2n;
        if (isRequested) from.ring();
        const saved = from.save();
        expect(saved).toEqual({ isRequested, isPending });
        const decoded = doorbellState.decode(1, doorbellState.encode(saved));
        const to = new Doorbell(new Set());
        to.ring();
        to.load(decoded.ok ? decoded.value : saved);
        expect([to.save(), to.dpdes, to.enter(), to.save()])
          .toEqual([saved, isRequested || isPending ? 1n : 0n,
          isRequested || isPending, { isRequested: false, isPending: isRequested || isPending }]);
        to.take();
        expect(to.enter()).toBe(false);
      }
  });
});
