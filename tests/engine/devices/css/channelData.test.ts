/**
 * The storage side of a channel command, byte by byte: where each byte of a data chain lies, in random chains
 * with indirect lists, skipping, transfers in channel and everything that can be wrong (PoP, chapter 15).
 */
import { expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { fetchCcw } from "../../../../src/engine/devices/css/ccw.ts";
import { ChainedData } from "../../../../src/engine/devices/css/channelData.ts";
import { GuestMemory } from "../../../../src/engine/memory/guestMemory.ts";

const RAM = 0x1_0000;
const PROGRAM = 0x1000, OTHER = 0x1800, LISTS = 0x2000, DATA = 0x4000;
/** What lists hold: a block begins anywhere once, then at its boundary. */
const BLOCKS = [DATA, DATA + 0x7fe, DATA + 0x800, DATA + 0x1000, DATA + 0x801, RAM - 0x800, RAM];
const CHAIN = 0x80, SKIP = 0x10, CONTROLLED = 0x08, INDIRECT = 0x04, SUSPEND = 0x02, RESERVED = 0x01;
const FORMAT_1 = 0x80, FORMAT_2_LIST = 0x02, SMALL_BLOCKS = 0x01;
const PROGRAM_CHECK = 0x20;

interface Ccw {
  readonly code: number;
  readonly flags: number;
  readonly count: number;
  readonly address: number;
}

function put(memory: GuestMemory, at: number, ccw: Ccw, isFormat1: boolean): void {
  const { code, flags, count, address } = ccw;
  const words = isFormat1 ? [(code << 24) | (flags << 16) | count, address]
    : [(code << 24) | address, (flags << 24) | count];
  words.forEach((word, index) => memory.setU32(at + 4 * index, word >>> 0, "loader"));
}

/** The CCW that continues the data chain behind `at`, and where it is; undefined if there is none. */
function next(
  memory: GuestMemory, at: number, isFormat1: boolean,
): { readonly at: number; readonly ccw: Ccw } | undefined {
  const read = (from: number): Ccw | undefined => {
    if (from % 8 !== 0 || from + 8 > RAM) return undefined;
    const [high, low] = [memory.u32(from), memory.u32(from + 4)];
    return isFormat1 ? { code: high >>> 24, flags: (high >>> 16) & 255, count: high & 0xffff, address: low }
      : { code: high >>> 24, flags: low >>> 24, count: low & 0xffff, address: high & 0xff_ffff };
  };
  const isTransfer = ({ code }: Ccw): boolean => (isFormat1 ? code === 8 : code % 16 === 8);
  let from = at + 8;
  let ccw = read(from);
  if (ccw && isTransfer(ccw)) {
    if (isFormat1 && (ccw.flags !== 0 || ccw.count !== 0)) return undefined;
    from = ccw.address;
    ccw = read(from);
    if (ccw && isTransfer(ccw)) return undefined;
  }
  if (!ccw || ccw.flags & (RESERVED | SUSPEND)) return undefined;
  if (ccw.count === 0 && (!isFormat1 || ccw.flags & CHAIN)) return undefined;
  return isFormat1 && ccw.address >= 0x8000_0000 ? undefined : { at: from, ccw };
}

/** Addresses of the bytes of one CCW, as far as they are valid. */
function bytesOf(memory: GuestMemory, { flags, count, address }: Ccw, orb: number): number[] {
  const bytes: number[] = [];
  if (!(flags & INDIRECT)) {
    for (let byte = 0; byte < count && address + byte < RAM; byte++) bytes.push(address + byte);
    return bytes;
  }
  const size = orb & FORMAT_2_LIST ? 8 : 4;
  const block = orb & FORMAT_2_LIST && !(orb & SMALL_BLOCKS) ? 4096 : 2048;
  for (let word = address; bytes.length < count; word += size) {
    if (address % size !== 0 || word + size > RAM) return bytes;
    const at = size === 8 ? Number(memory.u64(word)) : memory.u32(word);
    if (at >= RAM || (bytes.length > 0 && at % block !== 0)) return bytes;
    for (let byte = at; bytes.length < count && (byte === at || byte % block !== 0); byte++) {
      if (byte >= RAM) return bytes;
      bytes.push(byte);
    }
  }
  return bytes;
}

it("each byte is where its CCW or its list says, and no transfer reaches one that is nowhere", () => {
  const prng = new Prng(21);
  const seen = { checked: 0, whole: 0, broken: 0, indirect: 0 };
  const memory = GuestMemory.standalone(RAM);
  for (let round = 0; round < 500; round++) {
    const isFormat1 = prng.below(3) > 0;
    const orb = (isFormat1 ? FORMAT_1 : 0) | prng.below(4);
    memory.fill(0, RAM, 0, "loader");
    for (let at = 0; at < 64; at += 4) {
      const address = prng.pick(BLOCKS);
      memory.setU32(LISTS + at, at % 8 === 0 && orb & FORMAT_2_LIST ? 0 : address, "loader");
    }
    const one = (isLast: boolean): Ccw => ({
      code: prng.below(12) ? 2 : 8,
      flags: (isLast ? 0 : CHAIN) | (prng.below(4) ? 0 : SKIP) | (prng.below(3) ? 0 : INDIRECT)
        | (prng.below(6) ? 0 : CONTROLLED) | (prng.below(30) ? 0 : SUSPEND) | (prng.below(30) ? 0 : RESERVED),
      count: prng.pick([1, 2, 3, 5, 5, 0x803, prng.below(30) ? 4 : 0]),
      address: prng.pick([DATA, DATA + 0x100, RAM - 3, LISTS, LISTS, LISTS + 8, LISTS + 4, OTHER, RAM - 4]),
    });
    const length = 1 + prng.below(4);
    for (let at = 0; at < 4; at++) {
      put(memory, PROGRAM + 8 * at, one(at >= length - 1), isFormat1);
      put(memory, OTHER + 8 * at, one(at >= 2), isFormat1);
    }
    memory.setU8(PROGRAM, 2, "loader");
    const first = fetchCcw(memory, PROGRAM, isFormat1)!;
    const chain: { ccw: Ccw; end: number }[] = [];
    const places: { at: number; skip: boolean }[] = [];
    let total = 0, isValid = true, isBroken = false;
    let current: { at: number; ccw: Ccw } | undefined =
      { at: PROGRAM, ccw: { ...first, address: first.dataAddress } };
    while (current) {
      const { ccw } = current;
      const bytes: number[] = isValid ? bytesOf(memory, ccw, orb) : [];
      places.push(...bytes.map((at) => ({ at, skip: (ccw.flags & SKIP) !== 0 })));
      isValid &&= bytes.length === ccw.count;
      total += ccw.count;
      chain.push({ ccw, end: total });
      if (!(ccw.flags & CHAIN)) break;
      current = next(memory, current.at, isFormat1);
      if (!current) isBroken = true;
      if (chain.length > 8) break;
    }
    if (chain.length > 8) continue;
    const offset = prng.below(4), size = prng.pick([0, 1, 3, 7, total - offset, total, 0x900]);
    if (size < 0) continue;
    const data = new ChainedData(memory, first, orb);
    expect([data.length, data.programControlled])
      .toEqual([total, chain.some(({ ccw }) => ccw.flags & CONTROLLED)]);
    places.forEach(({ at }, index) => memory.setU8(at, (index * 7 + 1) & 255, "loader"));
    const isTooLong = offset + size > total && !isBroken;
    const isDone = !isTooLong && offset + size <= places.length;
    const wanted = places.slice(offset, offset + size).map(({ at }) => memory.u8(at));
    const got = data.read(offset, size);
    expect(got && [...got], `round ${round}`).toEqual(isDone ? wanted : undefined);
    expect(data.failure).toBe(isDone || isTooLong ? 0 : PROGRAM_CHECK);
    const transferred = isDone ? offset + size : 0;
    const control = chain.find(({ end }) => end >= transferred) ?? chain.at(-1)!;
    const { ccw, residual } = data.ending();
    expect([ccw.count, ccw.flags, residual])
      .toEqual([control.ccw.count, control.ccw.flags, control.end - transferred]);
    const before = memory.read(0, RAM);
    const isWritten = data.write(offset, new Uint8Array(size).fill(0xee));
    expect(isWritten).toBe(isDone);
    if (isDone) for (const { at, skip } of places.slice(offset, offset + size)) if (!skip) before[at] = 0xee;
    expect(Buffer.compare(memory.read(0, RAM), before)).toBe(0);
    // After a check nothing is transferred any more.
    if (data.failure !== 0) expect(data.read(0, 0)).toBeUndefined();
    seen[isDone ? "whole" : "checked"]++;
    if (isBroken) seen.broken++;
    if (first.flags & INDIRECT && isDone && size > 0) seen.indirect++;
  }
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
});
