/** The engine's thread as a host sees it: requests in, events out, supervised. */
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import type {
  MachineConfig, MachineEvent, MachineRequest, RecordedInput, StopReason,
} from "../../../src/engine/api/machine.ts";
import { builtin, config, consoleProgram, runMachine } from "../machine/bareMachine.ts";

const url = new URL("../../../src/engine/worker/engineWorker.ts", import.meta.url);
const hosts: Host[] = [];
afterEach(() => Promise.all(hosts.splice(0).map((host) => host.worker.terminate())));

/** One worker and all it has said. */
class Host {
  readonly worker = new Worker(url);
  readonly events: MachineEvent[] = [];
  private waiting: (() => void)[] = [];

  constructor(start?: MachineConfig) {
    hosts.push(this);
    this.worker.on("message", (event: MachineEvent) => {
      this.events.push(event);
      for (const look of this.waiting.splice(0)) look();
    });
    if (start) this.ask({ type: "start", config: start });
  }
  ask(request: MachineRequest): void {
    this.worker.postMessage(request);
  }
  type(text: string): void {
    this.ask({ type: "console-input", bytes: new TextEncoder().encode(text) });
  }
  /** The first thing that `find` finds, as soon as it is there. */
  async until<T>(find: (host: this) => T | undefined): Promise<T> {
    for (;;) {
      const found = find(this);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }
  get text(): string {
    const bytes = this.events.flatMap((e) => (e.type === "console" ? [Buffer.from(e.bytes)] : []));
    return Buffer.concat(bytes).toString("latin1").replaceAll("\r", "");
  }
  get input(): RecordedInput[] {
    return this.events.flatMap((e) =>
      e.type === "outside" && e.event.action.kind === "console"
        ? [{ atNs: e.event.virtualNs, bytes: e.event.action.bytes }] : []);
  }
  says(text: string): Promise<true> {
    return this.until(() => (this.text.includes(text) ? true : undefined));
  }
  reason(): Promise<StopReason> {
    return this.until(
      () => this.events.flatMap((e) => (e.type === "state" && e.reason ? [e.reason] : []))[0],
    );
  }
  async traceHash(): Promise<string> {
    this.ask({ type: "stats", id: 7 });
    return this.until(
      () => this.events.flatMap((e) => (e.type === "stats" && e.id === 7 ? [e.stats.traceHash] : []))[0],
    );
  }
}

test("a guest in the wall's time has the trace hash of one whose waiting is skipped", async () => {
  const host = new Host(builtin("timer-sigp", { pace: "wall" }));
  expect(await host.reason()).toEqual({ kind: "all-stopped" });
  expect(await host.traceHash()).toBe(runMachine(builtin("timer-sigp")).traceHash);
});

test("what was typed can be typed again by its record", async () => {
  const host = new Host(builtin("hello", { pace: "wall" }));
  await host.says("q stops");
  host.type("a");
  await host.says("key 1");
  host.type("bq");
  expect(await host.reason()).toEqual({ kind: "all-stopped" });
  const again = runMachine(builtin("hello", { input: host.input }));
  expect(again.text).toBe(host.text);
  expect(again.traceHash).toBe(await host.traceHash());
});

test("two machines at once do not know of each other", async () => {
  const pair = [1, 2].map(() => new Host(builtin("hello")));
  await Promise.all(pair.map((host) => host.says("q stops")));
  pair[0]!.type("q");
  expect(await pair[0]!.reason()).toEqual({ kind: "all-stopped" });
  pair[1]!.type("x");
  await pair[1]!.says("character x");
  expect(pair[0]!.text).not.toContain("character x");
});

describe("ends", () => {
  test("with a sentence when the machine cannot be built", async () => {
    const host = new Host({ ...builtin("hello"), memoryBytes: 1 << 20 });
    const sentence = await host.until(
      () => host.events.flatMap((e) => (e.type === "refused" ? [e.sentence] : []))[0],
    );
    expect(sentence).toContain("4M to 2048M");
  });

  test("with a crash record when the engine fails, and answers still", async () => {
    const host = new Host(builtin("hello"));
    await host.says("q stops");
    host.ask({ type: "console-input", bytes: 5 as unknown as Uint8Array });
    const reason = await host.reason();
    expect(reason.kind).toBe("engine-fault");
    if (reason.kind !== "engine-fault") return;
    expect(reason.sentence).toMatch(/^The engine made a mistake: /);
    expect(reason.record).toMatchObject({ seed: 1 });
    expect(reason.record.stack).toContain("Scheduler.step");
    expect(reason.record.state).toMatch(/^cpu 0 psw [0-9a-f]+ [0-9a-f]+ r0=/);
    expect(reason.record.lastInstructions.length).toBeGreaterThan(0);
    expect(await host.traceHash()).toMatch(/^[0-9a-f]{16}$/);
  });

  test("when told to power off a guest that does not listen, also in an endless loop", async () => {
    const host = new Host(config(consoleProgram("PRINT \"on\"\n1: j 1b\nsecondary: j stop_self\n")));
    await host.says("on");
    host.ask({ type: "power-off" });
    expect(await host.reason()).toEqual({ kind: "powered-off" });
  });

  test("and a reset does not wake it: it is started again", async () => {
    const host = new Host(builtin("crash-demo"));
    await host.says("no crash: stop");
    host.type("1");
    expect((await host.reason()).kind).toBe("crashed");
    const hash = await host.traceHash();
    host.ask({ type: "reset" });
    expect(await host.traceHash()).toBe(hash);
  });
});

test("stays still while paused", async () => {
  const host = new Host(config(consoleProgram("PRINT \"on\"\n1: j 1b\nsecondary: j stop_self\n")));
  await host.says("on");
  host.ask({ type: "pause" });
  await host.until(() =>
    host.events.some((e) => e.type === "state" && e.state === "paused") ? true : undefined,
  );
  const count = async (id: number): Promise<number> => {
    host.ask({ type: "stats", id });
    return host.until(
      () => host.events.flatMap((e) => (e.type === "stats" && e.id === id ? [e.stats.instructions] : []))[0],
    );
  };
  const [first, second] = [await count(1), await count(2)];
  expect(second).toBe(first);
  host.ask({ type: "resume" });
  let id = 3;
  while ((await count(id)) === first) id++;
});

test("a machine pauses behind the instruction that printed its text, in either tier", async () => {
  const paused = async (interpreterOnly: boolean) => {
    const host = new Host(builtin("timer-sigp", { interpreterOnly, until: "external call" }));
    await host.until(() =>
      host.events.find((event) => event.type === "state" && event.state === "paused"),
    );
    host.ask({ type: "stats", id: 7 });
    const { instructions, traceHash } = await host.until(
      () => host.events.flatMap((e) => (e.type === "stats" && e.id === 7 ? [e.stats] : []))[0],
    );
    expect(host.text).toContain("external call");
    const { text } = host;
    // It goes on when it is told to, and does not stop at the text again.
    host.ask({ type: "resume" });
    expect(await host.reason()).toEqual({ kind: "all-stopped" });
    return { instructions, traceHash, text };
  };
  expect(await paused(false)).toEqual(await paused(true));
});
