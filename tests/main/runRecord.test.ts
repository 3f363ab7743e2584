/** A record file repeats a run: made and read by the command line, checked against the real engine. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { OutsideAction } from "../../src/engine/api/history.ts";
import { Prng } from "../../src/engine/base/prng.ts";
import { differenceFrom, parseRecord, recordText } from "../../src/main/runRecord.ts";
import { GuestsService } from "../../src/main/services/guests.ts";
import { RecordedRun } from "../engine/history/recordedRun.ts";
import { config } from "../engine/machine/bareMachine.ts";
import { cli, testPlaces, type CliOutcome } from "./cli/cliHarness.ts";
import { temporaryFolder } from "./guests/temporaryFolder.ts";

const LIMIT_MS = 300_000;

function bench() {
  const folder = temporaryFolder();
  const places = {
    ...testPlaces(folder),
    engineWorker: new URL("../../src/engine/worker/engineWorker.ts", import.meta.url),
  };
  const path = (name: string): string => join(folder, name);
  return {
    path,
    guests: new GuestsService({ dataDir: folder, resourcesDir: places.resourcesDir }),
    hash: (name: string) => (JSON.parse(readFileSync(path(name), "utf8")) as { traceHash: string }).traceHash,
    run: (...args: string[]): Promise<CliOutcome> => cli(["run", ...args], { places }),
    /** Types each key once the text before it has been printed, or at once. */
    typing(keys: readonly (readonly [after: string, key: string])[], ...args: string[]): Promise<CliOutcome> {
      const stdin = new PassThrough();
      const left = [...keys];
      if (left[0]?.[0] === "") stdin.write(left.shift()![1]);
      return cli(["run", ...args], {
        places, stdin,
        onStdout: (text) => {
          if (left[0] && text.includes(left[0][0])) stdin.write(left.shift()![1]);
        },
      });
    },
  };
}

