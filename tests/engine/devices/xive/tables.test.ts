import { describe, expect, it } from "vitest";
import { EasTable } from "../../../../src/engine/devices/xive/eas.ts";
import { EndTable } from "../../../../src/engine/devices/xive/end.ts";
import { advance, peekEntry, type QueueConsumer } from "../../../../src/engine/devices/xive/eventQueue.ts";
import { HostMemory } from "../../../../src/engine/devices/xive/hostMemory.ts";
import { IRQS_PER_BLOCK, IrqStates } from "../../../../src/engine/devices/xive/irqState.ts";
import { MsiNumbers } from "../../../../src/engine/devices/xive/lisns.ts";
import { NvtTable } from "../../../../src/engine/devices/xive/nvt.ts";

const strangers = [-1, 4, 0.5, Number.NaN, 2 ** 32];

describe("the table of EASs", () => {
  it("keeps 64 bits each, whose fields are where the architecture has them", () => {
    const table = new EasTable(4);
    table.set(1, 0x8123_4567_89ab_cdefn);
    expect(table.get(1)).toBe(0x8123_4567_89ab_cdefn);
    expect([table.isValid(1), table.isMasked(1)]).toEqual([true, true]);
    expect([table.end(1), table.endIndex(1), table.data(1)]).toEqual([0x1234567, 0x234567, 0x09abcdef]);
    table.set(2, 0x7fff_ffff_7fff_ffffn);
    expect([table.isValid(2), table.isMasked(2)]).toEqual([false, false]);
    expect([table.get(0), table.get(3)]).toEqual([0n, 0n]);
  });

  it("claims with VALID and MASKED over what was there, and gives back VALID alone", () => {
    const table = new EasTable(4);
    table.route(1, 0xf2345678, 0xfedcba98);
    expect(table.get(1)).toBe(0x8234_5678_7edc_ba98n);
    table.route(2, 5, 6, true);
    expect(table.get(2)).toBe(0x8000_0005_8000_0006n);
    table.release(1);
    expect(table.get(1)).toBe(0x0234_5678_7edc_ba98n);
    table.claim(1);
    expect(table.get(1)).toBe(0x8234_5678_fedc_ba98n);
  });

  it("has no EAS beyond its end", () => {
    const table = new EasTable(4);
    for (const source of strangers) {
      expect([table.has(source), table.isValid(source)]).toEqual([false, false]);
      expect(() => table.set(source, 0n)).toThrow();
      expect(() => table.route(source, 0, 0)).toThrow();
    }
    expect([table.has(0), table.has(3)]).toEqual([true, true]);
  });
});

describe("the table of ENDs", () => {
  it("saves what differs from a reset, ascending, and no other", () => {
    const table = new EndTable(4);
    const ofReset = [0, 0x50000000, 0, 0, 0, 0, 0, 0];
    table.setWords(3, [1, 2, 3, 4, 5, 6, 7, 8]);
    table.setWord(1, 6, 9);
    table.setWord(2, 0, 0);
    const saved = table.save();
    expect(saved).toEqual([
      { end: 1, words: [0, 0x50000000, 0, 0, 0, 0, 9, 0] }, { end: 3, words: [1, 2, 3, 4, 5, 6, 7, 8] },
    ]);
    const other = new EndTable(4);
    other.setWord(0, 0, 1);
    other.load(saved);
    expect([other.save(), other.words(0)]).toEqual([saved, ofReset]);
    other.reset(3);
    expect([other.words(3), other.word(1, 6)]).toEqual([ofReset, 9]);
    other.resetAll();
    expect(other.save()).toEqual([]);
  });

  it("changes one escalation state and no other bit", () => {
    const table = new EndTable(4);
    table.setWord(0, 1, 0xffff_ffff);
    table.setEscalationState(0, 28, 1);
    expect([table.word(0, 1), table.escalationState(0, 28), table.escalationState(0, 30)])
      .toEqual([0xdfff_ffff, 1, 3]);
    table.setEscalationState(0, 30, 2);
    expect(table.word(0, 1)).toBe(0x9fff_ffff);
  });

  it("has no END beyond its end, and none of another length", () => {
    const table = new EndTable(4);
    for (const end of strangers) {
      expect([table.has(end), table.isValid(end)]).toEqual([false, false]);
      expect(() => table.setWord(end, 0, 1)).toThrow();
    }
    expect(() => table.setWords(0, [1])).toThrow();
  });
});

