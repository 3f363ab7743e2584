/** Cases on our machine and on qemu-system-s390x: the same program, the same output. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assemble } from "../../../src/engine/isa/s390/assemble.ts";
import { executable, type Segment } from "../../../src/engine/isa/s390/assembleElf.ts";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import { config } from "../../engine/machine/bareMachine.ts";
import { decodeResult, encodeCase, type BareCase, type BareResult } from "./bareCase.ts";
import { STORAGE, pristine } from "./bareStorage.ts";

const PRISTINE = 0x800000n;
const CASES = 0xa00000n;
const root = new URL("../../../", import.meta.url);

export function programOf(cases: readonly BareCase[]): Uint8Array {
  const text = (path: string): string => readFileSync(new URL(path, root), "latin1");
  const made = assemble(text("tests/differential/bare/runner.s"), {
    include: (name) => text(`resources/guests/${name}`),
  });
  if (!made.ok) throw new Error(made.error.map((error) => error.message).join("\n"));
  const list = Buffer.concat([Buffer.alloc(8), ...cases.map(encodeCase)]);
  list.writeBigUInt64BE(BigInt(cases.length));
  const segment = (address: bigint, bytes: Uint8Array): Segment => (
    { address, bytes, memoryBytes: BigInt(bytes.length) }
  );
  return executable(made.value.entry, [
    ...made.value.segments, segment(PRISTINE, pristine()), segment(CASES, list),
  ]);
}

function resultsIn(text: string, count: number, whose: string): BareResult[] {
  const lines = text.replaceAll("\r", "").split("\n").filter((line) => /^[0-9a-f]{64,}$/.test(line));
  if (lines.length !== count || !text.includes("END"))
    throw new Error(`${whose}: ${lines.length} of ${count} results; ${text.slice(-300)}`);
  return lines.map(decodeResult);
}

export function runOurs(cases: readonly BareCase[]): BareResult[] {
  const printed: Buffer[] = [];
  const memoryBytes = Number(STORAGE);
  const out = (bytes: Uint8Array): void => void printed.push(Buffer.from(bytes));
  const made = S390Ccw.create(config(programOf(cases), { memoryBytes }), out);
  if (!made.ok) throw new Error(made.error);
  for (;;) {
    const end = made.value.step(10_000_000);
    if (end.kind === "ended") {
      const text = Buffer.concat(printed).toString("latin1");
      return resultsIn(text, cases.length, `our machine, ${JSON.stringify(end.reason)}`);
    }
    if (end.kind === "idle") throw new Error("our machine waits");
  }
}

export function runPeer(cases: readonly BareCase[]): BareResult[] {
  const folder = mkdtempSync(join(tmpdir(), "bare-"));
  try {
    const kernel = join(folder, "cases.elf");
    writeFileSync(kernel, programOf(cases));
    const size = `${Number(STORAGE >> 20n)}M`;
    const machine = ["-M", "s390-ccw-virtio", "-cpu", "max", "-m", size];
    const options = [...machine, "-nographic", "-no-reboot", "-monitor", "none"];
    const ran = spawnSync("qemu-system-s390x", [...options, "-kernel", kernel], {
      encoding: "latin1", maxBuffer: 1 << 28, timeout: 400_000, stdio: ["ignore", "pipe", "pipe"],
    });
    return resultsIn(ran.stdout, cases.length, `qemu-system-s390x ${ran.stderr}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
