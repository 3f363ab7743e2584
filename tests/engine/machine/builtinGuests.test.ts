/**
 * The built-in guests on the machine: each does what its description says, and the same run has the same
 * trace hash whatever executes it and however it is cut into steps.
 */
import { describe, expect, test } from "vitest";
import { builtin, runMachine } from "./bareMachine.ts";

test("hello echoes until q", () => {
  const { text, reason } = runMachine(builtin("hello"), { keys: ["ab", "\u0001q"] });
  expect(text).toBe(
    "Hello from a bare s390x machine.\nType, and every key comes back; q stops the machine.\n" +
      "key 1: code 97, character a\nkey 2: code 98, character b\nkey 3: code 1\nStopping after 3 keys.\n",
  );
  expect(reason).toEqual({ kind: "all-stopped" });
});

test("timer-sigp: ten rounds between two CPUs, one tick of the clock each, then both stop", () => {
  const { text, reason, machine } = runMachine(builtin("timer-sigp"));
  for (let round = 1; round <= 10; round++) {
    const tick = text.indexOf(`cpu 0: tick ${round}, external call\n`);
    const call = text.indexOf(`cpu 1: external call ${round}, emergency signal\n`);
    const answer = text.indexOf(`cpu 0: emergency signal answers round ${round}\n`);
    expect(tick >= 0 && tick < call && call < answer).toBe(true);
  }
  expect(text).toContain("cpu 1 has stopped after 10 calls");
  expect(reason).toEqual({ kind: "all-stopped" });
  // Ten ticks of 50 ms of virtual time.
  expect(Number(machine.now()) / 1e6).toBeGreaterThanOrEqual(500);
  expect(Number(machine.now()) / 1e6).toBeLessThan(520);
});

test("flic-storm: each service call and channel program has its interruption, half on each CPU", () => {
  const { text, reason } = runMachine(builtin("flic-storm"));
  expect(reason).toEqual({ kind: "all-stopped" });
  const signals = [...text.matchAll(/round (\d+): SCLP busy 0, .* cpu 0: (\d+), cpu 1: (\d+)\n/g)].map((m) =>
    m.slice(1).map(Number),
  );
  expect(signals.map(([round]) => round)).toEqual([5000, 10000, 15000, 20000]);
  for (const [round, , second] of signals) expect(second).toBe(round! / 2);
  const programs = [...text.matchAll(/channel programs (\d+), .* cpu 0: (\d+), cpu 1: (\d+)\n/g)].map((m) =>
    m.slice(1).map(Number),
  );
  for (const [done, first, second] of programs) expect(first! + second!).toBe(done);
});

test("ais-demo: SINGLE lets one of four through until it is set again, ALL lets all through", () => {
  const { text, reason } = runMachine(builtin("ais-demo"));
  const counts = [...text.matchAll(/subclass 3: (\d+), on subclass 5: (\d+)\n/g)].map((m) => [
    Number(m[1]),
    Number(m[2]),
  ]);
  expect(counts).toEqual([
    [1, 4],
    [1, 4],
    [1, 4],
    [4, 4],
  ]);
  expect(reason).toEqual({ kind: "all-stopped" });
});

test("ais-demo without adapters says so", () => {
  const { demoAdapters: _, ...without } = builtin("ais-demo");
  expect(runMachine(without).text).toContain("no demonstration adapters");
});

describe("crash-demo", () => {
  test.each([
    ["1", "The guest is in a disabled wait with code 0xdead1."],
    ["2", "The guest loops in program interruptions: code 0x1 at 0x"],
    ["3", "The guest is in a disabled wait with code 0xe001."],
    ["4", "The guest loops in interruptions: each opens the CPU at 0x"],
    ["5", "CPU 0 is in the check-stop state: its program new PSW is not valid."],
  ])("key %s: %s", (key, sentence) => {
    const { reason, text } = runMachine(builtin("crash-demo"), { keys: [key] });
    expect(reason?.kind).toBe("crashed");
    expect((reason as { sentence: string }).sentence.startsWith(sentence)).toBe(true);
    expect(runMachine(builtin("crash-demo", { loadParameter: key })).text).toBe(
      text.replace("  q  no crash: stop\n", "  q  no crash: stop\nThe load parameter has chosen.\n"),
    );
  });

  test("key q ends in good order", () => {
    expect(runMachine(builtin("crash-demo"), { keys: ["q"] }).reason).toEqual({ kind: "all-stopped" });
  });
});

describe("the same guest and input give the same trace hash", () => {
  const keys: Record<string, string[]> = { hello: ["a", "bc", "q"], "crash-demo": ["1"] };

  test.each(["hello", "timer-sigp", "ais-demo", "crash-demo"])("%s", (id) => {
    const first = runMachine(builtin(id), { keys: keys[id] ?? [] });
    const outcome = { text: first.text, traceHash: first.traceHash, instructions: first.instructions };
    const others = [
      runMachine(builtin(id, { interpreterOnly: true }), { keys: keys[id] ?? [] }),
      ...[7, 1000, 12_345].map((budget) => runMachine(builtin(id), { keys: keys[id] ?? [], budget })),
      // Typed by the record in place of a person.
      runMachine(builtin(id, { input: first.input }), { budget: 999 }),
    ];
    for (const other of others) expect(other).toMatchObject(outcome);
  });

  test("flic-storm, compiled and interpreted, in steps of any size", () => {
    const limit = 2_000_000;
    const run = (interpreterOnly: boolean, budget: number): string =>
      runMachine(builtin("flic-storm", { interpreterOnly }), { budget, limit }).traceHash;
    const hash = run(false, 100_000);
    expect(run(true, 100_000)).toBe(hash);
    expect(run(false, 5_000)).toBe(hash);
  });
});

test("another input gives another trace hash", () => {
  const [one, two] = ["a", "b"].map((key) => runMachine(builtin("hello"), { keys: [key, "q"] }).traceHash);
  expect(one).not.toBe(two);
});
