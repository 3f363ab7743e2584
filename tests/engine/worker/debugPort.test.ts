/** The debugger as a host reaches it: over messages, while the machine runs and while it is paused. */
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import type { DebugCall, DebugCalls, DebugName } from "../../../src/engine/api/debug.ts";
import type { MachineConfig, MachineEvent } from "../../../src/engine/api/machine.ts";
import { builtin, config, consoleProgram, runMachine } from "../machine/bareMachine.ts";

const url = new URL("../../../src/engine/worker/engineWorker.ts", import.meta.url);
const workers: Worker[] = [];
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.terminate())));

class Host {
  readonly worker = new Worker(url);
  readonly events: MachineEvent[] = [];
  private waiting: (() => void)[] = [];
  private calls = 0;

  constructor(start: MachineConfig) {
    workers.push(this.worker);
    this.worker.on("message", (event: MachineEvent) => {
      this.events.push(event);
      for (const look of this.waiting.splice(0)) look();
    });
    this.worker.postMessage({ type: "start", config: start });
  }
  async until<T>(find: (event: MachineEvent) => T | undefined, from = 0): Promise<T> {
    for (;;) {
      for (const event of this.events.slice(from)) {
        const found = find(event);
        if (found !== undefined) return found;
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }
  async ask<Name extends DebugName>(call: DebugCall & { name: Name }): Promise<ReturnType<DebugCalls[Name]>> {
    const answer = await this.answer(call);
    if (!answer.ok) throw new Error(answer.error);
    return answer.value as ReturnType<DebugCalls[Name]>;
  }
  answer(call: DebugCall) {
    const id = ++this.calls;
    this.worker.postMessage({ type: "debug", id, call });
    return this.until((event) => (event.type === "debug" && event.id === id ? event.answer : undefined));
  }
  /** Asks for something that changes the state, and waits for the state that follows. */
  async after(ask: () => unknown, state: string) {
    const from = this.events.length;
    await ask();
    return this.until((event) => (event.type === "state" && event.state === state ? event : undefined), from);
  }
}

const endless = config(consoleProgram("lghi %r2,0\n1: aghi %r2,1\n j 1b\nsecondary: j stop_self\n"));

/** A lost event would be waited for in vain. */
const PATIENCE_MS = 30_000;

test("answers several looks as of one moment, and refuses one among them by itself", async () => {
  const host = new Host(endless);
  const looks = [{ name: "registers", cpu: 0 }, { name: "registers", cpu: 9 }, { name: "flic" }] as const;
  const [registers, nobody, flic] = await host.ask({ name: "together", looks });
  if (!registers!.ok || !flic!.ok) throw new Error("a look was refused");
  const moments = [registers.value, flic.value] as readonly { readonly instructions: number }[];
  expect(moments[0]!.instructions).toBe(moments[1]!.instructions);
  expect(nobody).toMatchObject({ ok: false, error: expect.stringContaining("There is no CPU 9") as string });
});

test("looks while the machine runs, and writes only while it is paused", async () => {
  const host = new Host(endless);
  const first = await host.ask({ name: "registers", cpu: 0 });
  const second = await host.ask({ name: "registers", cpu: 0 });
  expect(second.instructions).toBeGreaterThanOrEqual(first.instructions);
  const write: DebugCall = { name: "setRegister", cpu: 0, register: "r9", value: "0123456789abcdef" };
  for (const call of [write, { name: "step", cpu: 0 }, { name: "runTo", address: "0".repeat(16) }] as const)
    expect(await host.answer(call)).toMatchObject({
      ok: false,
      error: expect.stringContaining("Pause") as string,
    });
  await host.after(() => host.worker.postMessage({ type: "pause" }), "paused");
  expect(((await host.ask(write as never)) as { values: Record<string, string> }).values.r9).toBe(
    "0123456789abcdef",
  );
  const before = await host.ask({ name: "registers", cpu: 0 });
  const { halt } = await host.after(() => host.ask({ name: "step", cpu: 0 }), "paused");
  const after = await host.ask({ name: "registers", cpu: 0 });
  expect(after.instructions).toBe(before.instructions + 1);
  expect(halt).toEqual({ why: "step", cpu: 0, address: after.values.pswAddress });
}, PATIENCE_MS);

test("stops a running machine at a breakpoint, also after a reset", async () => {
  const host = new Host(endless);
  // Before its first instructions it is not in its loop.
  while (BigInt(`0x${(await host.ask({ name: "registers", cpu: 0 })).values.r2}`) < 1000n);
  await host.after(() => host.worker.postMessage({ type: "pause" }), "paused");
  const { values } = await host.ask({ name: "registers", cpu: 0 });
  const address = values.pswAddress!;
  await host.ask({ name: "setBreakpoints", addresses: [address] });
  for (let turn = 0; turn < 3; turn++) {
    const { halt } = await host.after(() => host.worker.postMessage({ type: "resume" }), "paused");
    expect(halt).toEqual({ why: "breakpoint", cpu: 0, address });
  }
  host.worker.postMessage({ type: "reset" });
  const { halt } = await host.after(() => host.worker.postMessage({ type: "resume" }), "paused");
  expect(halt).toEqual({ why: "breakpoint", cpu: 0, address });
}, PATIENCE_MS);

test("steps to the end of a machine, which ends as it would by itself", async () => {
  const plain = runMachine(builtin("timer-sigp"));
  const host = new Host({ ...builtin("timer-sigp"), pace: "skip" });
  const reason = await host.until((event) => (event.type === "state" ? event.reason : undefined));
  expect(reason).toEqual({ kind: "all-stopped" });
  host.worker.postMessage({ type: "stats", id: 3 });
  const stats = await host.until((event) => (event.type === "stats" ? event.stats : undefined));
  expect(stats.traceHash).toBe(plain.traceHash);
  expect(await host.answer({ name: "step", cpu: 0 })).toMatchObject({ ok: false });
}, PATIENCE_MS);
