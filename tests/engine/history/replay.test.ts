/** A recorded run repeated: at every moment the same complete state, whatever came from outside. */
import { describe, expect, test } from "vitest";
import { apActions } from "../../../src/engine/api/apView.ts";
import type { OutsideAction } from "../../../src/engine/api/history.ts";
import type { MachineConfig } from "../../../src/engine/api/machine.ts";
import { Prng } from "../../../src/engine/base/prng.ts";
import { Replay, type ReplayGoal } from "../../../src/engine/history/replay.ts";
import { aisReq, flicGroup } from "../../../src/engine/uapi/flic.ts";
import { Debugger } from "../../../src/engine/machine/debug/debugger.ts";
import { machineOf, RecordedRun, stateOf } from "./recordedRun.ts";
import { builtin } from "../machine/bareMachine.ts";

const u64 = (value: number): string => value.toString(16).padStart(16, "0");
const text = (typed: string): OutsideAction => ({ kind: "console", bytes: new TextEncoder().encode(typed) });

/** What a person might do: keys, values and interrupts by hand, a reset, a crypto card taken out or in. */
function someAction(random: Prng, { cpus, ap }: MachineConfig): OutsideAction {
  const cpu = random.below(cpus);
  const choice = random.below(ap ? 7 : 6);
  if (choice === 5) return { kind: "reset" };
  if (choice === 6)
    return {
      kind: "debug",
      call: { name: "apAction", action: random.pick(apActions), adapter: 5, domain: random.pick([4, 71]) },
    };
  if (choice === 0) return text("xyz"[random.below(3)]!);
  if (choice === 1)
    return {
      kind: "debug",
      call: { name: "setRegister", cpu, register: "v31", value: u64(random.u32()) + u64(0) },
    };
  if (choice === 2) {
    const address = u64(0x1200 + random.below(0x100));
    const bytes = Uint8Array.of(random.below(256));
    return { kind: "debug", call: { name: "setStorage", cpu, space: "absolute", address, bytes } };
  }
  const group = choice === 3 ? flicGroup.AIRQ_INJECT : flicGroup.AISM;
  // Adapters of demonstration boards begin at 32; whoever has none answers with an errno, again and again.
  const attr = u64(choice === 3 ? 32 + random.below(2) : 0);
  const mode = aisReq.encode({ isc: random.below(8), mode: random.below(2) });
  const bytes = choice === 3 ? new Uint8Array(8) : mode;
  return { kind: "debug", call: { name: "flicAttribute", group, attr, bytes } };
}

interface Subject {
  readonly name: string;
  readonly config: () => MachineConfig;
  readonly steps: number;
  readonly budget: number;
}
const subjects: Subject[] = [
  { name: "hello", config: () => builtin("hello"), steps: 40, budget: 3_000 },
  { name: "timer-sigp", config: () => builtin("timer-sigp"), steps: 40, budget: 4_000 },
  { name: "flic-storm", config: () => builtin("flic-storm"), steps: 30, budget: 20_000 },
  { name: "ais-demo", config: () => builtin("ais-demo"), steps: 40, budget: 3_000 },
  { name: "ap-demo", config: () => builtin("ap-demo"), steps: 40, budget: 3_000 },
];

function record({ config, steps, budget }: Subject, random: Prng): RecordedRun {
  const run = new RecordedRun(config(), random);
  for (let step = 0; step < steps && run.isOn; step++) {
    run.step(1 + random.below(budget));
    if (!run.isOn) break;
    if (random.below(3) === 0) run.act(someAction(random, run.machine.config));
    if (random.below(4) === 0) run.mark();
    if (random.below(3) === 0) run.note();
  }
  run.mark();
  run.note();
  return run;
}

export function go(replay: Replay, goal: ReplayGoal, random: Prng): void {
  for (;;) {
    const arrival = replay.advance(goal, 1 + random.below(50_000));
    if (arrival.kind === "there") return;
    if (arrival.kind !== "going") throw new Error(JSON.stringify(arrival));
  }
}

describe.each(subjects)("$name", (subject) => {
  test.each([1, 2, 3])("is at each noted moment what it was, seed %i", (seed) => {
    const random = new Prng(seed);
    const { journal, states } = record(subject, random);
    expect(journal.length).toBeGreaterThan(1);
    const machine = machineOf(subject.config());
    const replay = new Replay(machine, new Debugger(machine), journal);
    for (const state of states) {
      go(replay, state, random);
      expect(stateOf(machine)).toEqual(state);
    }
    expect(replay.difference).toBeUndefined();
    expect(replay.checked).toBe(journal.filter(({ action }) => action.kind === "mark").length);
  });
});

test("a run that did something else is said to differ", () => {
  const random = new Prng(5);
  const { journal } = record(subjects[0]!, random);
  const other = journal.map((event) =>
    event.action.kind === "console" ? { ...event, action: text("w") } : event);
  const machine = machineOf(subjects[0]!.config());
  const replay = new Replay(machine, new Debugger(machine), other);
  while (!replay.difference && replay.advance(replay.end, 50_000).kind === "going");
  expect(replay.difference).toMatch(/^At instruction \d+ the run/);
});
