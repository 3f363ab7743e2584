import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { noInterrupts } from "../../kit/noInterrupts.ts";
import {
  FakeTerminal,
  cli,
  ownFolder,
  testPlaces,
  type CliOutcome,
  type HarnessOptions,
} from "./cliHarness.ts";

const folder = mkdtempSync(join(tmpdir(), "latchwork-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const kernel = join(folder, "kernel");
writeFileSync(kernel, "a kernel");
let files = 0;
const newFile = (): string => join(folder, `file-${++files}`);

const run = (
  script: string,
  flags: readonly string[] = [],
  options: HarnessOptions = {},
): Promise<CliOutcome> => cli(["run", "--kernel", kernel, "--append", script, ...flags], options);

describe("run ends", () => {
  it.each([
    ["with 0 when the guest powers off", "print:bye off", [], 0, ""],
    ["with 0 when every CPU stopped by itself", "all-stopped", [], 0, "stopped by itself"],
    ["with 0 when the text was seen", "print:GUEST-READY", ["--until", "GUEST-READY"], 0, ""],
    [
      "with 1 when the guest crashed, with its PSW",
      "crash",
      [],
      1,
      "The guest waits for ever. PSW 0002000180000000 000000000000dead.",
    ],
    ["with 1 when the engine reports a fault, with its record", "fault", [], 1, "lhi %r2,1"],
    ["with 1 when the engine throws", "throw", [], 1, "planted"],
    ["with 1 when the engine's thread ends", "exit", [], 1, "code 7"],
    ["with 2 when the engine refuses", "refuse", [], 2, "no image"],
    ["with 124 on timeout", "print:x", ["--timeout", "0.05"], 124, "--timeout"],
  ] as const)("%s", async (_, script, flags, code, sentence) => {
    const outcome = await run(script, flags);
    expect(outcome.stderr).toContain(sentence);
    expect(outcome.code).toBe(code);
  });

  it("with 124 even if the engine hangs and answers nothing", async () => {
    expect((await run("hang", ["--timeout", "0.05"])).code).toBe(124);
  });

  it("with the text seen however the output is cut, and not without it", async () => {
    expect((await run("split:aaGUEST-GUEST-READYbb", ["--until", "GUEST-READY"])).code).toBe(0);
    const without = await run("split:GUEST-READ print:_Y off", [
      "--until",
      "GUEST-READY",
      "--stats",
      newFile(),
    ]);
    expect(without.code).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, `file-${files}`), "utf8"))).toMatchObject({
      stopReason: "powered-off",
      timeToUntilSeconds: null,
    });
  });
});

describe("run writes", () => {
  it("every figure of the engine, the time to the text and the reason", async () => {
    const stats = newFile();
    await run("print:READY", ["--until", "READY", "--stats", stats]);
    const { timeToUntilSeconds, ...figures } = JSON.parse(readFileSync(stats, "utf8"));
    expect(timeToUntilSeconds).toBeGreaterThan(0);
    expect(figures).toEqual({
      instructions: 123_456,
      interpretedInstructions: 3456,
      wallSeconds: 1.5,
      mips: 82.3,
      recentMips: 80.5,
      regionsCompiled: 7,
      compileSeconds: 0.25,
      deviceSeconds: 0.125,
      idleSeconds: 0.5,
      traceHash: "0123456789abcdef",
      virtualSeconds: 2,
      memoryBytes: 67_108_864,
      interrupts: noInterrupts,
      stopReason: "until-seen",
    });
  });

  it("figures and the sentence for every other end", async () => {
    for (const [script, stopReason] of [
      ["crash", "crashed"],
      ["all-stopped", "all-stopped"],
      ["fault", "engine-fault"],
      ["throw", "engine-fault"],
      ["refuse", "refused"],
    ] as const) {
      const stats = newFile();
      await run(script, ["--stats", stats]);
      expect(JSON.parse(readFileSync(stats, "utf8")), script).toMatchObject({
        stopReason,
        timeToUntilSeconds: null,
      });
    }
  });

  it("the trace, one line each", async () => {
    const trace = newFile();
    await run("trace trace off", ["--trace", trace]);
    expect(readFileSync(trace, "utf8")).toBe("line one\nline two\nline one\nline two\n");
  });

  it("the console's bytes and nothing else to standard output", async () => {
    expect((await run("print:one split:twö off")).stdout).toBe("onetwö");
  });
});

describe("run gives the engine", () => {
  const configOf = async (flags: readonly string[], options: HarnessOptions = {}): Promise<unknown> => {
    const { stdout } = await run("config off", flags, options);
    return JSON.parse(/CONFIG(.*)\n/.exec(stdout)![1]!);
  };

  it("what the flags say", async () => {
    const initrd = newFile();
    writeFileSync(initrd, "abc");
    expect(
      await configOf([
        "--initrd",
        initrd,
        "--disk",
        kernel,
        "--memory",
        "64M",
        "--cpus",
        "4",
        "--seed",
        "9",
        "--interpreter",
        "--trace",
        newFile(),
      ]),
    ).toEqual({
      board: "s390-ccw",
      memoryBytes: 64 * 2 ** 20,
      cpus: 4,
      seed: 9,
      commandLine: "config off",
      interpreterOnly: true,
      pace: "wall",
      trace: true,
      kernel: 8,
      initrd: 3,
      disk: 8,
    });
  });

  it("what holds without flags", async () => {
    expect(await configOf([])).toEqual({
      board: "s390-ccw",
      memoryBytes: 512 * 2 ** 20,
      cpus: 1,
      seed: 1,
      commandLine: "config off",
      interpreterOnly: false,
      pace: "wall",
      trace: false,
      kernel: 8,
    });
  });

  it("a load parameter", async () => {
    expect(await configOf(["--loadparm", "LINUX 1"])).toMatchObject({ loadParameter: "LINUX 1" });
  });

  it("the pace `skip` with --until where no person watches", async () => {
    expect(await configOf(["--until", "x"])).toMatchObject({ pace: "skip" });
  });
});

