/** A run on a terminal whose engine repeats another run first, and one whose files cannot be written. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { OutsideEvent } from "../../../src/engine/api/history.ts";
import type { MachineConfig } from "../../../src/engine/api/machine.ts";
import { MachineRun } from "../../../src/main/cli/machineRun.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { FakeTerminal, cli } from "./cliHarness.ts";

describe("a run that is repeated", () => {
  const journal: OutsideEvent[] = [
    { instructions: 5, virtualNs: 5, action: { kind: "mark", traceHash: "0123456789abcdef" } },
  ];
  async function repeating(script: string, stdin: PassThrough, inputAfter?: string) {
    const outputs = { stdout: "", stderr: "" };
    const sink = (name: keyof typeof outputs) => new Writable({
      write(chunk: Buffer, _encoding, done) {
        outputs[name] += chunk.toString();
        done();
      },
    });
    const config: MachineConfig = {
      board: "s390-ccw", memoryBytes: 2 ** 22, cpus: 1, seed: 1, kernel: new Uint8Array(),
      commandLine: script, interpreterOnly: false, trace: false, pace: "skip",
    };
    const { outcome } = new MachineRun(
      {
        config, repeat: journal, workerUrl: new URL("fakeEngine.ts", import.meta.url),
        ...(inputAfter !== undefined && { inputAfter }),
      },
      { stdin, stdout: sink("stdout"), stderr: sink("stderr") },
    );
    return { end: (await outcome).end.kind, ...outputs };
  }

  it("can be left on its way, by the keys of a terminal", async () => {
    const stdin = new FakeTerminal();
    stdin.write("\u0001x");
    expect((await repeating("repeats print:on-and-on", stdin)).end).toBe("left");
  });

  it("gives the guest what was typed on the way, once it is there", async () => {
    const stdin = new FakeTerminal();
    stdin.write("abQ");
    const { end, stdout } = await repeating("echo repeats print:go later", stdin);
    expect([end, stdout]).toEqual(["powered-off", "goABQ"]);
  });

  it("takes piped input behind both its end and the text that is waited for", async () => {
    for (const script of ["echo repeats print:READY later", "echo repeats later-print:READY"]) {
      const stdin = new PassThrough();
      stdin.end("abQ");
      const { end, stdout, stderr } = await repeating(script, stdin, "READY");
      expect([end, stdout]).toEqual(["powered-off", "READYABQ"]);
      expect(stderr).toContain("repeated 1 recorded line, 1 trace hash agrees");
    }
  });
});

it.skipIf(!existsSync("/dev/full"))("a full disk ends no run, and is told at its end", async () => {
  const kernel = join(temporaryFolder(), "kernel");
  writeFileSync(kernel, "a kernel");
  for (const [words, flag] of [["trace", "--trace"], ["trace", "--stats"], ["typed", "--record"]] as const) {
    const script = `${words} print:still-here off`;
    const { code, stdout, stderr } =
      await cli(["run", "--kernel", kernel, "--append", script, flag, "/dev/full"]);
    expect([code, stdout], flag).toEqual([1, "still-here"]);
    expect(stderr, flag).toContain("/dev/full could not be written whole: ENOSPC");
  }
});
