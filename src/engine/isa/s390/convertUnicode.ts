/**
 * Conversions between UTF-8, UTF-16 and UTF-32 (Principles of Operation, chapter 7: CU12 CU14 CU21 CU24 CU41
 * CU42).
 *
 * Invariant: a character is stored only after it has been read whole and found valid, and registers stand
 * between characters. Code 0 source at its end (an incomplete character stays), 1 no room for the next, 2
 * invalid, 3 not yet.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { evenR1R2, helper, type Instruction } from "./instruction.ts";
import { LongOperand } from "./longOperand.ts";

const INVALID = -1;
const INCOMPLETE = -2;
/** M3 bit 3: check that characters are well formed. */
const WELL_FORMED = 1;

/** A form of Unicode: what a character in it looks like. */
interface Encoding {
  /**
   * Bytes of the character that starts at `at`, INVALID, or INCOMPLETE if even that cannot be told from what
   * there is.
   */
  size(data: Uint8Array, at: number, checked: boolean): number;
  /** Code point of a character that is there in full, or INVALID. */
  decode(data: Uint8Array, at: number, size: number, checked: boolean): number;
  encode(code: number, out: number[]): void;
}

const continues = (byte: number): boolean => (byte & 0xc0) === 0x80;

const utf8: Encoding = {
  size(data, at, checked) {
    if (at >= data.length) return INCOMPLETE;
    const first = data[at]!;
    if (first < 0x80) return 1;
    if (first < (checked ? 0xc2 : 0xc0) || first > (checked ? 0xf4 : 0xf7)) return INVALID;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  },
  decode(data, at, size, checked) {
    let code = data[at]!;
    if (size > 1) code &= 0x7f >> size;
    for (let i = 1; i < size; i++) {
      const byte = data[at + i]!;
      if (checked && !continues(byte)) return INVALID;
      code = code * 64 + (byte & 0x3f);
    }
    if (!checked) return code;
    if (size === 3 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) return INVALID;
    return size === 4 && (code < 0x1_0000 || code > 0x10_ffff) ? INVALID : code;
  },
  encode(code, out) {
    if (code < 0x80) out.push(code);
    else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x1_0000) out.push(
      0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f),
    );
    else out.push(
      0xf0 | ((code >> 18) & 7), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f),
      0x80 | (code & 0x3f),
    );
  },
};

const utf16: Encoding = {
  size(data, at) {
    if (at + 2 > data.length) return INCOMPLETE;
    return (data[at]! & 0xfc) === 0xd8 ? 4 : 2;
  },
  decode(data, at, size, checked) {
    const first = data[at]! * 256 + data[at + 1]!;
    if (size === 2) return first;
    const second = data[at + 2]! * 256 + data[at + 3]!;
    if (checked && (second & 0xfc00) !== 0xdc00) return INVALID;
    return 0x1_0000 + (first & 0x3ff) * 0x400 + (second & 0x3ff);
  },
  encode(code, out) {
    if (code < 0x1_0000) out.push(code >> 8, code & 0xff);
    else {
      // Beyond U+10FFFF (possible where nothing is checked) the plane number keeps its low four bits.
      const high = 0xd800 | ((((code >> 16) - 1) & 15) << 6) | ((code >> 10) & 0x3f);
      const low = 0xdc00 | (code & 0x3ff);
      out.push(high >> 8, high & 0xff, low >> 8, low & 0xff);
    }
  },
};

const utf32: Encoding = {
  size: (data, at) => (at + 4 > data.length ? INCOMPLETE : 4),
  decode(data, at) {
    if (data[at] !== 0) return INVALID;
    const code = data[at + 1]! * 0x1_0000 + data[at + 2]! * 256 + data[at + 3]!;
    return (code >= 0xd800 && code < 0xdc00) || code > 0x10_ffff ? INVALID : code;
  },
  encode(code, out) {
    out.push(0, (code >> 16) & 0xff, (code >> 8) & 0xff, code & 0xff);
  },
};

/** What became of a run of characters: bytes read and written, and the code that ended it, if any did. */
interface Run {
  read: number;
  out: number[];
  cc: number | undefined;
}

