/** The laws that hold for every device: one suite, run on each row of the registry. */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { randomUse } from "../../../src/engine/figures/figure.ts";
import { devicesUnderLaw } from "../../../src/engine/figures/laws/devices.ts";
import { lawUse } from "../../../src/engine/figures/laws/lawUse.ts";
import {
  damageBreach, resetBreach, undetectedDamage,
} from "../../../src/engine/figures/laws/stateDamage.ts";

const CALLS = 500;
const SEEDS = [1, 2];
const folders = readdirSync(new URL("../../../src/engine/devices/", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory()).map(({ name }) => name);

it("every device has a row", () => {
  const rows = new Set(devicesUnderLaw.map(({ folder }) => folder));
  expect(folders.filter((folder) => !rows.has(folder))).toEqual([]);
});

describe.each(devicesUnderLaw)("$name ($folder)", (device) => {
  it("keeps the laws in the middle of random calls, saved and loaded time and again", () => {
    const counts = { refused: 0 };
    expect(randomUse(lawUse(device, counts), CALLS).failures).toEqual([]);
    if (device.refusesNothing) expect(counts.refused).toBe(0);
    else expect(counts.refused).toBeGreaterThan(10);
  });

  it("refuses damaged state and stays as it is, or goes on with what still is a state", () => {
    const counts = { refused: 0, taken: 0 };
    for (const seed of SEEDS) expect(damageBreach(device, seed, counts), `seed ${seed}`).toBeUndefined();
    expect(counts.refused).toBeGreaterThan(counts.taken / 10);
  });

  it("has state of which no damage passes the checksum", () => {
    expect(undetectedDamage(device, 1)).toEqual([]);
  });

  it.runIf(device.reset)(`after a reset: ${device.reset?.says}`, () => {
    for (const seed of SEEDS) expect(resetBreach(device, seed), `seed ${seed}`).toBeUndefined();
  });
});
