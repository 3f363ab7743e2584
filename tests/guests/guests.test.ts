/**
 * The built-in guests: every source assembles, gives the bytes GNU as gives, and runs under another machine
 * as its description says.
 */
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { assemble } from "../../src/engine/isa/s390/assemble.ts";
import type { AssembledProgram } from "../../src/engine/isa/s390/assembledProgram.ts";
import { gnuAssemble, haveBinutils } from "../engine/isa/assemble/binutils.ts";
import { missingTools } from "../kit/missingTools.ts";

const peerMissing = missingTools("qemu-system-s390x");
const binutilsMissing = missingTools("s390x-linux-gnu-as");
const folder = join(dirname(fileURLToPath(import.meta.url)), "../../resources/guests");
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const guests = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.slice(0, -5))
  .sort();

/** Instructions that GNU as has no name for. */
const nameless = { pqap: "0xb2af0000,%r0,%r0", nqap: "0xb2ad0000,", dqap: "0xb2ae0000," };
const named = (source: string): string =>
  source.replace(
    /^(\s+)(pqap|nqap|dqap)\b[ \t]*/gm,
    (_, indent: string, name: keyof typeof nameless) => `${indent}.insn rre,${nameless[name]}`,
  );

function build(guest: string): AssembledProgram {
  const program = assemble(read(`${guest}.s`), { name: `${guest}.s`, include: read });
  if (!program.ok) throw new Error(program.error.map((error) => error.message).join("\n"));
  return program.value;
}

function flat(program: AssembledProgram): Uint8Array {
  const last = program.segments.at(-1)!;
  const bytes = new Uint8Array(Number(last.address) + last.bytes.length);
  for (const segment of program.segments) bytes.set(segment.bytes, Number(segment.address));
  return bytes;
}

const peer = "qemu-system-s390x";
const havePeer = ((): boolean => {
  try {
    execFileSync(peer, ["--version"], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
})();

describe.each(guests)("%s", (guest) => {
  test("its card says what it needs", () => {
    const card = JSON.parse(read(`${guest}.json`)) as Record<string, unknown>;
    expect(card.source).toBe(`${guest}.s`);
    expect(card.title).toMatch(/^[A-Z]/);
    expect(card.description).toMatch(/\.$/);
    expect(card.cpus).toBeGreaterThan(0);
    expect(Number(card.memoryBytes) % 0x100000).toBe(0);
  });

  test("assembles; starts at an instruction; fits its memory", () => {
    const program = build(guest);
    const card = JSON.parse(read(`${guest}.json`)) as { memoryBytes: number };
    expect(program.entry).toBe(program.symbols.get("_start"));
    expect(program.listing.some((line) => line.address === program.entry)).toBe(true);
    const last = program.segments.at(-1)!;
    expect(Number(last.address + last.memoryBytes)).toBeLessThanOrEqual(card.memoryBytes);
  });

  test.skipIf(!haveBinutils)(`GNU as gives the same bytes${binutilsMissing}`, () => {
    const ours = flat(build(guest));
    const source = read(`${guest}.s`).replace(/^\s*\.include\s+"([^"]+)".*$/gm, (_, name: string) =>
      read(name),
    );
    const theirs = gnuAssemble(named(source));
    expect(Buffer.from(theirs.subarray(0, ours.length)).equals(Buffer.from(ours))).toBe(true);
    // GNU as pads the end of code with nopr, here it is not padded.
    expect(theirs.subarray(ours.length).every((byte) => byte === 0 || byte === 7)).toBe(true);
  });
});

/**
 * Runs a guest on the peer; each of `keys` is typed when its text has been printed. Resolves with all it
 * printed.
 */
function runOnPeer(
  guest: string,
  options: readonly string[],
  keys: readonly (readonly [string, string])[],
  last: string,
): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), "latchwork-guest-"));
  const kernel = join(work, "guest.elf");
  writeFileSync(kernel, build(guest).elf);
  const child = spawn(peer, [
    "-M", "s390-ccw-virtio", "-m", "64", "-nodefaults", "-nographic", "-chardev", "stdio,id=console,mux=off",
    "-device", "sclpconsole,chardev=console", "-kernel", kernel, ...options,
  ]);
  started.add(child);
  return new Promise((resolve, reject) => {
    let printed = "";
    const left = [...keys];
    child.stdout.on("data", (data: Buffer) => {
      printed += data.toString("latin1");
      while (left.length && printed.includes(left[0]![0])) child.stdin.write(left.shift()![1]);
      // A guest that is meant to hang never ends by itself.
      if (last && printed.includes(last)) child.kill();
    });
    child.on("error", reject);
    child.on("close", () => {
      started.delete(child);
      rmSync(work, { recursive: true });
      resolve(printed.replaceAll("\r", ""));
    });
  });
}
const started = new Set<ReturnType<typeof spawn>>();
afterAll(() => started.forEach((child) => child.kill()));

describe.skipIf(!havePeer)(`on the peer machine${peerMissing}`, () => {
  test("hello echoes until q", async () => {
    const printed = await runOnPeer("hello", [], [["q stops", "a"], ["key 1", "q"]], "");
    expect(printed).toContain("key 1: code 97, character a\nStopping after 1 keys.\n");
  }, 30_000);

  test("timer-sigp: ten rounds between two CPUs, then both stop", async () => {
    const printed = await runOnPeer("timer-sigp", ["-smp", "2"], [], "");
    for (let round = 1; round <= 10; round++) {
      const tick = printed.indexOf(`: tick ${round}, external call\n`);
      const call = printed.indexOf(`: external call ${round}, emergency signal\n`);
      const answer = printed.indexOf(`: emergency signal answers round ${round}\n`);
      expect(tick >= 0 && tick < call && call < answer).toBe(true);
    }
    expect(printed).toContain("has stopped after 10 calls");
  }, 30_000);

  test("flic-storm: every service call and channel program has its interruption", async () => {
    const printed = await runOnPeer("flic-storm", ["-smp", "2", "-device", "virtio-rng-ccw"], [], "");
    expect(printed).toContain("The storm is over.");
    const signals = [...printed.matchAll(/round (\d+): .* signals cpu 0: (\d+), cpu 1: (\d+)\n/g)];
    expect(signals.map((found) => Number(found[1]))).toEqual([5000, 10000, 15000, 20000]);
    for (const [, round, first, second] of signals)
      expect(Number(first) + Number(second)).toBeGreaterThanOrEqual(Number(round));
    const [, programs, first, second] = [
      ...printed.matchAll(/programs (\d+), .* cpu 0: (\d+), cpu 1: (\d+)\n/g),
    ].at(-1)!;
    expect(Number(first) + Number(second)).toBeGreaterThanOrEqual(Number(programs) - 1);
  }, 30_000);

  test("ais-demo says so where there are no demonstration adapters", async () => {
    expect(await runOnPeer("ais-demo", [], [], "")).toContain("This machine has no demonstration adapters");
  }, 30_000);

  test.each([
    ["q", "Stopping in good order."],
    ["1", "0dead1 is the crash code"],
    ["2", "without end"],
    ["3", "00e001"],
  ])(
    "crash-demo %s",
    async (key, said) => {
      const printed = await runOnPeer("crash-demo", [], [["no crash: stop", key]], key === "2" ? said : "");
      expect(printed).toContain(said);
    }, 30_000,
  );

  test("crash-demo follows the load parameter", async () => {
    const printed = await runOnPeer("crash-demo", ["-machine", "loadparm=1"], [], "");
    expect(printed).toContain("The load parameter has chosen.");
  }, 30_000);
});
