/**
 * The soundness of a saved guest: Debian is saved into the store in the middle of a sleep, taken up from it
 * and runs on, three times over, each save on top of the one before. It ends as a run that was never saved.
 * Needs the fetched guest; without it the test is skipped by name.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { MachineConfig } from "../../../src/engine/api/machine.ts";
import type { CapturedMachine } from "../../../src/engine/api/snapshot.ts";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import { restoreMachine, saveState } from "../../../src/engine/machine/snapshot.ts";
import { capturePages } from "../../../src/engine/memory/pageCapture.ts";
import { dataFolder } from "../../../src/main/dataFolder.ts";
import { GuestsService } from "../../../src/main/services/guests.ts";
import { openDatabase } from "../../../src/main/store/database.ts";
import { Snapshots } from "../../../src/main/store/snapshots.ts";
import { startConfigOf } from "../../../src/main/store/startConfig.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { newSnapshot } from "./savedMachine.ts";

const guests = new GuestsService({
  resourcesDir: fileURLToPath(new URL("../../../resources", import.meta.url)),
  dataDir: dataFolder(),
});
const found = await guests.machineConfig("debian-12-s390x", { pace: "skip", memoryBytes: 256 << 20 });
const why = found.ok ? "" : " (skipped: run `npm run -s latchwork -- guests fetch debian-12-s390x`)";

const PROMPT = "# \u001b[6n";
const DRILLS = 3;
/** Idle turns after a command is typed, until the guest is in the middle of its sleep. */
const IDLE_TURNS = 3;
const makeFile = "dd if=/dev/urandom of=/tmp/large bs=1M count=24 2>/dev/null; md5sum /tmp/large > /tmp/sum";
const sleepAndLook = "cat /proc/uptime; sleep 10; cat /proc/uptime; md5sum -c /tmp/sum";
const commands = [makeFile, ...Array.from({ length: DRILLS }, () => sleepAndLook), "poweroff"];

type Show = (bytes: Uint8Array) => void;

/** Types each command at its prompt; `drill` gives the machine that goes on, in the middle of each sleep. */
async function run(config: MachineConfig, drill: (machine: S390Ccw, show: Show) => Promise<S390Ccw>) {
  let text = "";
  const show: Show = (bytes) => (text += Buffer.from(bytes).toString("latin1"));
  const made = S390Ccw.create(config, show);
  if (!made.ok) throw new Error(made.error);
  let machine = made.value;
  const left = [...commands];
  let answered = 0;
  let idleTurns = 0;
  for (;;) {
    const end = machine.step(5_000_000);
    if (end.kind === "ended") break;
    if (text.indexOf(PROMPT, answered) >= 0 && left.length > 0) {
      answered = text.length;
      idleTurns = 0;
      machine.consoleInput(new TextEncoder().encode(`${left.shift()}\n`));
    } else if (end.kind === "idle") {
      const isAsleep = ++idleTurns === IDLE_TURNS && left.length < commands.length - 1 && left.length > 0;
      if (isAsleep) machine = await drill(machine, show);
      if (end.untilNs === undefined) break;
      machine.skipIdle(end.untilNs);
    }
  }
  return { text, instructions: machine.instructions, traceHash: machine.traceHash, now: machine.now() };
}

/** All pages, or those since the machine was restored. */
function capture(machine: S390Ccw, isWhole: boolean): CapturedMachine {
  const state = saveState(machine, "test");
  if (!state.ok) throw new Error(state.error);
  const { dirty } = machine.core.storage;
  const memory = capturePages(machine.core.ram, isWhole ? dirty.written() : dirty.changed());
  return { state: state.value, memory, isWhole, instructions: 0, virtualSeconds: 0, pauseMs: 0 };
}

describe.skipIf(!found.ok)(`Debian${why}`, () => {
  test("saved, taken up and run on three times is as if it had never been saved", async () => {
    const config = (): MachineConfig => {
      if (!found.ok) throw new Error(found.error);
      return { ...found.value };
    };
    const never = await run(config(), (machine) => Promise.resolve(machine));

    const database = openDatabase(join(temporaryFolder(), "store.sqlite"));
    const snapshots = new Snapshots(database);
    const { kernel, initrd } = config();
    const added: number[] = [];
    const drilled = await run(config(), async (machine, show) => {
      const parent = added.length === 0 ? null : added.length;
      const saved = await snapshots.save(newSnapshot({
        parent,
        config: startConfigOf(config()),
        images: parent === null ? { kernel, initrd: initrd! } : null,
        captured: capture(machine, parent === null),
      }));
      added.push(saved.newBytes);
      const restored = restoreMachine(config(), (await snapshots.read(saved.id)).saved, show);
      if (!restored.ok) throw new Error(restored.error);
      return restored.value;
    });
    expect(await snapshots.check()).toEqual([]);
    database.close();

    expect(added.length).toBe(DRILLS);
    // The large file is in the first one: those on top of it hold what changed and no more.
    expect(Math.max(...added.slice(1))).toBeLessThan(added[0]! / 8);
    expect(drilled).toEqual(never);
    expect(never.text.match(/\/tmp\/large: OK/g)?.length).toBe(DRILLS);
    const lines = [...never.text.matchAll(/^(\d+\.\d+) \d+\.\d+\r?$/gm)];
    const uptimes = lines.map(([, seconds]) => Number(seconds));
    expect(uptimes.length).toBe(2 * DRILLS);
    for (let at = 0; at < uptimes.length; at += 2) {
      const slept = uptimes[at + 1]! - uptimes[at]!;
      expect(slept).toBeGreaterThan(9.99);
      expect(slept).toBeLessThan(11);
    }
  }, 600_000);
});
