import { expect, it } from "vitest";
import { waitingRows } from "../../../src/engine/scenarios/catalogue.ts";
import { cli } from "./cliHarness.ts";

it("figures measures a share of the large counts and says which are met", async () => {
  const outcome = await cli(["figures", "--share", "0.0001"]);
  expect(outcome.stdout).toMatch(/^met +400 +400 +0 +\S+ +bad attribute calls, floating/m);
  expect(outcome.stdout).toMatch(/^met +300 +300 +0 +\S+ +bad attribute calls, XIVE/m);
  expect(outcome.stdout).toMatch(/^met +300 +300 +0 +\S+ +bad attribute calls, XICS/m);
  expect(outcome.stdout).toMatch(/^met +600 +600 +0 +\S+ +random operations.*floating/m);
  expect(outcome.stdout).toMatch(/^met +(\d+) +\1 +0 +\S+ +vectors of s390 floating/m);
  expect(outcome.stdout).toContain("Only 0.0001 of each large count was aimed at.");
  // As long as a historical row waits, the figure of scenarios is not met, and that is said.
  const waits = waitingRows.some(({ row }) => /^\d+$/.test(row));
  expect(outcome.code).toBe(waits ? 1 : 0);
  if (waits) expect(outcome.stdout).toMatch(/^NOT MET +\d+ +47 .*historical scenarios/m);
});

it.each(["0", "2", "x"])("figures refuses a share of %s", async (share) => {
  expect(await cli(["figures", "--share", share])).toMatchObject({ code: 2, stdout: "" });
});