/**
 * Converts characters that lie whole in `data`, as long as the result has room. `final`: no byte follows
 * `data`.
 */
function convertRun(
  from: Encoding, to: Encoding, data: Uint8Array, room: number, roomIsAll: boolean, final: boolean,
  checked: boolean,
): Run {
  const run: Run = { read: 0, out: [], cc: undefined };
  for (;;) {
    const size = from.size(data, run.read, checked);
    if (size === INVALID) run.cc = 2;
    if (size === INVALID) return run;
    if (size === INCOMPLETE || run.read + size > data.length) {
      if (final) run.cc = 0;
      return run;
    }
    const code = from.decode(data, run.read, size, checked);
    if (code === INVALID) run.cc = 2;
    if (code === INVALID) return run;
    const before = run.out.length;
    to.encode(code, run.out);
    if (run.out.length > room) {
      run.out.length = before;
      if (roomIsAll) run.cc = 1;
      return run;
    }
    run.read += size;
  }
}

/** Longest character of any form. */
const LONGEST = 4;

function convert(from: Encoding, to: Encoding, hasMask: boolean) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const checked = hasMask && (f.m3 & WELL_FORMED) !== 0;
    const target = new LongOperand(cpu, f.r1);
    const source = new LongOperand(cpu, f.r2);
    let budget = cpu.unitsPerExecution;
    while (budget > 0) {
      let run = convertPiece(cpu, from, to, source, target, budget, checked);
      // No character lies whole in this page (or its result does not): take one across the page's end.
      if (run.read === 0 && run.cc === undefined) run = convertOne(from, to, source, target, checked);
      if (run.out.length > 0) target.store(Uint8Array.from(run.out));
      target.advance(run.out.length);
      source.advance(run.read);
      if (run.cc !== undefined) {
        cpu.cc = run.cc;
        return;
      }
      budget -= run.read;
    }
    cpu.cc = 3;
  };
}

function convertPiece(
  cpu: HelperCpu, from: Encoding, to: Encoding, source: LongOperand, target: LongOperand, budget: number,
  checked: boolean,
): Run {
  const limit = Math.min(budget, 512, cpu.toPageEnd(source.address));
  const bytes = Math.min(limit, Number(source.length));
  const data = bytes > 0 ? source.load(bytes) : new Uint8Array(0);
  const room = Math.min(cpu.toPageEnd(target.address), Number(target.length));
  return convertRun(
    from, to, data, room, room === Number(target.length), bytes === Number(source.length), checked,
  );
}

/** One character, its bytes fetched only as far as its first ones say it goes. */
function convertOne(
  from: Encoding, to: Encoding, source: LongOperand, target: LongOperand, checked: boolean,
): Run {
  const available = Math.min(LONGEST, Number(source.length));
  let data: Uint8Array = new Uint8Array(0);
  for (let bytes = 1; bytes <= available; bytes++) {
    data = source.load(bytes);
    const size = from.size(data, 0, checked);
    if (size === INVALID || (size !== INCOMPLETE && size <= bytes)) break;
  }
  const room = Math.min(LONGEST, Number(target.length));
  // LONGEST bytes of room are always enough for one character, so too little room here means the operand's
  // end.
  const one = convertRun(from, to, data, room, true, data.length === Number(source.length), checked);
  if (one.read > 0) one.cc = undefined;
  return one;
}

/** Without the ETF3-enhancement these had no mask; it is an optional operand of the first four. */
export const convertUnicode: readonly Instruction[] = [
  helper("cu12", "RRF-c", 0xb2a7, convert(utf8, utf16, true), { check: evenR1R2 }),
  helper("cu21", "RRF-c", 0xb2a6, convert(utf16, utf8, true), { check: evenR1R2 }),
  helper("cu14", "RRF-c", 0xb9b0, convert(utf8, utf32, true), { check: evenR1R2 }),
  helper("cu24", "RRF-c", 0xb9b1, convert(utf16, utf32, true), { check: evenR1R2 }),
  helper("cu41", "RRE", 0xb9b2, convert(utf32, utf8, false), { check: evenR1R2 }),
  helper("cu42", "RRE", 0xb9b3, convert(utf32, utf16, false), { check: evenR1R2 }),
];
