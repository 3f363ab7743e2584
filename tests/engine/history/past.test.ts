/** A machine in the past: at any instruction the state of the run, and back to what was met last. */
import { expect, test } from "vitest";
import type { DebugCall, RegisterFile } from "../../../src/engine/api/debug.ts";
import type { HistoryEvent, PastGoal } from "../../../src/engine/api/history.ts";
import type { MachineConfig } from "../../../src/engine/api/machine.ts";
import type { Watchpoint } from "../../../src/engine/api/watch.ts";
import { Prng } from "../../../src/engine/base/prng.ts";
import { Past } from "../../../src/engine/history/past.ts";
import { RunRecorder } from "../../../src/engine/history/runRecorder.ts";
import { builtin } from "../machine/bareMachine.ts";
import { RecordedRun, stateOf, type State } from "./recordedRun.ts";

const BUDGET = 200_000;

function arrive(past: Past, budget = BUDGET) {
  for (let halt; ; ) {
    halt = past.advance(budget) ?? halt;
    if (!past.isOnItsWay) return halt;
  }
}
function seek(past: Past, goal: PastGoal) {
  past.seek(goal);
  return arrive(past);
}
const registers = (past: Past, cpu = 0): RegisterFile => {
  const answer = past.rewinder.replay.debug.look({ name: "registers", cpu } satisfies DebugCall);
  if (!answer.ok) throw new Error(answer.error);
  return answer.value as RegisterFile;
};

/** Runs `steps` pieces; `act` is called between them. */
function recorded(config: MachineConfig, random: Prng, steps: number, piece: number): RecordedRun {
  const run = new RecordedRun(config, random);
  for (let step = 0; step < steps && run.isOn; step++) {
    run.step(1 + random.below(piece));
    if (run.isOn && random.below(6) === 0) run.act({ kind: "console", bytes: Uint8Array.of(0x61) });
  }
  run.mark();
  return run;
}
function opened(config: MachineConfig, { journal }: RecordedRun): Past {
  const past = Past.open({ config, journal });
  if (!past.ok) throw new Error(past.error);
  return past.value;
}

test.each([
  ["hello", 40, 3_000], ["timer-sigp", 40, 4_000], ["flic-storm", 30, 60_000], ["ap-demo", 40, 3_000],
])("%s: wherever it is sent and in whatever order, it has the run's own state", (guest, steps, piece) => {
  const random = new Prng(11);
  const run = recorded(builtin(guest), random, steps, piece);
  const past = opened(builtin(guest), run);
  const last = run.journal.at(-1)!.instructions;
  const places = Array.from({ length: 10 }, () => random.below(last + 1)).sort((a, b) => a - b);
  const inOrder = new Map<number, State>();
  for (const instructions of places) {
    seek(past, { kind: "at", instructions });
    expect(past.at).toBe(instructions);
    inOrder.set(instructions, stateOf(past.rewinder.replay.machine));
  }
  for (let n = 0; n < 10; n++) {
    const instructions = random.pick(places);
    seek(past, { kind: "at", instructions });
    expect(stateOf(past.rewinder.replay.machine)).toEqual(inOrder.get(instructions));
  }
  seek(past, { kind: "at", instructions: last });
  expect(stateOf(past.rewinder.replay.machine)).toEqual(stateOf(run.machine));
  expect(past.report().difference).toBeUndefined();
});

test("the last writer is the last that a watchpoint meets on the way", () => {
  const config = (): MachineConfig => builtin("flic-storm");
  const run = recorded(config(), new Prng(3), 6, 40_000);
  const past = opened(config(), run);
  const last = past.rewinder.last.instructions;
  const watch: Watchpoint = { kind: "register", cpu: 0, register: "r10" };
  // Forward, by hand: every place where it is met.
  past.stops = { addresses: [], watchpoints: [watch] };
  const met: number[] = [];
  for (past.run(); ; past.run()) {
    if (!arrive(past)) break;
    met.push(past.at);
  }
  expect(met.length).toBeGreaterThan(5);
  past.stops = { addresses: [], watchpoints: [] };
  seek(past, { kind: "at", instructions: last });
  for (const place of met.slice(-4).reverse()) {
    const halt = seek(past, { kind: "write", watch });
    expect(past.at).toBe(place);
    expect(halt?.hit).toMatchObject({ watchpoint: watch, event: "changed" });
  }
});

