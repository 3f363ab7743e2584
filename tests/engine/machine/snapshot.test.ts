/**
 * A machine that was saved and restored goes on as if nothing had happened: same interruptions at the same
 * instructions, same output, same complete state.
 */
import { describe, expect, test } from "vitest";
import type { MachineConfig, StopReason } from "../../../src/engine/api/machine.ts";
import { Prng } from "../../../src/engine/base/prng.ts";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import type { SavedMachine } from "../../../src/engine/api/snapshot.ts";
import { restoreMachine, saveState } from "../../../src/engine/machine/snapshot.ts";
import {
  decodePlain, encodePlain, isPlainMap, type Plain, type PlainMap,
} from "../../../src/engine/snapshot/cbor.ts";
import { decodeSections, encodeSections, type Section } from "../../../src/engine/snapshot/sections.ts";
import { capturePages } from "../../../src/engine/memory/pageCapture.ts";
import { pagedImage } from "../../../src/engine/memory/pageSet.ts";
import { builtin, config, consoleProgram } from "./bareMachine.ts";

const MIB = 1 << 20;

/** One machine after another, as a person would see it: restored ones go on with the same console. */
class Run {
  machine: S390Ccw;
  text = "";
  reason: StopReason | undefined;
  private readonly keys: string[];
  private readonly show = (bytes: Uint8Array): void => {
    this.text += Buffer.from(bytes).toString("latin1");
  };

  constructor(given: MachineConfig, keys: readonly string[] = []) {
    this.keys = [...keys];
    const made = S390Ccw.create(given, this.show);
    if (!made.ok) throw new Error(made.error);
    this.machine = made.value;
  }
  /** Up to about `budget` instructions; false once there is nothing to go on with. */
  step(budget: number): boolean {
    const end = this.machine.step(budget);
    if (end.kind === "ended") this.reason = end.reason;
    if (end.kind === "idle") {
      if (end.untilNs !== undefined) this.machine.skipIdle(end.untilNs);
      else if (this.keys.length > 0) this.machine.consoleInput(new TextEncoder().encode(this.keys.shift()));
      else return false;
    }
    return end.kind !== "ended";
  }
  toEnd(limit = 20 * MIB): this {
    while (Number(this.machine.instructions) < limit && this.step(MIB));
    return this;
  }
  save(): SavedMachine {
    const { machine } = this;
    const state = saveState(machine, "test");
    if (!state.ok) throw new Error(state.error);
    const memory = capturePages(machine.core.ram, machine.core.storage.dirty.written());
    const { disk } = machine.config;
    if (!disk || !machine.diskChanges) return { state: state.value, memory };
    const blocks = capturePages(pagedImage(disk), machine.diskChanges.written());
    return { state: state.value, memory, disk: blocks };
  }
  /** Goes on in a new machine; `given` is the configuration as it was at the start. */
  moveTo(given: MachineConfig, saved = this.save()): void {
    const restored = restoreMachine(given, saved, this.show);
    if (!restored.ok) throw new Error(restored.error);
    this.machine = restored.value;
  }
  outcome() {
    const { text, reason, machine } = this;
    const { instructions, traceHash } = machine;
    return { text, reason, instructions, now: machine.now(), traceHash };
  }
}

const guests: readonly [name: string, given: () => MachineConfig, keys: string[]][] = [
  ["hello", () => builtin("hello"), ["a", "bc", "q"]],
  ["timer-sigp", () => builtin("timer-sigp"), []],
  ["ais-demo", () => builtin("ais-demo"), []],
  ["flic-storm", () => builtin("flic-storm"), []],
  ["crash-demo", () => builtin("crash-demo"), ["1"]],
  ["ap-demo", () => builtin("ap-demo"), []],
];

describe.each(guests)("%s", (name, given, keys) => {
  test("restored again and again has the same complete state as one that was never saved", () => {
    const random = new Prng(17);
    const [run, never] = [new Run(given(), keys), new Run(given(), keys)];
    for (let cycle = 0; cycle < 8; cycle++) {
      const budget = 1 + random.below(cycle === 0 ? 60_000 : 300_000);
      const isOn = run.step(budget);
      expect(never.step(budget)).toBe(isOn);
      if (!isOn) break;
      const saved = run.save();
      expect(Buffer.from(saved.state).equals(Buffer.from(never.save().state))).toBe(true);
      run.moveTo(given(), saved);
      const again = run.save();
      expect(Buffer.from(again.state).equals(Buffer.from(saved.state))).toBe(true);
      expect(again.memory.numbers).toEqual(saved.memory.numbers);
      expect(Buffer.from(again.memory.bytes).equals(Buffer.from(saved.memory.bytes))).toBe(true);
    }
    if (name !== "flic-storm") for (const one of [run, never]) one.toEnd();
    expect(run.outcome()).toEqual(never.outcome());
  });
});

