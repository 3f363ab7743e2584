/** A case for the bare machine: its state and instructions, as bytes for runner.s; and what that prints. */
import { assemble } from "../../../src/engine/isa/s390/assemble.ts";
import { CODE, pristineKeys } from "./bareStorage.ts";

const CASE_BYTES = 512;
const CODE_BYTES = 64;
export const RESULT_BYTES = 640;
const CHANGES_MAX = 12;
/** SVC 255. */
const END_MARK = [0x0a, 0xff];
/** A doubleword that nothing looks at. */
const NOWHERE = 0x11ff8n;

export interface BareCase {
  /** Assembler text, a few instructions. */
  readonly source: string;
  readonly mask: bigint;
  readonly registers: Readonly<Record<number, bigint>>;
  readonly control: Readonly<Record<number, bigint>>;
  readonly access: Readonly<Record<number, number>>;
  /** Storage keys of work pages. */
  readonly keys: Readonly<Record<number, number>>;
  /** Doublewords of absolute storage; at most four. */
  readonly patches: readonly (readonly [bigint, bigint])[];
  readonly prefix: bigint;
}

/** What a case left behind. */
export interface BareResult {
  readonly end: "completed" | "interrupted";
  readonly mask: bigint;
  readonly address: bigint;
  /** Instruction length and interruption code. */
  readonly ilc: number;
  readonly code: number;
  /** Real locations 0x90 to 0xbf: data-exception code to monitor code. */
  readonly identification: Buffer;
  readonly registers: readonly bigint[];
  readonly control: readonly bigint[];
  readonly access: readonly number[];
  readonly prefix: number;
  readonly keys: readonly number[];
  readonly changes: readonly (readonly [bigint, bigint])[];
  readonly changeCount: number;
}

const assembled = new Map<string, Uint8Array>();
export function codeOf(source: string): Uint8Array {
  let code = assembled.get(source);
  if (!code) {
    const made = assemble(`${source}\n`, { origin: CODE });
    if (!made.ok) throw new Error(`${source}: ${made.error[0]!.message}`);
    code = Uint8Array.from(made.value.listing.flatMap(({ bytes }) => [...bytes]));
    assembled.set(source, code);
  }
  return code;
}

export function encodeCase(one: BareCase): Uint8Array {
  const bytes = new Uint8Array(CASE_BYTES);
  const view = new DataView(bytes.buffer);
  const code = codeOf(one.source);
  if (code.length + END_MARK.length > CODE_BYTES) throw new Error(`too long: ${one.source}`);
  for (let at = code.length; at < CODE_BYTES; at += 2) bytes.set(END_MARK, at);
  bytes.set(code);
  for (let n = 0; n < 16; n++) {
    view.setBigUint64(64 + 8 * n, one.registers[n] ?? BigInt(n) * 0x0101_0101_0101_0101n);
    view.setBigUint64(192 + 8 * n, one.control[n] ?? 0n);
    view.setUint32(320 + 4 * n, one.access[n] ?? 0);
    bytes[400 + n] = one.keys[n] ?? pristineKeys[n] ?? 0;
  }
  view.setBigUint64(384, one.mask);
  view.setBigUint64(392, BigInt(CODE));
  for (let i = 0; i < 4; i++) {
    const [address, value] = one.patches[i] ?? [NOWHERE, 0n];
    view.setBigUint64(416 + 16 * i, address);
    view.setBigUint64(424 + 16 * i, value);
  }
  view.setBigUint64(480, one.prefix);
  return bytes;
}

export function decodeResult(line: string): BareResult {
  const b = Buffer.from(line, "hex");
  if (b.length !== RESULT_BYTES) throw new Error(`a result of ${b.length} bytes: ${line.slice(0, 80)}`);
  const list = <T>(of: (n: number) => T): T[] => Array.from({ length: 16 }, (_, n) => of(n));
  const changeCount = Number(b.readBigUInt64BE(424));
  return {
    end: b.readBigUInt64BE(0) === 1n ? "completed" : "interrupted",
    mask: b.readBigUInt64BE(8),
    address: b.readBigUInt64BE(16),
    ilc: b.readUInt16BE(24),
    code: b.readUInt16BE(26),
    identification: b.subarray(32, 80),
    registers: list((n) => b.readBigUInt64BE(80 + 8 * n)),
    control: list((n) => b.readBigUInt64BE(208 + 8 * n)),
    access: list((n) => b.readUInt32BE(336 + 4 * n)),
    prefix: b.readUInt32BE(400),
    keys: list((n) => b[408 + n]!),
    changeCount,
    changes: Array.from({ length: Math.min(changeCount, CHANGES_MAX) }, (_, i) =>
      [b.readBigUInt64BE(432 + 16 * i), b.readBigUInt64BE(440 + 16 * i)] as const),
  };
}