test("a checkpoint of the run is a shortcut, and changes nothing of what is found", () => {
  const config = (): MachineConfig => builtin("flic-storm");
  const run = new RecordedRun(config(), new Prng(21));
  let number = 0;
  let ms = 0;
  const recorder = new RunRecorder(run.machine, () => (ms += 1), (event) => {
    if (event.type !== "outside") return;
    number = event.number;
    run.journal.push(event.event);
  }, true);
  for (let piece = 0; piece < 9; piece++) {
    for (let steps = 0; steps < 4; steps++) run.step(50_000);
    run.machine.scheduler.settle();
    recorder.note({ kind: "console", bytes: Uint8Array.of(piece) });
    run.machine.consoleInput(Uint8Array.of(piece));
    run.machine.scheduler.settle();
    recorder.keep(piece * 10_000);
  }
  run.machine.scheduler.settle();
  recorder.mark();
  expect(number).toBe(run.journal.length);
  const last = run.journal.at(-1)!.instructions;
  const near = recorder.near(last - 100_000)!;
  expect(near.instructions).toBeGreaterThan(500_000);
  const [short, long] = [near, undefined].map((one) => {
    const past = Past.open({ config: config(), journal: run.journal, ...(one && { near: one }) });
    if (!past.ok) throw new Error(past.error);
    return past.value;
  });
  for (const instructions of [near.instructions, last - 50_000, near.instructions - 1, last, 1000]) {
    for (const past of [short!, long!]) seek(past, { kind: "at", instructions });
    expect(stateOf(short!.rewinder.replay.machine)).toEqual(stateOf(long!.rewinder.replay.machine));
  }
  expect(short!.report().difference).toBeUndefined();
  seek(short!, { kind: "at", instructions: last });
  expect(stateOf(short!.rewinder.replay.machine)).toEqual(stateOf(run.machine));
});

test("steps back and forward over the same states, and runs back to a breakpoint", () => {
  const run = recorded(builtin("hello"), new Prng(8), 30, 3_000);
  const past = opened(builtin("hello"), run);
  const from = Math.floor(past.rewinder.last.instructions * 0.6);
  seek(past, { kind: "at", instructions: from });
  const trail = [registers(past)];
  for (let n = 1; n <= 20; n++) {
    seek(past, { kind: "at", instructions: from - n });
    trail.push(registers(past));
  }
  const address = trail[12]!.values.pswAddress!;
  const nearest = trail.find((file, n) => n > 0 && file.values.pswAddress === address)!;
  for (let n = 19; n >= 0; n--) {
    expect(past.step(0)).toEqual({ ok: true, value: null });
    expect(registers(past)).toEqual(trail[n]);
  }
  past.stops = { addresses: [address], watchpoints: [] };
  const halt = seek(past, { kind: "stop" });
  expect(halt).toMatchObject({ why: "breakpoint", address });
  expect(registers(past)).toEqual(nearest);
});

test("says where the record begins and ends, and finds nothing where nothing was met", () => {
  const run = recorded(builtin("hello"), new Prng(8), 10, 3_000);
  const past = opened(builtin("hello"), run);
  const { last } = past.rewinder;
  seek(past, { kind: "at", instructions: last.instructions + 5 });
  expect(past.report()).toMatchObject({ instructions: last.instructions });
  expect(past.report().sentence).toContain("is outside");
  expect(past.step(0).ok).toBe(false);
  past.stops = { addresses: ["00000000000ffffe"], watchpoints: [] };
  seek(past, { kind: "stop" });
  expect(past.report()).toMatchObject({ instructions: last.instructions });
  expect(past.report().sentence).toContain("Nothing was met");
  past.run();
  past.stop();
  expect(past.isOnItsWay).toBe(false);
});

test.each([true, false])("a run is marked whether or not (%s) checkpoints of it are kept", (isKept) => {
  const { machine } = new RecordedRun(builtin("hello"), new Prng(3));
  const marks: HistoryEvent[] = [];
  const recorder = new RunRecorder(machine, () => 5_000, (event) => marks.push(event), isKept);
  expect(recorder.isDue).toBe(true);
  recorder.keep(10_000);
  expect([marks.length, recorder.isDue, recorder.near(0) !== undefined]).toEqual([1, false, isKept]);
});