describe("a machine with AP queues", () => {
  const given = (): MachineConfig => builtin("ap-demo");
  const queueOf = ({ machine }: Run) => machine.ap!.hardware.save().queues[0]!.queue;
  const moments: readonly [string, (run: Run) => boolean][] = [
    ["interrupts are being turned on", (run) => queueOf(run).change !== null],
    ["a request is worked on", (run) => queueOf(run).requests.length > 0],
    ["a reply waits", (run) => queueOf(run).replies.length > 0],
    ["it is being reset", (run) => queueOf(run).resetAt !== null],
  ];

  test.each(moments)("goes on as one that was never saved, from when %s", (_name, isThere) => {
    const never = new Run(given()).toEnd();
    const run = new Run(given());
    for (let cycle = 0; cycle < 3; cycle++) {
      while (!isThere(run)) expect(run.step(1)).toBe(true);
      const saved = run.save();
      run.moveTo(given(), saved);
      expect(Buffer.from(run.save().state).equals(Buffer.from(saved.state))).toBe(true);
      expect(isThere(run)).toBe(true);
      run.step(1);
    }
    expect(run.toEnd().outcome()).toEqual(never.outcome());
  });

  test("goes on as one that was never saved, with an interrupt pending in the GISA", () => {
    const enabled = consoleProgram(`
        lghi    %r0,0
        iilf    %r0,0x03000504
        lghi    %r1,3
        iihf    %r1,0x8000
        larl    %r2,indicator
        pqap
        lghi    %r9,30000
1:      brctg   %r9,1b
        lghi    %r0,0x504
        larl    %r6,stop_self
        lghi    %r7,8
        nqap    %r4,%r6
2:      j       2b
secondary: j    stop_self
        .balign 8
indicator: .quad 0
`);
    const masked = (): MachineConfig => config(enabled, { ap: { adapters: [5], domains: [4] } });
    const [run, never] = [new Run(masked()), new Run(masked())];
    const ipm = ({ machine }: Run): number => machine.flic.gisa!.ipm;
    for (const one of [run, never]) while (ipm(one) === 0) expect(one.step(5_000)).toBe(true);
    for (let cycle = 0; cycle < 3; cycle++) {
      run.moveTo(masked());
      expect(ipm(run)).toBe(0x10);
      for (const one of [run, never]) one.step(1_000);
    }
    expect(run.outcome()).toEqual(never.outcome());
    expect(Buffer.from(run.save().state).equals(Buffer.from(never.save().state))).toBe(true);
  });

  test("keeps what the host did to its card by hand", () => {
    const [run, never] = [new Run(given()), new Run(given())];
    for (const one of [run, never]) {
      while (queueOf(one).requests.length === 0) one.step(1);
      expect(one.machine.ap!.byHand("unplug", 5, 4)).toBe(0);
      one.step(500);
    }
    run.moveTo(given());
    expect(run.machine.ap!.warnings).toEqual(never.machine.ap!.warnings);
    for (const one of [run, never]) {
      expect(one.machine.ap!.driver.bound.size).toBe(0);
      expect(one.machine.ap!.byHand("plug", 5, 4)).toBe(0);
      one.step(100_000);
    }
    expect(Buffer.from(run.save().state).equals(Buffer.from(never.save().state))).toBe(true);
  });

  test("has the queues that it was saved with, whatever it is told to be built with", () => {
    const run = new Run(given());
    run.step(20_000);
    const saved = run.save();
    const { ap: _ap, ...without } = given();
    for (const other of [without, { ...without, ap: { adapters: [9], domains: [9] } }]) {
      run.moveTo(other, saved);
      expect(run.machine.config.ap).toEqual(given().ap);
      expect(Buffer.from(run.save().state).equals(Buffer.from(saved.state))).toBe(true);
    }
    const plain = new Run(builtin("hello"));
    plain.step(1000);
    plain.moveTo({ ...builtin("hello"), ap: given().ap! });
    expect(plain.machine.ap).toBeUndefined();
  });
});

test("a machine that has ended is not saved", () => {
  const { machine } = new Run(builtin("timer-sigp")).toEnd();
  expect(saveState(machine, "test")).toEqual({
    ok: false, error: "The machine has ended, so there is nothing to go on with.",
  });
});

