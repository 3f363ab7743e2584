import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { SteppedTime } from "../../../../src/engine/deviceMachine/steppedTime.ts";
import { GenericTimer, timerControl } from "../../../../src/engine/devices/arm/genericTimer.ts";

const { ENABLE, IMASK, ISTATUS } = timerControl;
const WRAP = 2n ** 64n;

interface World {
  readonly timer: GenericTimer;
  readonly time: SteppedTime;
  /** How often the output was said to have changed. */
  readonly told: { times: number };
}
/** A timer of so many ticks a second. */
function world(frequency = 62_500_000n): World {
  const time = new SteppedTime();
  const told = { times: 0 };
  return { timer: new GenericTimer({ time, frequency, changed: () => told.times++ }), time, told };
}

describe("a timer of the generic timer", () => {
  it("counts ticks of its frequency less its offset, in 64 bits", () => {
    for (const [frequency, ns, offset, count] of [
      [62_500_000n, 15n, 0n, 0n], [62_500_000n, 16n, 0n, 1n], [1_000_000_000n, 7n, 0n, 7n],
      [3n, 1_000_000_000n, 0n, 3n], [3n, 333_333_333n, 0n, 0n], [3n, 333_333_334n, 0n, 1n],
      [62_500_000n, 32n, 1n, 1n], [62_500_000n, 16n, 2n, WRAP - 1n], [62_500_000n, 0n, WRAP - 5n, 5n],
      [62_500_000n, 0n, -5n, 5n],
    ] as const) {
      const { timer, time } = world(frequency);
      timer.setOffset(offset);
      time.pass(ns);
      expect([timer.count(), timer.save().offset]).toEqual([count, BigInt.asUintN(64, offset)]);
    }
  });

  it("meets its condition from the compare value on while enabled; the mask hides the output alone", () => {
    for (let control = 0; control < 4; control++)
      for (const compare of [0n, 9n, 10n, 11n, WRAP - 1n]) {
        const { timer, time } = world();
        time.pass(160n);
        timer.setControl(control | ISTATUS | 0xf0);
        timer.setCompareValue(compare);
        const isMet = compare <= 10n && (control & ENABLE) !== 0;
        expect([timer.control, timer.output])
          .toEqual([control | (isMet ? ISTATUS : 0), isMet && control === ENABLE]);
        expect(timer.save()).toEqual({ control, compareValue: compare, offset: 0n });
      }
  });

  it("has in TVAL 32 signed bits of what is left, and takes as many", () => {
    for (const [value, left] of [[5, 5], [0x7fff_ffff, 0x7fff_ffff], [0x8000_0000, -0x8000_0000], [-1, -1],
      [0xffff_ffff, -1], [0, 0]] as const) {
      const { timer, time } = world();
      time.pass(16n * 1000n);
      timer.setTimerValue(value);
      expect([timer.compareValue, timer.timerValue])
        .toEqual([BigInt.asUintN(64, 1000n + BigInt(left)), left]);
    }
    const { timer } = world();
    timer.setCompareValue(0x1_0000_0005n);
    expect(timer.timerValue).toBe(5);
    timer.setCompareValue(WRAP + 7n);
    expect(timer.compareValue).toBe(7n);
  });

  it("tells at the first nanosecond of the tick at which the condition comes true", () => {
    for (const frequency of [62_500_000n, 1_000_000_000n, 3_000_000n, 7n])
      for (const ticks of [1n, 2n, 5n]) {
        const { timer, time, told } = world(frequency);
        time.pass(3n);
        timer.setControl(ENABLE);
        timer.setCompareValue(timer.count() + ticks);
        const target = timer.compareValue;
        const due = (target * 1_000_000_000n + frequency - 1n) / frequency;
        told.times = 0;
        time.runUntil(due - 1n);
        expect([told.times, timer.output]).toEqual([0, false]);
        time.runUntil(due);
        expect([told.times, timer.output]).toEqual([1, true]);
        time.pass(1000n);
        expect(told.times).toBe(1);
      }
  });

  it("tells once more where the counter wraps and the condition ends", () => {
    const { timer, time, told } = world(1_000_000_000n);
    timer.setOffset(10n);
    timer.setCompareValue(3n);
    timer.setControl(ENABLE);
    told.times = 0;
    expect(timer.output).toBe(true);
    time.runUntil(9n);
    expect([told.times, timer.output]).toEqual([0, true]);
    time.runUntil(10n);
    expect([told.times, timer.output]).toEqual([1, false]);
    time.runUntil(13n);
    expect([told.times, timer.output]).toEqual([2, true]);
  });

  it("tells of every change of a register at once, and of nothing while it is not enabled", () => {
    const { timer, time, told } = world();
    timer.setCompareValue(2n);
    timer.setOffset(0n);
    timer.setControl(0);
    expect(told.times).toBe(3);
    time.pass(1_000_000n);
    expect(told.times).toBe(3);
    timer.setControl(ENABLE);
    timer.setCompareValue(timer.count() + 5n);
    timer.setControl(0);
    told.times = 0;
    time.pass(1_000_000n);
    expect(told.times).toBe(0);
  });

  it("never comes where it would be later than half of all time", () => {
    const { timer, time, told } = world(1_000_000_000n);
    timer.setControl(ENABLE);
    const next = (): number => {
      told.times = 0;
      time.runUntil(1n << 63n);
      return told.times;
    };
    timer.setCompareValue((1n << 63n) + 1n);
    expect(next()).toBe(0);
  });

  it("comes up to half of all time from now", () => {
    const { timer, time, told } = world(1_000_000_000n);
    timer.setControl(ENABLE);
    timer.setCompareValue(1n << 63n);
    told.times = 0;
    time.runUntil(1n << 63n);
    expect(told.times).toBe(1);
  });

  it("goes on from its saved state, telling nobody until something changes", () => {
    const one = world();
    one.timer.setCompareValue(20n);
    one.timer.setOffset(3n);
    one.timer.setControl(ENABLE | IMASK);
    const other = world();
    other.timer.setControl(ENABLE);
    other.timer.setCompareValue(2n);
    other.told.times = 0;
    other.timer.load(one.timer.save());
    expect([other.told.times, other.timer.save()]).toEqual([0, one.timer.save()]);
    // The count begins 3 ticks below the wrap.
    other.time.runUntil(3n * 16n - 1n);
    expect(other.told.times).toBe(0);
    other.time.runUntil(23n * 16n - 1n);
    expect([other.told.times, other.timer.control]).toEqual([1, 3]);
    other.time.runUntil(23n * 16n);
    expect([other.told.times, other.timer.control, other.timer.output]).toEqual([2, 7, false]);
  });

  it("is as its registers say at any moment of any history", () => {
    const prng = new Prng(11);
    for (let round = 0; round < 50; round++) {
      const { timer, time, told } = world();
      let seen = timer.output;
      for (let step = 0; step < 30; step++) {
        const before = told.times;
        const act = prng.below(5);
        if (act === 0) timer.setControl(prng.below(4));
        if (act === 1) timer.setCompareValue(timer.count() + BigInt(prng.below(8)) - 2n);
        if (act === 2) timer.setOffset(BigInt(prng.below(8)));
        if (act > 2) time.pass(BigInt(prng.below(40)));
        const { control, compareValue } = timer.save();
        const isUp = control === ENABLE && timer.count() >= compareValue;
        expect(timer.output).toBe(isUp);
        // Whoever listens hears of every change.
        if (isUp !== seen) expect(told.times).toBeGreaterThan(before);
        seen = isUp;
      }
    }
  });
});
