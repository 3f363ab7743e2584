/** A live machine and one in its past, each in its thread, as a host sees them. */
import { expect, test } from "vitest";
import type { DebugCall, RegisterFile } from "../../../src/engine/api/debug.ts";
import type { OutsideEvent, PastGoal, PastReport } from "../../../src/engine/api/history.ts";
import type { MachineConfig } from "../../../src/engine/api/machine.ts";
import { builtin } from "../machine/bareMachine.ts";
import { ThreadHost } from "./threadHost.ts";

class PastHost extends ThreadHost {
  registers(): Promise<RegisterFile> {
    return this.look({ name: "registers", cpu: 0 });
  }
  async says(text: string): Promise<void> {
    let said = "";
    await this.until((event) => {
      if (event.type === "console") said += Buffer.from(event.bytes).toString("latin1");
      return said.includes(text) ? true : undefined;
    });
  }
  async journal(): Promise<OutsideEvent[]> {
    const from = this.events.length;
    this.ask({ type: "mark", id: 1, before: 0 });
    await this.until((event) => (event.type === "marked" ? true : undefined), from);
    return this.events.flatMap((event) => (event.type === "outside" ? [event.event] : []));
  }
  report(): PastReport {
    return this.events.flatMap((event) => (event.type === "past" ? [event.report] : [])).at(-1)!;
  }
}

const stops = { addresses: [], watchpoints: [] };
async function open(config: MachineConfig, journal: OutsideEvent[], goal: PastGoal): Promise<PastHost> {
  const host = new PastHost({ type: "start", config, past: { journal, goal, stops } });
  await host.until((event) => (event.type === "state" && event.state === "paused" ? true : undefined));
  return host;
}

/** A lost event would be waited for in vain. */
const PATIENCE_MS = 600_000;

test("keys, values and an interrupt by hand are all there again", async () => {
  const config = builtin("hello", { pace: "wall" });
  const live = new PastHost({ type: "start", config });
  await live.says("q stops");
  live.ask({ type: "console-input", bytes: Uint8Array.of(0x61) });
  await live.says("key 1");
  const single = Uint8Array.of(3, 0, 0, 1);
  await live.debug({ name: "flicAttribute", group: 9, attr: "0".repeat(16), bytes: single });
  await live.paused({ type: "pause" });
  await live.debug({ name: "setRegister", cpu: 0, register: "v30", value: "5".repeat(32) });
  live.ask({ type: "resume" });
  live.ask({ type: "console-input", bytes: Uint8Array.of(0x62) });
  await live.says("key 2");
  await live.paused({ type: "pause" });
  const now = await live.registers();
  const journal = await live.journal();
  expect(journal.map(({ action }) => action.kind)).toEqual(
    expect.arrayContaining(["console", "debug", "console", "mark"]),
  );
  const past = await open(config, journal, { kind: "at", instructions: now.instructions });
  expect(await past.registers()).toEqual(now);
  expect(now.values.v30).toBe("5".repeat(32));
  const flic: DebugCall = { name: "flic" };
  expect(await past.debug(flic)).toEqual(await live.debug(flic));
  expect(past.report()).toMatchObject({ instructions: now.instructions });
  expect(past.report().difference).toBeUndefined();
  expect(past.report().checked).toBeGreaterThan(0);
}, PATIENCE_MS);

test("nothing can be changed there, and the way forward ends where the record does", async () => {
  const config = builtin("timer-sigp");
  const live = new PastHost({ type: "start", config });
  await live.until((event) => (event.type === "state" && event.state === "stopped" ? true : undefined));
  const journal = live.events.flatMap((event) => (event.type === "outside" ? [event.event] : []));
  const instructions = Math.floor(journal.at(-1)!.instructions / 2);
  const past = await open(config, journal, { kind: "at", instructions });
  const before = await past.registers();
  expect(before.instructions).toBe(instructions);
  const write: DebugCall = { name: "setRegister", cpu: 0, register: "r1", value: "0".repeat(16) };
  const refusal = { ok: false, error: expect.stringContaining("past") as string };
  expect(await past.debug(write)).toMatchObject(refusal);
  await past.paused({ type: "seek", goal: { kind: "at", instructions: instructions - 1 } });
  const earlier = await past.registers();
  expect(earlier.instructions).toBe(instructions - 1);
  await past.paused({ type: "resume" });
  expect(past.report()).toMatchObject({ instructions: journal.at(-1)!.instructions });
  expect(past.report().sentence).toContain("end of what was recorded");
  expect(past.report().difference).toBeUndefined();
}, PATIENCE_MS);
