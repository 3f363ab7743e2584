/**
 * Debian's boot on two CPUs: at random instructions reached by repetition, in any order, the state is that of
 * the run paused there. Needs the fetched guest; without it the test is skipped by name.
 */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { MachineConfig } from "../../../src/engine/api/machine.ts";
import { Prng } from "../../../src/engine/base/prng.ts";
import { Past } from "../../../src/engine/history/past.ts";
import { dataFolder } from "../../../src/main/dataFolder.ts";
import { GuestsService } from "../../../src/main/services/guests.ts";
import { RecordedRun, stateOf } from "./recordedRun.ts";

const guests = new GuestsService({
  resourcesDir: fileURLToPath(new URL("../../../resources", import.meta.url)), dataDir: dataFolder(),
});
const found = await guests.machineConfig("debian-12-s390x", { pace: "skip", cpus: 2 });
const why = found.ok ? "" : " (skipped: run `npm run -s latchwork -- guests fetch debian-12-s390x`)";

const END = 180_000_000;
const PLACES = 4;
/** Before this the boot is one CPU's alone. */
const START = 60_000_000;

test.skipIf(!found.ok)(`a boot is the same wherever it is looked at${why}`, () => {
  const config = (): MachineConfig => {
    if (!found.ok) throw new Error(found.error);
    return found.value;
  };
  const random = new Prng(41);
  const run = new RecordedRun(config(), random);
  const places = Array.from({ length: PLACES }, () => START + random.below(END - START));
  places.sort((a, b) => a - b);
  for (const place of [...places, END]) {
    while (run.isOn && run.machine.instructions < place)
      run.step(Math.min(2_000_000, place - Number(run.machine.instructions)));
    run.act({ kind: "console", bytes: Uint8Array.of(0x20) });
    run.mark();
    run.note();
  }
  const past = Past.open({ config: config(), journal: run.journal });
  if (!past.ok) throw new Error(past.error);
  const { value } = past;
  for (const state of [...run.states].reverse()) {
    value.seek({ kind: "at", instructions: state.instructions });
    while (value.isOnItsWay) value.advance(5_000_000);
    expect(stateOf(value.rewinder.replay.machine)).toEqual(state);
  }
  expect(value.rewinder.difference).toBeUndefined();
  expect(value.rewinder.checked).toBeGreaterThan(PLACES);
}, 600_000);
