/** The debugger as a host reaches it: over messages, while the machine runs and while it is paused. */
import { expect, test } from "vitest";
import type { DebugCall } from "../../../src/engine/api/debug.ts";
import { builtin, config, consoleProgram, runMachine } from "../machine/bareMachine.ts";
import { ThreadHost } from "./threadHost.ts";

const endless = config(consoleProgram("lghi %r2,0\n1: aghi %r2,1\n j 1b\nsecondary: j stop_self\n"));

/** A lost event would be waited for in vain. */
const PATIENCE_MS = 30_000;

test("answers several looks as of one moment, and refuses one among them by itself", async () => {
  const host = new ThreadHost({ type: "start", config: endless });
  const looks = [{ name: "registers", cpu: 0 }, { name: "registers", cpu: 9 }, { name: "flic" }] as const;
  const [registers, nobody, flic] = await host.look({ name: "together", looks });
  if (!registers!.ok || !flic!.ok) throw new Error("a look was refused");
  const moments = [registers.value, flic.value] as readonly { readonly instructions: number }[];
  expect(moments[0]!.instructions).toBe(moments[1]!.instructions);
  expect(nobody).toMatchObject({ ok: false, error: expect.stringContaining("There is no CPU 9") as string });
});

test("looks while the machine runs, and writes only while it is paused", async () => {
  const host = new ThreadHost({ type: "start", config: endless });
  const first = await host.look({ name: "registers", cpu: 0 });
  const second = await host.look({ name: "registers", cpu: 0 });
  expect(second.instructions).toBeGreaterThanOrEqual(first.instructions);
  const write: DebugCall = { name: "setRegister", cpu: 0, register: "r9", value: "0123456789abcdef" };
  for (const call of [write, { name: "step", cpu: 0 }, { name: "runTo", address: "0".repeat(16) }] as const)
    expect(await host.debug(call)).toMatchObject({
      ok: false,
      error: expect.stringContaining("Pause") as string,
    });
  await host.paused({ type: "pause" });
  expect(((await host.look(write as never)) as { values: Record<string, string> }).values.r9).toBe(
    "0123456789abcdef",
  );
  const before = await host.look({ name: "registers", cpu: 0 });
  const { halt } = await host.halted({ name: "step", cpu: 0 });
  const after = await host.look({ name: "registers", cpu: 0 });
  expect(after.instructions).toBe(before.instructions + 1);
  expect(halt).toEqual({ why: "step", cpu: 0, address: after.values.pswAddress });
}, PATIENCE_MS);

test("stops a running machine at a breakpoint, also after a reset", async () => {
  const host = new ThreadHost({ type: "start", config: endless });
  // Before its first instructions it is not in its loop.
  while (BigInt(`0x${(await host.look({ name: "registers", cpu: 0 })).values.r2}`) < 1000n);
  await host.paused({ type: "pause" });
  const { values } = await host.look({ name: "registers", cpu: 0 });
  const address = values.pswAddress!;
  await host.look({ name: "setBreakpoints", addresses: [address] });
  for (let turn = 0; turn < 3; turn++) {
    const { halt } = await host.paused({ type: "resume" });
    expect(halt).toEqual({ why: "breakpoint", cpu: 0, address });
  }
  expect((await host.paused({ type: "reset" })).halt).toBeUndefined();
  const { halt } = await host.paused({ type: "resume" });
  expect(halt).toEqual({ why: "breakpoint", cpu: 0, address });
}, PATIENCE_MS);

test("steps to the end of a machine, which ends as it would by itself", async () => {
  const plain = runMachine(builtin("timer-sigp"));
  const host = new ThreadHost({ type: "start", config: { ...builtin("timer-sigp"), pace: "skip" } });
  const reason = await host.until((event) => (event.type === "state" ? event.reason : undefined));
  expect(reason).toEqual({ kind: "all-stopped" });
  host.ask({ type: "stats", id: 3 });
  const stats = await host.until((event) => (event.type === "stats" ? event.stats : undefined));
  expect(stats.traceHash).toBe(plain.traceHash);
  expect(await host.debug({ name: "step", cpu: 0 })).toMatchObject({ ok: false });
}, PATIENCE_MS);
