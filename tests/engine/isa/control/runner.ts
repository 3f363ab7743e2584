/** The peer: single instructions in qemu-s390x user mode, built and run where the tools are installed. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const WINDOW = 0x1000_0000n;
export const WINDOW_BYTES = 12288;
const RECORD = 8 + 8 + 8 + 16 * 8 + WINDOW_BYTES;

export interface State {
  /** Instruction text, 2 to 6 bytes. */
  readonly text: Uint8Array;
  readonly cc: number;
  readonly registers: readonly bigint[];
  readonly window: Uint8Array;
  /** Execute again while the condition code is 3. */
  readonly repeat?: boolean;
}
/** `signal`: 0, or the Linux signal that the instruction raised. */
export type Outcome = State & { readonly signal: number };

const found = (tool: string): boolean => spawnSync(tool, ["--version"], { stdio: "ignore" }).status === 0;
export const peerInstalled = found("qemu-s390x") && found("s390x-linux-gnu-gcc");

export function runOnPeer(cases: readonly State[]): Outcome[] {
  const folder = mkdtempSync(join(tmpdir(), "runner-"));
  try {
    const program = join(folder, "runner");
    const source = fileURLToPath(new URL("./runner.c", import.meta.url));
    execFileSync("s390x-linux-gnu-gcc", ["-static", "-O1", "-o", program, source], { stdio: "pipe" });
    const input = new Uint8Array(cases.length * RECORD);
    cases.forEach((one, i) => write(new DataView(input.buffer, i * RECORD, RECORD), one));
    const output = execFileSync("qemu-s390x", ["-cpu", "max", program], { input, maxBuffer: 1 << 30 });
    return cases.map((_, i) => read(new DataView(output.buffer, output.byteOffset + i * RECORD, RECORD)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function write(view: DataView, state: State): void {
  for (let i = 0; i < 8; i += 2) view.setUint16(i, 0x0700);
  new Uint8Array(view.buffer, view.byteOffset).set(state.text);
  view.setBigUint64(8, state.repeat ? 1n : 0n);
  view.setBigUint64(16, BigInt(state.cc));
  state.registers.forEach((value, n) => view.setBigUint64(24 + 8 * n, value));
  new Uint8Array(view.buffer, view.byteOffset + 24 + 128, WINDOW_BYTES).set(state.window);
}

function read(view: DataView): Outcome {
  return {
    text: new Uint8Array(view.buffer, view.byteOffset, 8),
    signal: Number(view.getBigUint64(8)),
    cc: Number(view.getBigUint64(16)),
    registers: Array.from({ length: 16 }, (_, n) => view.getBigUint64(24 + 8 * n)),
    window: new Uint8Array(view.buffer, view.byteOffset + 24 + 128, WINDOW_BYTES),
  };
}