describe("a record", () => {
  it("made in the wall's time repeats its run to the last instruction", async () => {
    const { path, hash, run, typing } = bench();
    const files = ["--record", path("keys"), "--stats", path("first")];
    const first = await typing([["q stops", "a"], ["key 1", "b"], ["key 2", "q"]], "hello", ...files);
    expect(first.code).toBe(0);
    const more = ["--record", path("more"), "--stats", path("again")];
    const again = await run("hello", "--replay", path("keys"), ...more);
    expect(again.stdout).toBe(first.stdout);
    expect(again.stderr).toMatch(/repeated \d+ recorded lines?, \d+ trace hash(es)? agrees?\n/);
    expect(hash("again")).toBe(hash("first"));
    // The record of a repetition is one of the run.
    const twice = await run("hello", "--replay", path("more"), "--stats", path("twice"));
    expect([twice.stdout, hash("twice")]).toEqual([first.stdout, hash("first")]);
    for (const other of [["--seed", "2"], ["--memory", "32M"], ["--cpus", "2"], ["--ap", "5:4"]]) {
      const refused = await run("hello", "--replay", path("keys"), ...other);
      expect(refused.stderr).toContain("The record was made with");
      expect(refused.code).toBe(2);
    }
    expect((await run("timer-sigp", "--replay", path("keys"))).stderr).toContain("another kernel");

    const lines = readFileSync(path("keys"), "utf8");
    const at = lines.lastIndexOf('"traceHash":"') + '"traceHash":"'.length;
    const digit = lines[at] === "0" ? "1" : "0";
    writeFileSync(path("bent"), lines.slice(0, at) + digit + lines.slice(at + 1));
    const bent = await run("hello", "--replay", path("bent"));
    expect(bent.stderr).toMatch(/was not repeated. At instruction \d+ the run/);
    expect(bent.code).toBe(1);
  }, LIMIT_MS);

  it("of a run from a snapshot repeats it from there, and from nowhere else", async () => {
    const { path, hash, run, typing } = bench();
    await typing([["q stops", "a"]], "hello", "--until", "key 1", "--save", "here");
    const files = ["--record", path("keys"), "--stats", path("first")];
    const first = await typing([["", "bq"]], "--from", "1", ...files);
    expect(first.stdout).toContain("Stopping after 2 keys");
    const again = await run("--from", "1", "--replay", path("keys"), "--stats", path("again"));
    expect([again.stdout, hash("again")]).toEqual([first.stdout, hash("first")]);
    expect((await run("hello", "--replay", path("keys"))).stderr).toContain("name the same one with --from");
  }, LIMIT_MS);

  it("has everything that comes from outside: resets, values and interrupts by hand", async () => {
    const { path, guests, run } = bench();
    const made = await guests.machineConfig("hello", { pace: "skip" });
    if (!made.ok) throw new Error(made.error);
    const recorded = new RecordedRun(made.value, new Prng(7));
    const [attr, bytes] = ["0".repeat(16), new Uint8Array(72)];
    const injection = { name: "flicAttribute", group: 1, attr, bytes } as const;
    const given: OutsideAction[] = [
      { kind: "console", bytes: Uint8Array.of(0x61, 0x62) },
      { kind: "debug", call: { name: "setRegister", cpu: 0, register: "r9", value: "0123456789abcdef" } },
      { kind: "reset" },
      { kind: "debug", call: injection },
      { kind: "debug", call: { name: "apAction", action: "unplug", adapter: 5, domain: 4 } },
      { kind: "quiesce" },
      { kind: "console", bytes: Uint8Array.of(0x71) },
    ];
    for (const action of given) {
      for (let turn = 0; turn < 4; turn++) recorded.step(4_000);
      recorded.act(action);
      recorded.mark();
    }
    writeFileSync(path("record"), recordText(made.value, recorded.journal));
    const again = await run("hello", "--replay", path("record"), "--timeout", "60");
    const { length } = given;
    expect(again.stderr).toContain(`repeated ${2 * length} recorded lines, ${length} trace hashes agree`);
    expect(again.stdout.split("q stops")).toHaveLength(3);
    const parsed = parseRecord(readFileSync(path("record"), "utf8"));
    expect(parsed.ok && parsed.value.journal).toEqual(recorded.journal);
  }, LIMIT_MS);

  const head = { latchworkRecord: 2, imageSha256: "0".repeat(64), memoryBytes: 2 ** 24, cpus: 1, seed: 1 };
  const key = (instructions: number, base64 = "YQ=="): object =>
    ({ instructions, virtualNs: instructions, action: { kind: "console", bytes: { base64 } } });
  const call = { name: "registers", cpu: 0 };
  const text = (...lines: readonly object[]): string =>
    [head, ...lines].map((line) => JSON.stringify(line)).join("\n");
  it.each([
    ["nothing", "", "it is empty"],
    ["no JSON", "hello", "line 1 is not the machine of a record: it is not JSON"],
    ["no head", JSON.stringify(key(1)), '"latchworkRecord" is missing'],
    ["nothing but a head", text(), "nothing was recorded in it"],
    ["another version", JSON.stringify({ ...head, latchworkRecord: 3 }),
      '"latchworkRecord" is 3, wanted is 2, the form of records that this version reads'],
    ["a machine without size", JSON.stringify({ ...head, cpus: "1" }),
      '"cpus" is "1", wanted is a whole number from 0 on'],
    ["a moment that is nowhere", text(key(-1)),
      'line 2 is not what came from outside at a moment: "instructions" is -1, wanted is a whole number'],
    ["a moment before the last", text(key(2), key(1)), "line 3 lies before the moment of the line above it"],
    ["no bytes", text(key(1, "?")), '"action.bytes" is an object, wanted is bytes'],
    ["more than it should", text({ ...key(1), x: 1 }), '"x" means nothing there'],
    ["an act that nobody knows", text({ ...key(1), action: { kind: "wave" } }),
      '"action.kind" is "wave", wanted is "console" or "debug" or "quiesce" or "reset" or "mark"'],
    ["a call that changes nothing", text({ ...key(1), action: { kind: "debug", call } }),
      "wanted is a debugger's call that changes the machine"],
    ["half a line", `${text(key(1))}\n{"instructions":1,"vir`, "line 3 is not what came from outside"],
  ])("that holds %s is refused in a sentence", (_name, lines, sentence) => {
    expect(parseRecord(text(key(1))).ok).toBe(true);
    expect(parseRecord(lines)).toEqual({ ok: false, error: expect.stringContaining(sentence) });
  });

  it("of another machine says in what it differs", () => {
    const record = parseRecord(text(key(1)));
    expect(record.ok && differenceFrom(record.value, config(new Uint8Array(8)))).toContain("another kernel");
  });
});
