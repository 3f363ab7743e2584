/**
 * Interpreter and region compiler agree in complete state: the odd-numbered entries of the instruction
 * tables.
 */
import { expect, it } from "vitest";
import { EntryRun, coverageLine } from "../kit/sequences/everyEntry.ts";

const SEQUENCES = 10_000;

it(`agree on ${SEQUENCES} generated sequences about every table entry`, { timeout: 1_200_000 }, () => {
  const coverage = new EntryRun(1, 2).run(2_000_000, SEQUENCES);
  console.log(`interpreter and compiled regions, odd-numbered entries: ${coverageLine(coverage)}`);
  expect(coverage.differences.join("\n\n")).toBe("");
  expect(coverage.missing).toEqual([]);
});
