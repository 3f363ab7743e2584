/**
 * Interpreter and region compiler agree in complete state: the even-numbered entries of the instruction
 * tables.
 */
import { expect, it } from "vitest";
import { EntryRun, coverageLine } from "../kit/sequences/everyEntry.ts";

const SEQUENCES = 10_000;

it(`agree on ${SEQUENCES} generated sequences about every table entry`, { timeout: 1_200_000 }, () => {
  const coverage = new EntryRun(0, 2).run(1_000_000, SEQUENCES);
  console.log(`interpreter and compiled regions, even-numbered entries: ${coverageLine(coverage)}`);
  expect(coverage.differences.join("\n\n")).toBe("");
  expect(coverage.missing).toEqual([]);
});
