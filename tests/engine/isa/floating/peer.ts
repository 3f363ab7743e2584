/** The peer: instruction sequences in qemu-s390x user mode, built and run where the tools are installed. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The storage window straddles a page boundary: its first half is the end of a page. */
export const WINDOW = 0x40_0f00;
export const WINDOW_BYTES = 512;
export const TEXT_BYTES = 64;
const VR = 216;
const RECORD = VR + 512 + WINDOW_BYTES;

export interface State {
  readonly cc: number;
  readonly fpc: number;
  readonly gr: readonly bigint[];
  readonly vr: readonly bigint[];
  readonly window: Uint8Array;
}
/** `kind`: "" or the kind of program interruption that ended the sequence, as far as a signal tells it. */
export type Outcome = State & { readonly kind: string };

const found = (tool: string): boolean => spawnSync(tool, ["--version"], { stdio: "ignore" }).status === 0;
export const peerInstalled = found("qemu-s390x") && found("s390x-linux-gnu-gcc");
const kinds: Readonly<Record<number, string>> = {
  0: "",
  4: "illegal",
  8: "arithmetic",
  11: "access",
  7: "access",
  5: "trap",
};

/** Runs each text (at most 64 bytes) from its state. */
export function runOnPeer(cases: readonly { readonly text: Uint8Array; readonly state: State }[]): Outcome[] {
  const folder = mkdtempSync(join(tmpdir(), "runner-"));
  try {
    const program = join(folder, "runner");
    const source = fileURLToPath(new URL("./runner.c", import.meta.url));
    execFileSync("s390x-linux-gnu-gcc", ["-static", "-O1", "-o", program, source], { stdio: "pipe" });
    const input = new Uint8Array(cases.length * RECORD);
    cases.forEach(({ text, state }, i) => write(new DataView(input.buffer, i * RECORD, RECORD), text, state));
    const output = execFileSync("qemu-s390x", ["-cpu", "max", program], { input, maxBuffer: 1 << 30 });
    return cases.map((_, i) => read(new DataView(output.buffer, output.byteOffset + i * RECORD, RECORD)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function write(view: DataView, text: Uint8Array, state: State): void {
  for (let i = 0; i < TEXT_BYTES; i += 2) view.setUint16(i, 0x0700);
  new Uint8Array(view.buffer, view.byteOffset).set(text);
  view.setBigUint64(72, BigInt(state.cc));
  view.setBigUint64(80, BigInt(state.fpc >>> 0));
  state.gr.forEach((value, n) => view.setBigUint64(88 + 8 * n, value));
  state.vr.forEach((value, n) => {
    view.setBigUint64(VR + 16 * n, value >> 64n);
    view.setBigUint64(VR + 16 * n + 8, value & 0xffff_ffff_ffff_ffffn);
  });
  new Uint8Array(view.buffer, view.byteOffset + VR + 512, WINDOW_BYTES).set(state.window);
}

function read(view: DataView): Outcome {
  return {
    kind: kinds[Number(view.getBigUint64(64))] ?? "other",
    cc: Number(view.getBigUint64(72)),
    fpc: Number(view.getBigUint64(80) & 0xffff_ffffn),
    gr: Array.from({ length: 16 }, (_, n) => view.getBigUint64(88 + 8 * n)),
    vr: Array.from(
      { length: 32 },
      (_, n) => (view.getBigUint64(VR + 16 * n) << 64n) | view.getBigUint64(VR + 16 * n + 8),
    ),
    window: new Uint8Array(view.buffer, view.byteOffset + VR + 512, WINDOW_BYTES),
  };
}
