import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ok, refuse, type Result } from "../../../src/engine/base/result.ts";
import { ConsoleLines } from "../../../src/main/bench/consoleLines.ts";
import type { Side } from "../../../src/main/bench/measuredGuest.ts";
import { measureSnapshots } from "../../../src/main/bench/snapshot/measureSnapshots.ts";
import { emptyQcow2 } from "../../../src/main/bench/snapshot/qcow2.ts";
import { QemuMonitor } from "../../../src/main/bench/snapshot/qemuMonitor.ts";
import type { SavingGuest } from "../../../src/main/bench/snapshot/savingGuest.ts";
import { snapshotFigures, snapshotRows } from "../../../src/main/bench/snapshot/snapshotRows.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";

type Flaw = "none" | "forgets" | "cannot save" | "never boots";

/** A shell that knows the commands of the measurement, with one file; what it is typed it echoes first. */
class FakeSavingGuest implements SavingGuest {
  readonly lines = new ConsoleLines();
  isClosed = false;
  private readonly flaw: Flaw;
  private file = "";
  private readonly saves: string[] = [];

  constructor(flaw: Flaw) {
    this.flaw = flaw;
    if (flaw === "never boots") this.lines.end("It will not boot.");
    else this.print("GUEST-READY\n");
  }
  private print(text: string): void {
    this.lines.take(Buffer.from(text), performance.now());
  }
  type(text: string): void {
    this.print(`~ # ${text}`);
    if (text.includes("dd of=") || text.includes("dd if=")) this.file = "5eed";
    const said = /sed s\/\^\/(SAID\d+-)\//.exec(text)?.[1];
    if (text.includes("md5sum")) this.print(`${said}${this.file}  /tmp/written\r\n`);
    const back = /echo (\w+)\$\(\((\d+)\)\)/.exec(text)!;
    this.print(`${back[1]}${back[2]}\r\n`);
  }
  save() {
    if (this.flaw === "cannot save") return Promise.resolve(refuse("No room."));
    this.saves.push(this.file);
    return Promise.resolve(ok({ ms: 100 * this.saves.length, pauseMs: this.saves.length }));
  }
  restore(): Promise<Result<void, string>> {
    this.file = this.flaw === "forgets" ? "dead" : this.saves.at(-1)!;
    return Promise.resolve(ok(undefined));
  }
  changedBytes() {
    return Promise.resolve(1000);
  }
  storedBytes() {
    return Promise.resolve(1030 * this.saves.length);
  }
  processorMs() {
    return 7;
  }
  close() {
    this.isClosed = true;
    return Promise.resolve();
  }
}

async function measured(flaws: Record<Side, Flaw>, rounds = 2) {
  const order: Side[] = [];
  const guests: FakeSavingGuest[] = [];
  const { samples, failures } = await measureSnapshots({
    rounds, sides: ["ours", "qemu"], signal: new AbortController().signal,
    bootTimeoutMs: 5_000, commandTimeoutMs: 5_000, onStep: () => undefined,
    start(side) {
      expect(guests.every(({ isClosed }) => isClosed)).toBe(true);
      order.push(side);
      guests.push(new FakeSavingGuest(flaws[side]));
      return Promise.resolve(guests.at(-1)!);
    },
  });
  expect(guests.every(({ isClosed }) => isClosed)).toBe(true);
  return { order, samples, failures };
}