describe("run refuses with 2", () => {
  it.each([
    [[]],
    [["nobody"]],
    [["../x"]],
    [["x", "--kernel", kernel]],
    [["--kernel", "/nonexistent"]],
    [["x", "--initrd", kernel]],
    [["--kernel", kernel, "--cpus", "0"]],
    [["--kernel", kernel, "--cpus", "5"]],
    [["--kernel", kernel, "--cpus", "two"]],
    [["--kernel", kernel, "--memory", "1K"]],
    [["--kernel", kernel, "--memory", "lots"]],
    [["--kernel", kernel, "--memory", "1000000M"]],
    [["--kernel", kernel, "--timeout", "0"]],
    [["--kernel", kernel, "--timeout", "soon"]],
    [["--kernel", kernel, "--timeout", "1e9"]],
    [["--kernel", kernel, "--seed", "-1"]],
    [["--kernel", kernel, "--until", ""]],
    [["--kernel", kernel, "--loadparm", "nine chars"]],
    [["--kernel", kernel, "--loadparm", ""]],
    [["--kernel", kernel, "--loadparm", "ä"]],
    [["--kernel", kernel, "--record", "/nonexistent/folder/record"]],
    [["--kernel", kernel, "--trace", "/nonexistent/folder/trace"]],
    [["--kernel", kernel, "--stats", "/nonexistent/folder/stats"]],
    [["--kernel", kernel, "--replay", "/nonexistent"]],
    [["--kernel", kernel, "--replay", kernel]],
    [["--kernel", kernel, "--nonsense"]],
    [["--kernel"]],
  ])("%j", async (flags) => {
    const outcome = await cli(["run", ...flags], { places: testPlaces(folder) });
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/\S.{15,}/);
    expect(outcome.stdout).toBe("");
  });
});

describe("piped input", () => {
  it("reaches the guest's console whole and in order", async () => {
    const stdin = new PassThrough();
    const sent = Array.from({ length: 3000 }, (_, i) => `line ${i}`).join("\n");
    stdin.end(`${sent}Q`);
    expect((await run("echo", [], { stdin })).stdout).toBe(`${sent.toUpperCase()}Q`);
  });

  it("that ends does not end the run", async () => {
    const stdin = new PassThrough();
    stdin.end();
    expect((await run("echo", ["--timeout", "0.1"], { stdin })).code).toBe(124);
  });

  it("is held back until the console has printed what --input-after names", async () => {
    const stdin = new PassThrough();
    stdin.end("q1Q");
    const { stdout } = await run("echo print:booting print:READY", ["--input-after", "READY"], { stdin });
    expect(stdout).toBe("bootingREADYQ1Q");
  });
});

describe("a terminal", () => {
  it("is raw while the guest runs and restored at every end", async () => {
    const ends: [string, string[]][] = [
      ["off", []],
      ["all-stopped", []],
      ["crash", []],
      ["fault", []],
      ["throw", []],
      ["exit", []],
      ["refuse", []],
      ["print:x", ["--until", "x"]],
      ["print:x", ["--timeout", "0.05"]],
    ];
    for (const [script, flags] of ends) {
      const stdin = new FakeTerminal();
      const listeners = process.listenerCount("exit") + process.listenerCount("SIGINT");
      await run(script, flags, { stdin });
      expect(stdin.modes, script).toEqual([true, false]);
      expect(process.listenerCount("exit") + process.listenerCount("SIGINT"), script).toBe(listeners);
    }
  });

  it("leaves with Ctrl-A X, and gives every other key to the guest, Ctrl-C too", async () => {
    const stdin = new FakeTerminal();
    const stats = newFile();
    const outcome = await run("echo print:go", ["--stats", stats], {
      stdin,
      onStdout: (text) => {
        if (text === "go") stdin.write("a\u0003\u0001\u0001b\u0001");
        if (text === "goA\u0003\u0001B") stdin.write("x never sent");
      },
    });
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toBe("goA\u0003\u0001B");
    expect(JSON.parse(readFileSync(stats, "utf8"))).toMatchObject({ stopReason: "left" });
  });

  it("is left, and restored, by SIGTERM and SIGINT", async () => {
    for (const [name, code] of [
      ["SIGTERM", 143],
      ["SIGINT", 130],
    ] as const) {
      const stdin = new FakeTerminal();
      const outcome = await run("print:go", [], { stdin, onStdout: () => process.emit(name) });
      expect(outcome.code).toBe(code);
      expect(stdin.modes).toEqual([true, false]);
    }
  });
});

it("a run leaves no file that was not asked for", async () => {
  await run("off", ["--stats", newFile()]);
  expect(existsSync(join(folder, `file-${files}`))).toBe(true);
  expect(existsSync(join(ownFolder, "data", "guests"))).toBe(false);
});