describe("the table of virtual processors", () => {
  it("keeps a backlog for those it has, empties it when taken, and tells when one is cleared", () => {
    const table = new NvtTable();
    const cleared: unknown[] = [];
    table.onStep = ({ step, bit, target }) => cleared.push(`${step} ${bit} ${target}`);
    table.add(0x7ffff);
    table.add(0);
    table.addBacklog(0, 0x81);
    table.addBacklog(0, 0x02);
    table.addBacklog(5, 0xff);
    expect([table.ipb(0), table.word4(0), table.ipb(5), table.has(5)]).toEqual([0x83, 0x8300, 0, false]);
    expect(table.save()).toEqual([[0, 0x83], [0x7ffff, 0]]);
    expect([table.takeBacklog(0), table.ipb(0), table.has(0)]).toEqual([0x83, 0, true]);
    expect(table.takeBacklog(5)).toBe(0);
    table.addBacklog(0, 1);
    table.clearBacklogs();
    table.remove(0);
    expect([table.ipb(0), table.has(0), table.has(0x7ffff)]).toEqual([0, false, true]);
    expect(cleared).toEqual([0x7ffff, 0, 0x7ffff, 0, 0].map((nvt) => `cleared NVT.IPB ${nvt}`));
    table.load([[7, 3]]);
    expect(table.save()).toEqual([[7, 3]]);
    for (const nvt of [-1, 0x80000]) expect(() => table.add(nvt)).toThrow();
  });
});

describe("the host's memory", () => {
  const guest = {
    load: (at: bigint) => (at < 16n ? Number(at) : undefined), store: (at: bigint) => at < 16n,
  };
  it("is the guest's below the kernel's pages, which come zeroed and of 64 KiB each", () => {
    const memory = new HostMemory(guest);
    expect([memory.load(8n), memory.load(16n), memory.store(8n, 1), memory.store(16n, 1)])
      .toEqual([8, undefined, true, false]);
    const first = memory.allocatePage();
    const second = memory.allocatePage();
    expect(second - first).toBe(0x10000n);
    for (const at of [first, first + 0xfffcn, second]) expect(memory.load(at)).toBe(0);
    expect([memory.store(first + 0xfffcn, 7), memory.load(first + 0xfffcn)]).toEqual([true, 7]);
    expect(memory.load(second)).toBe(0);
    const beyond = second + 0x10000n;
    expect([memory.load(beyond), memory.store(beyond, 1)]).toEqual([undefined, false]);
    expect(memory.load(first - 4n)).toBeUndefined();
  });

  it("saves pages to their last word that is not zero, and gives out new ones behind them", () => {
    const memory = new HostMemory(guest);
    const [empty, used, freed] = [memory.allocatePage(), memory.allocatePage(), memory.allocatePage()];
    memory.store(used + 4n, 0x01020304);
    memory.freePage(freed);
    expect(memory.load(freed)).toBeUndefined();
    const saved = memory.savePages();
    expect(saved).toEqual([
      { address: empty, bytes: new Uint8Array() },
      { address: used, bytes: Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4) },
    ]);
    const other = new HostMemory(guest);
    for (let i = 0; i < 5; i++) other.allocatePage();
    other.loadPages([...saved].reverse());
    expect([other.load(used + 4n), other.load(empty), other.load(freed)]).toEqual([0x01020304, 0, undefined]);
    expect(other.allocatePage()).toBe(used + 0x10000n);
    other.loadPages([]);
    expect([other.load(used), other.allocatePage()]).toEqual([undefined, empty]);
  });
});