describe("the measurement of snapshots", () => {
  it("gives every figure of both sides, which take turns in going first", async () => {
    const { order, samples, failures } = await measured({ ours: "none", qemu: "none" });
    expect(failures).toEqual([]);
    expect(order).toEqual(["ours", "qemu", "qemu", "ours"]);
    const rows = snapshotRows(samples);
    expect(rows.map(({ figure }) => figure)).toEqual(snapshotFigures);
    expect(rows[0]).toMatchObject({ ours: 100, qemu: 100, ratio: 1, isMet: true, oursProcessorMs: 0 });
    expect(rows[2]).toMatchObject({ ours: 200, isMet: true });
    expect(rows[4]!.ours).toBeCloseTo(103);
  });

  it.each([
    ["forgets", /What it had written was lost: 5eed .* became dead/],
    ["cannot save", /No room/],
    ["never boots", /will not boot/],
  ] as const)("does not count a guest that %s, and says so", async (flaw, sentence) => {
    const { samples, failures } = await measured({ ours: flaw, qemu: "none" }, 1);
    expect(samples.filter(({ side }) => side === "ours")).toEqual([]);
    expect(samples.length).toBe(snapshotFigures.length);
    expect(failures).toMatchObject([{ name: "snapshot", side: "ours", round: 0 }]);
    expect(failures[0]!.sentence).toMatch(sentence);
    expect(snapshotRows(samples)[0]).toMatchObject({ ours: undefined, ratio: undefined, isMet: undefined });
  });

  it("calls a figure above its target missed, and takes the median", () => {
    const figure = "save, ms";
    const values = [900, 501, 20];
    const samples = values.map((value, round) => ({ figure, side: "ours", round, value }) as const);
    expect(snapshotRows(samples)[0]).toMatchObject({ ours: 501, target: 500, isMet: false });
  });
});

it("an empty qcow2 names its tables at clusters that are counted as used", () => {
  const disk = Buffer.from(emptyQcow2());
  expect(disk.toString("latin1", 0, 4)).toBe("QFI\xfb");
  const clusterBytes = 1 << disk.readUInt32BE(20);
  const clusters = disk.length / clusterBytes;
  const [l1, references] = [disk.readBigUInt64BE(40), disk.readBigUInt64BE(48)];
  const block = Number(disk.readBigUInt64BE(Number(references)));
  const named = [0, Number(l1), Number(references), block].map((offset) => offset / clusterBytes);
  expect(new Set(named)).toEqual(new Set([0, 1, 2, 3]));
  const counts = Array.from({ length: clusterBytes / 2 }, (_, i) => disk.readUInt16BE(block + 2 * i));
  expect(counts.flatMap((count, cluster) => (count === 1 ? [cluster] : []))).toEqual([0, 1, 2, 3]);
  expect(clusters).toBe(4);
});

describe("QEMU's monitor", () => {
  async function monitor(answer: (line: string) => object | undefined) {
    const path = join(temporaryFolder(), "monitor");
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.write('{"QMP": {"version": {}}}\r\n{"event": "STOP"}\r\n');
      socket.on("data", (data) => {
        const { execute, arguments: given } = JSON.parse(String(data)) as {
          execute: string;
          arguments?: { "command-line": string };
        };
        const reply = execute === "qmp_capabilities" ? { return: {} } : answer(given!["command-line"]);
        if (reply) socket.write(`${JSON.stringify(reply)}\r\n`);
      });
    });
    onTestFinished(() => void server.close());
    // Later than the first who asks: QEMU too makes its socket only after it has started.
    setTimeout(() => server.listen(path), 50);
    const connected = await QemuMonitor.connect(path);
    if (!connected.ok) throw new Error(connected.error);
    onTestFinished(() => connected.value.close());
    return { monitor: connected.value, hangUp: () => sockets.forEach((socket) => socket.destroy()) };
  }

  it("passes on commands, and refuses with what they print, their errors, and its own end", async () => {
    const { monitor: one, hangUp } = await monitor((line) => {
      if (line.startsWith("never")) return undefined;
      if (line === "savevm a") return { return: "" };
      if (line === "bad") return { error: { class: "GenericError", desc: "no" } };
      return { return: "Error: gone\r\n" };
    });
    expect(await one.command("savevm a")).toEqual({ ok: true, value: undefined });
    expect(await one.command("loadvm b")).toEqual({ ok: false, error: "QEMU, to loadvm b: Error: gone" });
    expect(await one.command("bad")).toEqual({ ok: false, error: "QEMU: no" });
    const waiting = one.command("never answered");
    hangUp();
    expect(await waiting).toEqual({ ok: false, error: "QEMU's monitor is gone." });
    expect(await one.command("savevm c")).toEqual({ ok: false, error: "QEMU's monitor is gone." });
  });
});