describe("a snapshot is refused", () => {
  const kernel = consoleProgram("PRINT \"on\"\n1: j 1b\nsecondary: j stop_self\n");
  const spin = (): MachineConfig => config(kernel, { memoryBytes: 4 * MIB });
  const run = new Run(spin());
  run.step(100_000);
  const saved = run.save();
  const refusal = (given: MachineConfig, over: Partial<SavedMachine> = {}): string => {
    const restored = restoreMachine(given, { ...saved, ...over }, () => undefined);
    if (restored.ok) throw new Error("accepted");
    return restored.error;
  };

  test("by a machine that is not built as the saved one was", () => {
    expect(refusal({ ...spin(), cpus: 2 })).toBe(
      "The snapshot was refused: it is of a machine whose cpus is 1, and this one's is 2.");
    expect(refusal({ ...spin(), memoryBytes: 32 * MIB })).toContain("memoryBytes is 4194304");
    expect(refusal({ ...spin(), disk: new Uint8Array(4096) })).toContain("diskBytes is 0");
  });

  test("with pages that are not the machine's", () => {
    const { memory } = saved;
    const numbers = memory.numbers.slice();
    numbers[numbers.length - 1] = 1024;
    const beyond = { ...memory, numbers };
    expect(refusal(spin(), { memory: beyond })).toContain("Page 1024 is out of order, or beyond");
    const short = { ...memory, numbers: memory.numbers.slice(1) };
    expect(refusal(spin(), { memory: short })).toContain("pages are promised");
    const twice = { ...memory, zeros: Uint32Array.of(5, 5) };
    expect(refusal(spin(), { memory: twice })).toContain("Page 5 is out of order");
  });

  test("at every length and with any one bit turned over, and the machine that runs goes on", () => {
    const before = run.machine.traceHash;
    const sentence = /^(The|This) .+\.$/;
    for (let length = 0; length < saved.state.length; length++)
      if (!sentence.test(refusal(spin(), { state: saved.state.subarray(0, length) })))
        throw new Error(`length ${length}`);
    const copy = saved.state.slice();
    for (let bit = 0; bit < copy.length * 8; bit++) {
      copy[bit >> 3]! ^= 1 << (bit & 7);
      if (!sentence.test(refusal(spin(), { state: copy }))) throw new Error(`bit ${bit}`);
      copy[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect(run.machine.traceHash).toBe(before);
    expect(run.step(1000)).toBe(true);
  });
});

/** Every leaf of a decoded state, as a way to it. */
function leaves(value: Plain, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (Array.isArray(value)) return value.flatMap((item: Plain, i) => leaves(item, [...path, i]));
  if (isPlainMap(value))
    return Object.entries(value).flatMap(([name, item]) => leaves(item, [...path, name]));
  return [path];
}

test.each([
  ["flic-storm", 300_000, ({ name }: Section) => name !== "storage.keys"],
  ["ap-demo", 20_000, ({ name }: Section) => /\bap\b/.test(name)],
] as const)("values that somebody wrote in %s's state are refused, or it goes on without a fault", (...[
  guest, instructions, isVictim,
]) => {
  const random = new Prng(23);
  const given = (): MachineConfig =>
    builtin(guest, { memoryBytes: 4 * MIB, disk: new Uint8Array(8192), interpreterOnly: true });
  const run = new Run(given());
  run.step(instructions);
  const saved = run.save();
  const decoded = decodeSections(saved.state);
  if (!decoded.ok) throw new Error(decoded.error);
  const sections = [...decoded.value.sections.values()].filter(isVictim);
  let refused = 0;
  for (let round = 0; round < 80; round++) {
    const victim = random.pick(sections);
    const plain = decodePlain(victim.payload);
    if (!plain.ok) throw new Error(plain.error);
    const way = random.pick(leaves(plain.value));
    const wild = random.pick<Plain>([0, 1, 255, 0x1000, 0x7fff_fff0, 0xffff_ffff, 2n ** 63n, -1, true, null,
      random.u32(), random.u64(), new Uint8Array(16), []]);
    const change = (value: Plain, at: number): Plain => {
      if (at === way.length) return wild;
      const key = way[at]!;
      if (Array.isArray(value))
        return value.map((item: Plain, i) => (i === key ? change(item, at + 1) : item));
      return { ...(value as PlainMap), [key]: change((value as PlainMap)[key]!, at + 1) };
    };
    const payload = encodePlain(change(plain.value, 0));
    const changed = [...decoded.value.sections.values()].map((section) =>
      section.name === victim.name ? { ...section, payload } : section);
    const state = encodeSections("s390-ccw", "test", changed);
    const restored = restoreMachine(given(), { ...saved, state }, () => undefined);
    if (!restored.ok) refused++;
    else for (let step = 0; step < 3; step++) restored.value.step(20_000);
  }
  expect(refused).toBeGreaterThan(15);
  expect(refused).toBeLessThan(78);
});
