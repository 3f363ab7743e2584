/** How a virtio-ccw device interrupts its driver, over both ways, all bits and all edges of storage. */
import { describe, expect, it } from "vitest";
import { show } from "../../../../src/engine/base/plainData.ts";
import { Indicators } from "../../../../src/engine/devices/virtio/indicators.ts";
import { RingMemory } from "../../../../src/engine/devices/virtio/ringMemory.ts";
import { RecordingPorts } from "../css/recordingPorts.ts";

const CLASSIC = 0x2000n, CONFIG = 0x3000n, SUMMARY = 0x4000n, BITS = 0x5000n;
const adapter = { summary: SUMMARY, indicator: BITS, firstBit: 0n, isc: 3 };

function setup(queueCount = 2) {
  const ports = new RecordingPorts(0x1_0000);
  const indicators = new Indicators(ports, new RingMemory(ports.memory), queueCount);
  let attentions = 0;
  indicators.raiseAttention = () => attentions++;
  return { ports, memory: ports.memory, indicators, attentions: () => attentions };
}

describe("classic indicators", () => {
  it("are bit 2^n of a doubleword for queue n, and one attention each; configuration has its own", () => {
    const one = setup(64);
    expect([one.indicators.setClassic(CLASSIC), one.indicators.setConfig(CONFIG)]).toEqual([true, true]);
    let wanted = 0n;
    for (let queue = 0; queue < 64; queue++) {
      one.indicators.queueUsed(queue);
      wanted += 1n << BigInt(queue);
      expect([one.memory.u64(Number(CLASSIC)), one.attentions()]).toEqual([wanted, queue + 1]);
    }
    one.indicators.configChanged();
    expect([one.memory.u64(Number(CONFIG)), one.attentions()]).toEqual([1n, 65]);
    expect(one.ports.interrupts.signalled).toEqual([]);
  });

  it("that are not set raise nothing", () => {
    const one = setup();
    one.indicators.queueUsed(1);
    one.indicators.configChanged();
    expect([one.attentions(), one.ports.writes]).toEqual([0, []]);
  });

  it("are for at most 64 queues and lie in storage", () => {
    expect([setup(64).indicators.setClassic(CLASSIC), setup(65).indicators.setClassic(CLASSIC)])
      .toEqual([true, false]);
    for (const set of ["setClassic", "setConfig"] as const)
      for (const [address, isGood] of [[0xfff8n, true], [0xfff9n, false], [0x1_0000n, false]] as const) {
        const { indicators } = setup();
        const before = indicators.save();
        expect(indicators[set](address)).toBe(isGood);
        if (!isGood) expect(indicators.save()).toEqual(before);
      }
  });
});

describe("adapter indicators", () => {
  it("are one route for each queue from the first bit on, through the adapter of their subclass", () => {
    for (let firstBit = 0n; firstBit < 20n; firstBit++)
      for (const isc of [0, 3, 7]) {
        const { ports: { interrupts }, indicators, attentions, memory } = setup(3);
        expect(indicators.setAdapter({ ...adapter, firstBit, isc })).toBe(true);
        expect([...interrupts.adapters]).toEqual([[isc, isc]]);
        for (let queue = 0; queue < 3; queue++) {
          memory.fill(Number(BITS), 8, 0, "loader");
          indicators.queueUsed(queue);
          const bit = Number(firstBit) + queue;
          expect(memory.u64(Number(BITS))).toBe(1n << BigInt(63 - bit));
        }
        const { adapter: number, indicator, summary } = interrupts.routes.get(interrupts.signalled[0]!)!;
        expect([number, indicator, summary, attentions()]).toEqual([isc, BITS + firstBit / 8n, SUMMARY, 0]);
        indicators.queueUsed(9);
        expect(interrupts.signalled.length).toBe(3);
      }
  });

  it("take the place of older ones, whose routes go, and exclude classic ones in both orders", () => {
    const { ports: { interrupts }, indicators } = setup();
    indicators.setAdapter(adapter);
    const first = [...interrupts.routes.keys()];
    expect(indicators.setAdapter({ ...adapter, firstBit: 9n })).toBe(true);
    const second = [...interrupts.routes.keys()];
    expect([first.length, second.length, second.some((gsi) => first.includes(gsi))]).toEqual([2, 3, false]);
    expect([indicators.setClassic(CLASSIC), indicators.setConfig(CONFIG)]).toEqual([false, true]);
    indicators.reset();
    expect([interrupts.routes.size, indicators.save()])
      .toEqual([0, { queues: 0n, config: 0n, adapter: null, routes: [] }]);
    expect([indicators.setClassic(CLASSIC), indicators.setAdapter(adapter)]).toEqual([true, false]);
    expect(interrupts.routes.size).toBe(0);
  });

  it("lie in storage with all of their bits, on an ISC that exists; a refused one changes nothing", () => {
    const last = 0xffffn;
    for (const [change, isGood] of [
      [{ isc: 7 }, true], [{ isc: 8 }, false], [{ summary: last }, true], [{ summary: last + 1n }, false],
      [{ indicator: last }, true], [{ indicator: last + 1n }, false],
      [{ indicator: last, firstBit: 6n }, true], [{ indicator: last, firstBit: 7n }, false],
      [{ indicator: last - 1n, firstBit: 14n }, true], [{ indicator: last - 1n, firstBit: 15n }, false],
      [{ indicator: last - 1n, firstBit: 16n }, false],
    ] as const) {
      const { ports, indicators } = setup(2);
      const state = { queues: 0n, config: 0n, routes: [], adapter: { ...adapter, ...change } };
      expect(indicators.canLoad(state), show(change)).toBe(isGood);
      expect(indicators.setAdapter({ ...adapter, ...change })).toBe(isGood);
      expect(indicators.save().adapter !== null).toBe(isGood);
      expect(ports.interrupts.routes.size > 0).toBe(isGood);
    }
  });
});

describe("a saved state", () => {
  it("is taken where a driver could have set it, and is its own", () => {
    const { indicators } = setup();
    for (const [queues, config, hasAdapter, isGood] of [
      [0n, 0n, false, true], [CLASSIC, CONFIG, false, true], [0n, CONFIG, true, true],
      [CLASSIC, 0n, true, false],
      [0xfff9n, 0n, false, false], [0n, 0xfff9n, false, false], [0n, 0xfff9n, true, false],
    ] as const) {
      const wanted = { queues, config, adapter: hasAdapter ? adapter : null, routes: [] };
      expect(indicators.canLoad(wanted), show(wanted)).toBe(isGood);
    }
    const state = { queues: 0n, config: CONFIG, adapter: { ...adapter }, routes: [101, 102] };
    indicators.load(state);
    state.adapter.isc = 6;
    state.routes.length = 0;
    const saved = indicators.save();
    expect(saved).toEqual({ queues: 0n, config: CONFIG, adapter, routes: [101, 102] });
    saved.adapter!.isc = 6;
    saved.routes.length = 0;
    expect(indicators.save()).toEqual({ queues: 0n, config: CONFIG, adapter, routes: [101, 102] });
  });
});