describe("message numbers", () => {
  it("come lowest first in a row, from even ones for MSI-X, and are refused when there is no room", () => {
    const numbers = new MsiNumbers();
    expect(numbers.allocate(1, false)).toEqual({ ok: true, value: 0x1300 });
    expect(numbers.allocate(2, true)).toEqual({ ok: true, value: 0x1302 });
    expect(numbers.allocate(2, false)).toEqual({ ok: true, value: 0x1304 });
    expect(numbers.allocate(1, false)).toEqual({ ok: true, value: 0x1301 });
    numbers.free(0x1302, 1);
    expect([0x1301, 0x1302, 0x1303].map((lisn) => numbers.isUsed(lisn))).toEqual([true, false, true]);
    expect(numbers.allocate(2, true)).toEqual({ ok: true, value: 0x1306 });
    expect(numbers.save()).toEqual([0x1300, 0x1301, 0x1303, 0x1304, 0x1305, 0x1306, 0x1307]);
    const none = { ok: false, error: -1 };
    for (const count of [0, -1, 1.5, 0xd00]) expect(numbers.allocate(count, false)).toEqual(none);
    expect(numbers.allocate(0xcf8, false)).toEqual({ ok: true, value: 0x1308 });
    expect(numbers.allocate(2, true)).toEqual(none);
    numbers.load([0x1fff]);
    expect(numbers.save()).toEqual([0x1fff]);
    numbers.free(0x1ffe, 2);
    numbers.free(0, 0x1300);
    expect(numbers.allocate(0xd00, true)).toEqual({ ok: true, value: 0x1300 });
    numbers.free(0, 0x1301);
    expect([numbers.isUsed(0x1300), numbers.isUsed(0x1301)]).toEqual([false, true]);
  });
});

describe("what KVM keeps of each number", () => {
  it("is in blocks of 1024 that stay, and counts once it is valid", () => {
    const irqs = new IrqStates();
    expect([irqs.get(0), irqs.hasBlock(0), irqs.firstNumbers()]).toEqual([undefined, false, []]);
    irqs.createBlock(3 * IRQS_PER_BLOCK + 5);
    irqs.createBlock(1023);
    expect(irqs.firstNumbers()).toEqual([0, 3072]);
    expect([irqs.hasBlock(1024), irqs.hasBlock(4095), irqs.hasBlock(4096)]).toEqual([false, true, false]);
    expect([irqs.get(4095)!.number, irqs.get(1024), irqs.valid(4095)]).toEqual([4095, undefined, undefined]);
    irqs.get(4095)!.valid = true;
    irqs.get(2)!.valid = true;
    irqs.get(1)!.eisn = 7;
    expect(irqs.valid(2)?.number).toBe(2);
    expect(irqs.allValid().map(({ number }) => number)).toEqual([2, 4095]);
    expect(irqs.touched().map(({ number }) => number)).toEqual([1, 2, 4095]);
    irqs.touched()[0]!.eisn = 8;
    expect(irqs.get(1)!.eisn).toBe(7);
    irqs.createBlock(0);
    expect(irqs.get(1)!.eisn).toBe(7);
    const other = new IrqStates();
    other.createBlock(5000);
    other.replaceAll(irqs.firstNumbers(), irqs.touched());
    expect([other.firstNumbers(), other.touched()]).toEqual([[0, 3072], irqs.touched()]);
  });
});

describe("the consumer of a queue", () => {
  it("takes entries whose generation is not its toggle, in order, and flips where the ring ends", () => {
    const words = new Map([[0x100n, 0x80000001], [0x104n, 0x80000002], [0x108n, 3]]);
    const memory = { load: (at: bigint) => words.get(at), store: () => false };
    const consumer: QueueConsumer = { index: 0, toggle: 0 };
    const seen: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      seen.push([peekEntry(consumer, 0x100n, memory), consumer.index, consumer.toggle]);
      advance(consumer, 3);
    }
    expect(seen).toEqual([[1, 0, 0], [2, 1, 0], [undefined, 2, 0], [undefined, 0, 1]]);
    expect(peekEntry({ index: 2, toggle: 1 }, 0x100n, memory)).toBe(3);
    expect(peekEntry({ index: 3, toggle: 1 }, 0x100n, memory)).toBeUndefined();
  });
});
