/**
 * Debian with two CPUs and a disk, saved at its boot and at its shell: what is restored goes on to the same
 * state. Needs the fetched guest; without it the test is skipped by name.
 */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { MachineConfig } from "../../../src/engine/api/machine.ts";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import type { SavedMachine } from "../../../src/engine/api/snapshot.ts";
import { restoreMachine, saveState } from "../../../src/engine/machine/snapshot.ts";
import { capturePages } from "../../../src/engine/memory/pageCapture.ts";
import { pagedImage } from "../../../src/engine/memory/pageSet.ts";
import { dataFolder } from "../../../src/main/dataFolder.ts";
import { GuestsService } from "../../../src/main/services/guests.ts";

const guests = new GuestsService({
  resourcesDir: fileURLToPath(new URL("../../../resources", import.meta.url)), dataDir: dataFolder(),
});
const found = await guests.machineConfig("debian-12-s390x", { pace: "skip" });
const why = found.ok ? "" : " (skipped: run `npm run -s latchwork -- guests fetch debian-12-s390x`)";
const PROMPT = "# \u001b[6n";
const commands = [
  "md5sum /init /dev/vda; echo changed | dd of=/dev/vda conv=notrunc; sync", "sleep 1; cat /proc/uptime",
  "md5sum /dev/vda; grep -c . /proc/interrupts", "poweroff",
];

/** Types each command at a prompt of its own; `move` says after each step which machine goes on. */
function run(
  config: () => MachineConfig, move: (machine: S390Ccw, show: (bytes: Uint8Array) => void) => S390Ccw,
) {
  let text = "";
  const show = (bytes: Uint8Array): void => { text += Buffer.from(bytes).toString("latin1"); };
  const made = S390Ccw.create(config(), show);
  if (!made.ok) throw new Error(made.error);
  let machine = made.value;
  const left = [...commands];
  let answered = 0;
  for (let ended = false; !ended;) {
    const end = machine.step(5_000_000);
    ended = end.kind === "ended";
    if (text.indexOf(PROMPT, answered) >= 0 && left.length > 0) {
      answered = text.length;
      machine.consoleInput(new TextEncoder().encode(`${left.shift()}\n`));
    } else if (end.kind === "idle") {
      if (end.untilNs === undefined) break;
      machine.skipIdle(end.untilNs);
    }
    if (!ended) machine = move(machine, show);
  }
  const { instructions, traceHash } = machine;
  return { text, instructions, traceHash, now: machine.now() };
}

function save(machine: S390Ccw): SavedMachine {
  const state = saveState(machine, "test");
  if (!state.ok) throw new Error(state.error);
  const { core, config, diskChanges } = machine;
  const disk = capturePages(pagedImage(config.disk!), diskChanges!.written());
  return { state: state.value, memory: capturePages(core.ram, core.storage.dirty.written()), disk };
}

describe.skipIf(!found.ok)(`Debian${why}`, () => {
  test("restored five times on its way runs to the same trace hash, output and virtual time", () => {
    const config = (): MachineConfig => {
      if (!found.ok) throw new Error(found.error);
      return { ...found.value, memoryBytes: 256 << 20, cpus: 2, disk: new Uint8Array(1 << 20).fill(7) };
    };
    const states: Buffer[] = [];
    const at = [20, 90, 150, 400, 460];
    const never = run(config, (machine) => machine);
    let step = 0;
    let moves = 0;
    const moved = run(config, (machine, show) => {
      if (!at.includes(step++)) return machine;
      moves++;
      const saved = save(machine);
      const restored = restoreMachine(config(), saved, show);
      if (!restored.ok) throw new Error(restored.error);
      states.push(Buffer.from(saved.state));
      expect(Buffer.from(save(restored.value).state).equals(states.at(-1)!)).toBe(true);
      return restored.value;
    });
    expect(moves).toBeGreaterThanOrEqual(3);
    expect(moved).toEqual(never);
    expect(never.text).toContain("changed");
  }, 600_000);
});
