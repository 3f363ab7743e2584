/** Breakpoints and steps on the whole machine: exact, and without a trace in what the guest does. */
import { describe, expect, test } from "vitest";
import type { DisassembledLine } from "../../../../src/engine/api/debug.ts";
import { builtin, config, consoleProgram, runMachine } from "../bareMachine.ts";
import { DebugSession, hex } from "./debugSession.ts";

/** Counts to 100,000 in a loop that is hot enough to be compiled, then stops. */
const counting = consoleProgram(`
        lghi    %r2,0
        lgfi    %r3,100000
loop:   aghi    %r2,1
        brctg   %r3,loop
after:  brasl   %r14,callee
back:   lghi    %r5,7
        j       stop_self
callee: lghi    %r4,5
        br      %r14
secondary: j    stop_self
`);

/** Steps to the instruction before the loop; the loop's address and that of the call behind it. */
function find(session: DebugSession): { readonly loop: bigint; readonly call: bigint } {
  for (;;) {
    const address = hex(session.register(0, "pswAddress"));
    const lines = session.ask<DisassembledLine[]>({ name: "disassemble", cpu: 0, address, count: 4 });
    if (lines[0]!.source === "lgfi %r3,100000")
      return { loop: BigInt(`0x${lines[1]!.address}`), call: BigInt(`0x${lines[3]!.address}`) };
    expect(session.debug.step(0).ok).toBe(true);
  }
}

describe("breakpoints", () => {
  const { loop } = find(new DebugSession(config(counting)));

  test.each([
    ["compiled", false],
    ["interpreted", true],
  ])("stop before the instruction, every time, and the guest goes on: %s", (_name, interpreterOnly) => {
    const session = new DebugSession(config(counting, { interpreterOnly }));
    session.breakAt(loop);
    for (let turn = 0; turn < 300; turn++) {
      expect(session.go()).toEqual({ why: "breakpoint", cpu: 0, address: hex(loop) });
      expect(session.register(0, "r2")).toBe(BigInt(turn));
    }
    session.breakAt();
    expect(session.go()).toBeUndefined();
    expect(session.register(0, "r2")).toBe(100_000n);
    expect(session.machine.traceHash).toBe(runMachine(config(counting)).traceHash);
  });

  test("are met in code that was compiled before they were set, and let it be compiled again", () => {
    const session = new DebugSession(config(counting));
    session.machine.step(150_000);
    const compiled = session.machine.core.compiledInstructions;
    expect(compiled).toBeGreaterThan(10_000n);
    session.breakAt(loop);
    expect(session.go()?.address).toBe(hex(loop));
    const before = session.register(0, "r2");
    expect(session.go()?.address).toBe(hex(loop));
    expect(session.register(0, "r2")).toBe(before + 1n);
    session.breakAt();
    session.go();
    expect(session.machine.core.compiledInstructions - compiled).toBeGreaterThan(10_000n);
  });

  test("leave no trace: two CPUs, timers and signals run as without them", () => {
    const plain = runMachine(builtin("timer-sigp"));
    for (const interpreterOnly of [true, false]) {
      const session = new DebugSession(builtin("timer-sigp", { interpreterOnly }));
      const start = session.register(0, "pswAddress");
      session.breakAt(...Array.from({ length: 128 }, (_, n) => start + BigInt(n * 2)));
      let halts = 0;
      while (session.go(997)) halts++;
      expect(halts).toBeGreaterThan(40);
      expect(session.reason).toEqual({ kind: "all-stopped" });
      expect(session.text.replaceAll("\r", "")).toBe(plain.text);
      expect(session.machine.traceHash).toBe(plain.traceHash);
      expect(Number(session.machine.instructions)).toBe(plain.instructions);
    }
  });
});

describe("steps", () => {
  test("of one CPU execute one of its instructions each, and the others keep their turns", () => {
    const plain = runMachine(builtin("timer-sigp"));
    const session = new DebugSession(builtin("timer-sigp"));
    let steps = 0;
    for (; steps < 3_000; steps++) {
      const stepped = session.debug.step(0);
      if (!stepped.ok) break;
      if (stepped.value.end.kind === "ended") break;
    }
    expect(steps).toBeGreaterThan(20);
    while (session.go());
    expect(session.machine.traceHash).toBe(plain.traceHash);
  });

  test("over a call end behind it", () => {
    const session = new DebugSession(config(counting));
    const { call } = find(session);
    session.breakAt(call);
    expect(session.go()?.address).toBe(hex(call));
    const goal = session.debug.afterCall(0)!;
    expect(goal).toBe(hex(call + 6n));
    session.debug.begin({ address: goal, why: "step" });
    expect(session.debug.run(1_000_000).halt).toEqual({ why: "step", cpu: 0, address: goal });
    expect(session.register(0, "r4")).toBe(5n);
    expect(session.register(0, "r5")).not.toBe(7n);
    expect(session.debug.afterCall(0)).toBeUndefined();
    // The place where the step ended is no breakpoint.
    expect(session.go()).toBeUndefined();
    expect(session.register(0, "r5")).toBe(7n);
  });

  test("of a CPU that waits or is stopped are refused with its state", () => {
    const session = new DebugSession(builtin("hello"));
    session.go();
    expect(session.debug.step(0)).toEqual({
      ok: false,
      error: "CPU 0 waits for an interruption. Run the machine to go on.",
    });
    expect(session.debug.step(1)).toMatchObject({ ok: false });
    const two = new DebugSession(builtin("timer-sigp"));
    expect(two.debug.step(1)).toMatchObject({
      ok: false,
      error: expect.stringContaining("stopped") as string,
    });
  });
});
