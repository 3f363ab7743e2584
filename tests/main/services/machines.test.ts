/**
 * Machines run the fake worker here, whose guest misbehaves on request: the host has to survive all of it.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { EngineTiming } from "../../../src/main/engineHost.ts";
import { Workbench } from "../../../src/main/services/workbench.ts";
import { eventually } from "../../kit/eventually.ts";
import { FakeGuests } from "../../kit/fakeGuests.ts";

const workerUrl = new URL("../../kit/fakeEngineWorker.ts", import.meta.url);
const quick: EngineTiming = { pingMs: 40, silentPingsMax: 10, powerOffMs: 500 };
const open: Workbench[] = [];

const patient: EngineTiming = { ...quick, silentPingsMax: 1_000 };
function begin(commandLine = "", timing = patient, crashFolder?: string) {
  const guests = new FakeGuests();
  const make = guests.machineConfig.bind(guests);
  guests.machineConfig = (id, overrides) =>
    make(id, { ...overrides, ...(commandLine !== "" && { commandLine }) });
  const workbench = new Workbench({ guests, workerUrl, timing, ...(crashFolder && { crashFolder }) });
  open.push(workbench);
  const { machines } = workbench;
  const summary = (id: string) => machines.summaries().find((machine) => machine.id === id);
  const text = (id: string): string => {
    const console = machines.console(id);
    return console.ok ? Buffer.from(console.value.read(0, 2 ** 20).bytes).toString() : "";
  };
  return {
    workbench,
    machines,
    summary,
    text,
    type: (id: string, line: string) => machines.input(id, new TextEncoder().encode(line)),
    phase: (id: string, phase: string) =>
      eventually(`${id} is ${phase}`, () => summary(id)?.phase === phase && summary(id)),
    prints: (id: string, part: string) => eventually(`${id} prints ${part}`, () => text(id).includes(part)),
  };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((workbench) => workbench.close()));
});

describe("a machine", () => {
  it("starts, prints, reads its keyboard, pauses, resumes, resets and powers off", async () => {
    const host = begin();
    expect(await host.workbench.start("hello")).toMatchObject({ ok: true });
    await host.phase("hello", "running");
    host.type("hello", "abc\r");
    await host.prints("hello", "abc: not found");
    expect(host.machines.resume("hello").ok).toBe(false);
    expect(host.machines.pause("hello").ok).toBe(true);
    await host.phase("hello", "paused");
    expect(host.machines.pause("hello").ok).toBe(false);
    expect(host.machines.resume("hello").ok).toBe(true);
    await host.phase("hello", "running");
    expect(host.machines.reset("hello").ok).toBe(true);
    await eventually("a second boot", () => host.text("hello").split("Linux version").length === 3);
    host.machines.powerOff("hello");
    const end = await host.phase("hello", "stopped");
    expect(end.reason).toEqual({ kind: "powered-off" });
    expect(host.type("hello", "x").ok).toBe(false);
  });

  it("keeps to itself: two run at once, and what happens to one does not show in the other", async () => {
    const host = begin();
    await Promise.all([host.workbench.start("hello"), host.workbench.start("ticker")]);
    await Promise.all([host.phase("hello", "running"), host.phase("ticker", "running")]);
    host.type("hello", "only here\r");
    await host.prints("hello", "only here: not found");
    host.type("ticker", "throw\r");
    await host.phase("ticker", "crashed");
    expect(host.text("ticker")).not.toContain("only here");
    expect(host.summary("hello")?.phase).toBe("running");
    host.type("hello", "still here\r");
    await host.prints("hello", "still here: not found");
  });

  it.each([
    ["throws", "throw", "planted by the guest"],
    ["exits", "exit", "ended by itself with code 9"],
  ])(
    "whose worker %s is reported crashed, with the record, and starts again",
    async (_name, line, sentence) => {
      const host = begin();
      await host.workbench.start("hello");
      await host.phase("hello", "running");
      host.type("hello", `${line}\r`);
      const { reason } = await host.phase("hello", "crashed");
      if (reason?.kind !== "engine-fault") throw new Error(`reported as ${reason?.kind}`);
      expect(reason.sentence).toContain(sentence);
      expect(reason.record.seed).toBe(1);
      expect((await host.workbench.start("hello")).ok).toBe(true);
      expect((await host.phase("hello", "running")).run).toBe(2);
      expect(host.text("hello")).not.toContain(line);
    },
  );

  it("whose engine fails leaves a record on disk, and its sentence names the file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latchwork-crashes-"));
    const host = begin("", undefined, join(folder, "crashes"));
    await host.workbench.start("hello");
    await host.phase("hello", "running");
    host.type("hello", "throw\r");
    const { reason } = await host.phase("hello", "crashed");
    const sentence = reason?.kind === "engine-fault" ? reason.sentence : "";
    const path = /The crash record is (.+\.json)\.$/.exec(sentence)![1]!;
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
      guest: "hello",
      reason: { kind: "engine-fault", record: { seed: 1 } },
    });
    rmSync(folder, { recursive: true });
  });

  it("whose worker hangs is ended and reported, while the host goes on answering", async () => {
    const timing = { ...patient };
    const host = begin("", timing);
    await host.workbench.start("hello");
    await host.phase("hello", "running");
    // Not before: on a busy host a thread that begins is as silent as one that hangs.
    timing.silentPingsMax = quick.silentPingsMax;
    host.type("hello", "hang\r");
    const { reason } = await host.phase("hello", "crashed");
    expect(reason?.kind === "engine-fault" && reason.sentence).toContain("has not answered");
  });

  it("whose worker answers is left alone, however often it is asked", async () => {
    const host = begin("", { ...quick, pingMs: 10, silentPingsMax: 100 });
    await host.workbench.start("hello");
    await host.phase("hello", "running");
    // The fake worker counts so many instructions at every question.
    const asked = (): number => (host.summary("hello")?.stats?.instructions ?? 0) / 3_141_592;
    await eventually("many questions", () => asked() > 250);
    expect(host.summary("hello")?.phase).toBe("running");
  });

  it("whose worker does not power off is ended", async () => {
    const host = begin();
    await host.workbench.start("hello");
    await host.phase("hello", "running");
    host.type("hello", "hang\r");
    host.machines.powerOff("hello");
    expect((await host.phase("hello", "stopped")).reason).toEqual({ kind: "powered-off" });
  });

  it("that is reset while it is to power off stays on", async () => {
    const host = begin("deaf", { ...patient, powerOffMs: 50 });
    await host.workbench.start("hello");
    await host.phase("hello", "running");
    host.machines.powerOff("hello");
    host.machines.reset("hello");
    const instructions = (): number => host.summary("hello")?.stats?.instructions ?? 0;
    const before = instructions();
    // Counted every 40 ms and more.
    await eventually("it goes on", () => instructions() > before + 10 * 3_141_592);
    expect(host.summary("hello")?.phase).toBe("running");
  });

  it.each(["throw", "exit"])("whose worker fails at boot (%s) is reported crashed", async (word) => {
    const host = begin(word);
    await host.workbench.start("hello");
    expect((await host.phase("hello", "crashed")).reason?.kind).toBe("engine-fault");
  });

  it("that the engine refuses says the engine's own sentence", async () => {
    const host = begin("refuse");
    await host.workbench.start("hello");
    const { reason } = await host.phase("hello", "crashed");
    expect(reason?.kind === "crashed" && reason.sentence).toBe("The kernel is not an s390x image.");
  });

  it("that crashes by itself keeps the engine's reason and its console", async () => {
    const host = begin();
    await host.workbench.start("hello");
    await host.phase("hello", "running");
    host.type("hello", "panic\r");
    expect((await host.phase("hello", "crashed")).reason).toMatchObject({
      kind: "crashed",
      pswAddress: "000000000000dead",
    });
    expect(host.text("hello")).toContain("panic");
  });

  it("is refused twice, unready or unknown, each with a sentence", async () => {
    const host = begin();
    const [first, second] = await Promise.all([host.workbench.start("hello"), host.workbench.start("hello")]);
    expect([first.ok, second.ok]).toEqual([true, false]);
    expect(await host.workbench.start("debian-12-s390x")).toMatchObject({ ok: false });
    expect(await host.workbench.start("nobody")).toMatchObject({ ok: false });
    expect(host.machines.powerOff("nobody").ok).toBe(false);
  });
});

describe("a fetch", () => {
  it("tells its progress, can be cancelled, and goes on afterwards", async () => {
    const guests = new FakeGuests();
    const workbench = new Workbench({ guests, workerUrl });
    open.push(workbench);
    const id = "debian-12-s390x";
    const cancelled = workbench.fetch(id);
    expect(await workbench.fetch(id)).toMatchObject({ ok: false });
    guests.fetching!.progress({ step: "Kernel", doneBytes: 5, totalBytes: 10 });
    expect(workbench.fetches()).toEqual([
      { id, state: { kind: "fetching", progress: { step: "Kernel", doneBytes: 5, totalBytes: 10 } } },
    ]);
    workbench.cancelFetch(id);
    expect(await cancelled).toMatchObject({ ok: false });
    expect(workbench.fetches()).toEqual([{ id, state: { kind: "cancelled" } }]);
    const finished = workbench.fetch(id);
    guests.fetching!.finish();
    expect(await finished).toMatchObject({ ok: true, value: { ready: true } });
    expect(workbench.fetches()).toEqual([]);
  });

  it("that fails keeps its sentence; one that throws does too", async () => {
    const guests = new FakeGuests();
    const workbench = new Workbench({ guests, workerUrl });
    open.push(workbench);
    const failed = workbench.fetch("debian-12-s390x");
    guests.fetching!.finish("The mirror does not answer. Try again later.");
    await failed;
    expect(workbench.fetches()[0]?.state).toMatchObject({ kind: "failed" });
    guests.fetch = () => Promise.reject(new Error("disk on fire"));
    expect(await workbench.fetch("debian-12-s390x")).toMatchObject({
      ok: false,
      error: "This failed unexpectedly: disk on fire.",
    });
  });
});
