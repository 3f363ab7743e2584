import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import {
  EVENT_COUNTERS, clearMask, eventHappened, pmcr, pmuAtReset, pmuOutput, readControl, setCounter, setCycles,
  setMask, softwareIncrement, writeControl, type PmuState,
} from "../../../../src/engine/devices/arm/pmuCounters.ts";

const CYCLES = 31;
const INSTRUCTIONS = 0x08;
const on = (state: PmuState, ...counters: readonly number[]): PmuState =>
  setMask(writeControl(state, pmcr.E), "enabled", counters.reduce((bits, n) => bits | (1 << n), 0));

describe("the overflow interrupt", () => {
  it("needs all of overflow, interrupt enable and PMCR.E, each for one and the same counter", () => {
    const bits = [0, 5, CYCLES];
    for (const overflow of bits)
      for (const enable of bits)
        for (const control of [0, pmcr.E]) {
          let state = setMask(pmuAtReset, "overflowed", 1 << overflow);
          state = writeControl(setMask(state, "interrupting", 1 << enable), control);
          expect(pmuOutput(state)).toBe(overflow === enable && control === pmcr.E);
          expect(pmuOutput(clearMask(state, "overflowed", 1 << overflow))).toBe(false);
        }
  });
});

describe("counting", () => {
  it("is 32 bits for each event counter, and notes exactly the overflow of its own", () => {
    const prng = new Prng(5);
    for (let round = 0; round < 500; round++) {
      const counter = prng.below(EVENT_COUNTERS);
      const from = prng.u32();
      const times = prng.below(0x8000_0000);
      const before = on(setCounter(pmuAtReset, counter, INSTRUCTIONS, from), counter);
      const after = eventHappened(before, INSTRUCTIONS, times, true);
      expect(after.counts).toEqual(pmuAtReset.counts.with(counter, (from + times) % 2 ** 32));
      expect(after.overflowed).toBe(from + times >= 2 ** 32 ? 1 << counter : 0);
    }
  });

  it("goes on only for the event chosen, while the counter and the PMU are enabled and the filter allows it",
    () => {
      const ready = on(setCounter(pmuAtReset, 2, INSTRUCTIONS, 7), 2);
      expect(eventHappened(ready, INSTRUCTIONS, 1, true).counts[2]).toBe(8);
      const still = [
        eventHappened(ready, INSTRUCTIONS, 1, false), eventHappened(ready, 0x09, 1, true),
        eventHappened(clearMask(ready, "enabled", 4), INSTRUCTIONS, 1, true),
        eventHappened(writeControl(ready, 0), INSTRUCTIONS, 1, true),
      ];
      expect(still.map(({ counts }) => counts[2])).toEqual([7, 7, 7, 7]);
    });

  it("of cycles overflows at 32 bits, with PMCR.LC at 64", () => {
    const before = on(setCycles(pmuAtReset, 0xffff_ffffn), CYCLES);
    const [short, long] = [before, writeControl(before, pmcr.E | pmcr.LC)]
      .map((state) => eventHappened(state, 0x11, 1, true));
    expect([short!.cycles, short!.overflowed]).toEqual([0x1_0000_0000n, 0x8000_0000]);
    expect([long!.cycles, long!.overflowed]).toEqual([0x1_0000_0000n, 0]);
    const end = eventHappened(setCycles(long!, 0xffff_ffff_ffff_ffffn), 0x11, 1, true);
    expect([end.cycles, end.overflowed]).toEqual([0n, 0x8000_0000]);
  });

  it("of SW_INCR is done by PMSWINC alone, in the counters that it names", () => {
    const ready = on(setCounter(setCounter(pmuAtReset, 0, 0, 0), 1, 0, 0), 0, 1);
    expect(softwareIncrement(ready, 2).counts.slice(0, 2)).toEqual([0, 1]);
    expect(eventHappened(ready, 0, 1, true)).toBe(ready);
  });

  it("starts again from zero by PMCR.P and PMCR.C, which are not kept", () => {
    const used = setCycles(setCounter(pmuAtReset, 3, INSTRUCTIONS, 9), 9n);
    expect(writeControl(used, pmcr.P)).toMatchObject({ counts: pmuAtReset.counts, cycles: 9n, control: 0 });
    expect(writeControl(used, pmcr.C)).toMatchObject({ counts: used.counts, cycles: 0n, control: 0 });
    expect(readControl(writeControl(used, 0xff))).toBe(pmcr.E | pmcr.LC | (EVENT_COUNTERS << 11));
  });

  it("leaves counters alone that are not there", () => {
    for (const counter of [-1, EVENT_COUNTERS, 30, 31, 0.5])
      expect(setCounter(pmuAtReset, counter, 1, 1)).toBe(pmuAtReset);
  });
});
