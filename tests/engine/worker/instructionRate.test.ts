import { expect, test } from "vitest";
import { InstructionRate } from "../../../src/engine/worker/instructionRate.ts";

test("the rate is that of the last second, whatever went before", () => {
  const rate = new InstructionRate();
  expect(rate.note(0, 0)).toBe(0);
  for (let ms = 100; ms <= 5000; ms += 100) rate.note(ms, ms * 400_000);
  expect(rate.note(5100, 5100 * 400_000)).toBeCloseTo(400);
  // It waits from here on.
  const stopped = 5100 * 400_000;
  expect(rate.note(5600, stopped)).toBeCloseTo(200);
  expect(rate.note(6600, stopped)).toBe(0);
  // What comes after a long wait is not made small by it for longer than a second.
  rate.note(60_000, stopped);
  expect(rate.note(60_500, stopped + 50_000_000)).toBeLessThan(100);
  rate.note(61_000, stopped + 100_000_000);
  expect(rate.note(61_500, stopped + 150_000_000)).toBeCloseTo(100);
});

test("a count that begins again has no past", () => {
  const rate = new InstructionRate();
  rate.note(0, 1_000_000);
  rate.clear();
  expect(rate.note(10, 0)).toBe(0);
  expect(rate.note(1010, 10_000_000)).toBeCloseTo(10);
});
