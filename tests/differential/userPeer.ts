/**
 * A user-mode emulator as peer: builds the runner, feeds it sequences and reads what they left. A sequence at
 * which the emulator itself ends is noted as such, and a new emulator goes on with the next one.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CODE, CODE_BYTES, DATA, IMAGES, IMAGES_BYTES, LAST_PAGE } from "../kit/sequences/storageMap.ts";
import type { Sequence } from "../kit/sequences/sequence.ts";

const EMULATOR = "qemu-s390x";
const COMPILER = "s390x-linux-gnu-gcc";
const EVENTS_MAX = 16;
const STATE_BYTES = 720;

/** Storage areas that are compared, in the runner's order. */
export const areas: readonly (readonly [number, number])[] = [
  [CODE, CODE_BYTES],
  [IMAGES, IMAGES_BYTES],
  [DATA, 0x2000],
  [DATA + 0x2000, 0x1000],
  [DATA + 0x4000, 0x1000],
  [LAST_PAGE, 0x1000],
];
const AREA_BYTES = areas.reduce((sum, [, bytes]) => sum + bytes, 0);
const RESULT_BYTES = 8 + EVENTS_MAX * 24 + STATE_BYTES + AREA_BYTES;

export interface Event {
  readonly signal: number;
  readonly address: number;
}
export interface UserState {
  readonly events: readonly Event[];
  /** Condition code and program mask, 6 bits. */
  readonly code: number;
  readonly general: readonly bigint[];
  readonly access: readonly number[];
  readonly vectors: readonly bigint[];
  readonly fpc: number;
  /** All areas, one after the other. */
  readonly storage: Buffer;
}

const works = (...command: [string, ...string[]]): boolean =>
  spawnSync(command[0], command.slice(1)).status === 0;
/** What is missing for the comparison; undefined if it can run. */
export const missingTool = ([EMULATOR, COMPILER] as const).find((tool) => !works(tool, "--version"));

function stateBytes(s: Sequence): Buffer {
  const b = Buffer.alloc(STATE_BYTES);
  b.writeBigUInt64BE(((s.mask >> 40n) & 0x3fn) << 24n, 0);
  s.registers.forEach((v, i) => b.writeBigUInt64BE(v, 8 + 8 * i));
  s.access.forEach((v, i) => b.writeUInt32BE(v >>> 0, 136 + 4 * i));
  s.vectors.forEach((v, i) => {
    b.writeBigUInt64BE(v >> 64n, 200 + 16 * i);
    b.writeBigUInt64BE(BigInt.asUintN(64, v), 208 + 16 * i);
  });
  b.writeUInt32BE(s.fpc >>> 0, 712);
  return b;
}

function requestBytes(s: Sequence): Buffer {
  const parts: Buffer[] = [];
  const words = (...values: number[]): void => {
    const b = Buffer.alloc(8 * values.length);
    values.forEach((v, i) => b.writeBigUInt64BE(BigInt(v), 8 * i));
    parts.push(b);
  };
  const inLine = s.code.filter((i) => !i.executed);
  const patches = [...s.patches, ...s.code];
  words(s.entry, s.end, inLine.length, patches.length);
  parts.push(stateBytes(s));
  for (const i of inLine) words(i.address, i.address + i.bytes.length);
  for (const p of patches) {
    words(p.address, p.bytes.length);
    parts.push(Buffer.from(p.bytes));
  }
  return Buffer.concat(parts);
}

function readState(b: Buffer): UserState {
  const list = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i));
  const word = (at: number): bigint => b.readBigUInt64BE(at);
  const state = 8 + EVENTS_MAX * 24;
  return {
    events: list(Number(word(0)), (i) => ({
      signal: Number(word(8 + 24 * i)),
      address: Number(word(24 + 24 * i)),
    })),
    code: b.readUInt32BE(state + 4) >>> 24,
    general: list(16, (i) => word(state + 8 + 8 * i)),
    access: list(16, (i) => b.readUInt32BE(state + 136 + 4 * i)),
    vectors: list(32, (i) => (word(state + 200 + 16 * i) << 64n) | word(state + 208 + 16 * i)),
    fpc: b.readUInt32BE(state + 712),
    storage: b.subarray(state + STATE_BYTES, state + STATE_BYTES + AREA_BYTES),
  };
}

export class UserPeer {
  private readonly folder = mkdtempSync(join(tmpdir(), "latchwork-sequences-"));
  private readonly template: Buffer;
  /** What the emulator said where it did not survive. */
  readonly complaints: string[] = [];

  constructor(template: Uint8Array) {
    this.template = Buffer.concat(areas.map(([at, bytes]) => Buffer.from(template.subarray(at, at + bytes))));
    const source = new URL("./userRunner.c", import.meta.url).pathname;
    execFileSync(COMPILER, ["-O1", "-static", "-o", this.runner, source]);
  }
  get name(): string {
    return execFileSync(EMULATOR, ["--version"], { encoding: "utf8" }).split("\n")[0]!;
  }
  private get runner(): string {
    return join(this.folder, "runner");
  }

  /** Outcomes in order; undefined where the emulator did not survive. */
  run(sequences: readonly Sequence[]): (UserState | undefined)[] {
    const outcomes: (UserState | undefined)[] = [];
    while (outcomes.length < sequences.length) {
      const input = Buffer.concat([this.template, ...sequences.slice(outcomes.length).map(requestBytes)]);
      const { stdout, stderr } = spawnSync(EMULATOR, ["-cpu", "max", this.runner], {
        input,
        maxBuffer: 1 << 30,
        cwd: this.folder,
      });
      const count = Math.floor(stdout.length / RESULT_BYTES);
      for (let i = 0; i < count; i++)
        outcomes.push(readState(stdout.subarray(i * RESULT_BYTES, (i + 1) * RESULT_BYTES)));
      if (outcomes.length < sequences.length) {
        this.complaints.push(String(stderr).trim());
        outcomes.push(undefined);
      }
    }
    return outcomes;
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}
