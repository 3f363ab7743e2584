/** A record file repeats a run: made and read by the command line, checked against the real engine. */
import { readFileSync } from "node:fs";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { differenceFrom, parseInputRecord } from "../../src/main/inputRecord.ts";
import { config } from "../engine/machine/bareMachine.ts";
import { cli, testPlaces } from "./cli/cliHarness.ts";

const folder = mkdtempSync(join(tmpdir(), "latchwork-record-"));
const places = {
  ...testPlaces(folder),
  engineWorker: new URL("../../src/engine/worker/engineWorker.ts", import.meta.url),
};
const path = (name: string): string => join(folder, name);
const figures = (name: string) => JSON.parse(readFileSync(path(name), "utf8")) as { traceHash: string };

describe("a record", () => {
  it("made in the wall's time repeats its run to the last instruction", async () => {
    const stdin = new PassThrough();
    const keys = ["a", "b", "q"];
    const first = await cli(["run", "hello", "--record", path("keys"), "--stats", path("first")], {
      places,
      stdin,
      onStdout: (text) => {
        const wanted = 3 - keys.length;
        if (text.includes(wanted === 0 ? "q stops" : `key ${wanted}`)) stdin.write(keys.shift() ?? "");
      },
    });
    expect(first.code).toBe(0);
    const again = await cli(["run", "hello", "--replay", path("keys"), "--stats", path("again")], { places });
    expect(again.stdout).toBe(first.stdout);
    expect(figures("again").traceHash).toBe(figures("first").traceHash);
    for (const other of [
      ["--seed", "2"],
      ["--memory", "32M"],
      ["--cpus", "2"],
    ]) {
      const refused = await cli(["run", "hello", "--replay", path("keys"), ...other], { places });
      expect([refused.code, refused.stderr]).toEqual([
        2,
        expect.stringContaining("The record was made with"),
      ]);
    }
    const guest = await cli(["run", "timer-sigp", "--replay", path("keys")], { places });
    expect(guest.stderr).toContain("another kernel");
  });

  const head = {
    latchworkInput: 1,
    imageSha256: "0".repeat(64),
    memoryBytes: 2 ** 24,
    cpus: 1,
    seed: 1,
  };
  it.each([
    ["nothing", ""],
    ["no JSON", "hello"],
    ["no head", '{"atNs":1,"base64":""}'],
    ["another version", JSON.stringify({ ...head, latchworkInput: 2 })],
    ["a time that runs to nowhere", `${JSON.stringify(head)}\n{"atNs":-1,"base64":""}`],
    ["no bytes", `${JSON.stringify(head)}\n{"atNs":1,"base64":"?"}`],
    ["more than it should", `${JSON.stringify(head)}\n{"atNs":1,"base64":"","x":1}`],
    ["half a line", `${JSON.stringify(head)}\n{"atNs":1,"ba`],
  ])("that holds %s is refused", (_name, text) => expect(parseInputRecord(text).ok).toBe(false));

  it("of another machine says in what it differs", () => {
    writeFileSync(path("made"), JSON.stringify(head));
    const record = parseInputRecord(readFileSync(path("made"), "utf8"));
    expect(record.ok && differenceFrom(record.value, config(new Uint8Array(8)))).toContain("another kernel");
  });
});
