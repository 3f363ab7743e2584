/**
 * Vector loads and stores, transfers between general and vector registers, generated masks (Principles of
 * Operation, chapter 21, "Vector Support Instructions").
 *
 * Invariant: storage is reached before any register is written, and never beyond the bytes the manual names,
 * except inside the page of the first one.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, op, Program, type Instruction } from "./instruction.ts";
import type { Address, Builder, Field, Fields, Meaning } from "./semantics.ts";
import * as V from "./vectorElement.ts";
import { bySize, byValue, sized, vector, type Size } from "./vectorElement.ts";
import { addressOf, bytesOf, elementLimit, elementLoad, elementStore } from "./vectorStorage.ts";

const element = (s: Builder, size: Size, a: Address): Val =>
  size === 3 ? s.load(8, a) : s.load32(bytesOf(size) as 1 | 2 | 4, a);
const loadElement = (name: string, opcode: number, size: Size): Instruction =>
  elementLoad(name, opcode, size, element);
const storeElement = (name: string, opcode: number, size: Size): Instruction =>
  elementStore(name, opcode, size, (_s, value) => value);

const loadElementImmediate = (name: string, opcode: number, size: Size): Instruction =>
  op(
    name,
    "VRI-a",
    opcode,
    (s, f) => {
      const value = size === 3 ? s.s64(f.i2) : s.i32(f.i2);
      s.setVr(f.v1, V.withElement(size, s.vr(f.v1), s.i32(f.m3), value));
    },
    vector(elementLimit(size), { syntax: "v1,i2,m3" }),
  );

const loadAndReplicate: Meaning = (s, f) =>
  bySize(s, f.m3, V.ALL, (size) => {
    s.setVr(f.v1, V.splat(size, element(s, size, addressOf(s, f))));
  });

/** The element goes to the right of doubleword 0; code 6 puts a word to its left. */
const loadLogicalElement: Meaning = (s, f) =>
  byValue(s, s.i32(f.m3), [0, 1, 2, 3, 6], (code) => {
    const size = (code === 6 ? 2 : code) as Size;
    const value = s.load(bytesOf(size), addressOf(s, f));
    s.setVr(f.v1, V.pair(code === 6 ? E.shl64(value, k64(32)) : value, k64(0)));
  });

/** At most 16 bytes, all in the page of the first unless they go into the next; the others become 0. */
function loadBytes(s: Builder, f: Fields, a: Address, length: Val): void {
  const at = s.let(a.value);
  const count = s.let(length);
  const offset = s.let(E.and32(E.wrap(at), k32(4095)));
  const kept = (v: Val): Val => V.and(v, V.greater(0)(V.splat(0, count), V.elementNumbers));
  const isNearEnd = E.and32(E.gtu32(offset, k32(4080)), E.leu32(E.add32(offset, count), k32(4096)));
  s.if(
    isNearEnd,
    () => {
      const around = s.load128({ value: E.and64(at, k64(-16n)), base: a.base });
      const shift = V.splat(0, E.and32(E.wrap(at), k32(15)));
      s.setVr(f.v1, kept(V.swizzle(around, V.sub(0)(V.laneNumbers, shift))));
    },
    () => {
      const value = s.load128({ value: at, base: a.base });
      s.setVr(f.v1, kept(value));
    },
  );
}

const atMost16 = (s: Builder, v: Val): Val => {
  const value = s.let(v);
  return E.select(E.ltu32(value, k32(16)), value, k32(16));
};
/** Bytes of VLL and VSTL: one more than the register says, at most 16. */
const lengthIn = (s: Builder, r: Field): Val =>
  s.let(E.add32(E.select(E.ltu32(s.low(r), k32(15)), s.low(r), k32(15)), k32(1)));

/** Bytes up to the next multiple of 64 << m3, at most 16. */
function toBoundary(s: Builder, a: Val, m3: Field): Val {
  const block = E.shl32(k32(64), s.i32(m3));
  const boundary = s.let(block);
  return s.let(atMost16(s, E.sub32(boundary, E.and32(E.wrap(a), E.sub32(boundary, k32(1))))));
}

function storeBytes(s: Builder, f: Fields): void {
  const a = s.address(f.b2, f.d2);
  const start: Address = { value: s.let(a.value), base: a.base };
  const length = lengthIn(s, f.r3);
  const value = s.let(s.vr(f.v1));
  s.probe(start, length, "write");
  s.if(
    E.eq32(length, k32(16)),
    () => s.store128(start, value),
    () => {
      const rest = s.variable(V.high(value));
      const at = s.variable(k64(0));
      for (const size of [8, 4, 2, 1] as const)
        s.if(E.and32(length, k32(size)), () => {
          s.store(size, s.plus(start, at.get()), E.shru64(rest.get(), k64(64 - 8 * size)));
          rest.set(size === 8 ? V.low(value) : E.shl64(rest.get(), k64(8 * size)));
          at.set(E.add64(at.get(), k64(size)));
        });
    },
  );
}

/** The k-th register after r. Predecoded register fields are multiples of 8 (cpu/handlers.ts). */
const following = (r: Field, k: number): Field => (typeof r === "number" ? r + k : E.add32(r, k32(8 * k)));

/** Every register of a run with the offset of its place in storage. */
function forRun(s: Builder, f: Fields, body: (r: Field, offset: Val) => void): void {
  const count = s.let(s.registerCount(f.v1, f.v3));
  for (let k = 0; k < 16; k++) {
    const register = following(f.v1, k);
    const present = count.isConst ? k32(Number(count.imm) > k ? 1 : 0) : E.gtu32(count, k32(k));
    s.if(present, () => body(register, k64(16 * k)));
    if (count.isConst && Number(count.imm) === k + 1) break;
  }
}
const runCheck = (f: RawFields): number => (f.v3 < f.v1 || f.v3 - f.v1 > 15 ? Program.specification : 0);

function multiple(kind: "read" | "write"): Meaning {
  return (s, f) => {
    const a = s.address(f.b2, f.d2);
    const start: Address = { value: s.let(a.value), base: a.base };
    s.probe(start, E.shl32(s.registerCount(f.v1, f.v3), k32(4)), kind);
    forRun(s, f, (r, offset) => {
      if (kind === "read") s.setVr(r, s.load128(s.plus(start, offset)));
      else s.store128(s.plus(start, offset), s.vr(r));
    });
  };
}

/** GATHER and SCATTER ELEMENT: the element of the second operand is added to the address. */
function scattered(name: string, opcode: number, size: 2 | 3, isLoad: boolean): Instruction {
  const width = 8n << BigInt(size);
  const bytes = bytesOf(size);
  return helper(
    name,
    "VRV",
    opcode,
    (cpu: HelperCpu, f) => {
      const shift = 128n - width * BigInt(f.m3 + 1);
      const mask = ((1n << width) - 1n) << shift;
      const a = cpu.wrap(cpu.address(f.b2, f.d2) + ((cpu.vr(f.v2) & mask) >> shift));
      if (isLoad) cpu.setVr(f.v1, (cpu.vr(f.v1) & ~mask) | (cpu.load(a, bytes, f.b2) << shift));
      else cpu.store(a, bytes, (cpu.vr(f.v1) & mask) >> shift, f.b2);
    },
    vector(elementLimit(size)),
  );
}

/** Each bit of the mask becomes a byte. */
const generateByteMask: Meaning = (s, f) => {
  const mask = s.i32(f.i2);
  if (mask.isConst) {
    let bits = 0n;
    for (let i = 0; i < 16; i++) if ((Number(mask.imm) >> i) & 1) bits |= 0xffn << BigInt(8 * i);
    s.setVr(f.v1, V.constant(bits));
    return;
  }
  const spread = V.swizzle(V.splat(1, mask), V.constant(0x01010101010101010000000000000000n));
  const bits = V.constant(V.replicated(3, 0x8040201008040201n));
  s.setVr(f.v1, V.equal(0)(V.and(spread, bits), bits));
};

/** Bits i2 to i3 of every element, with wrap-around. */
const generateMask: Meaning = (s, f) =>
  bySize(s, f.m4, V.ALL, (size) => {
    const width = 8 << size;
    const ones = k64((1n << BigInt(width)) - 1n);
    const first = s.let(E.and64(s.u64(f.i2), k64(width - 1)));
    const last = s.let(E.and64(s.u64(f.i3), k64(width - 1)));
    const head = E.shru64(ones, first);
    const tail = E.shl64(ones, E.sub64(k64(width - 1), last));
    const mask = E.select(E.leu64(first, last), E.and64(head, tail), E.or64(head, tail));
    s.setVr(f.v1, V.splat(size, mask));
  });

const replicate: Meaning = (s, f) =>
  bySize(s, f.m4, V.ALL, (size) => {
    s.setVr(f.v1, V.replicateElement(size, s.vr(f.v3), s.i32(f.i2)));
  });
const replicateImmediate: Meaning = (s, f) =>
  bySize(s, f.m3, V.ALL, (size) => {
    s.setVr(f.v1, V.splat(size, size === 3 ? s.s64(f.i2) : s.i32(f.i2)));
  });

/** Element number from an address, as i32. */
const index = (s: Builder, f: Fields, size: Size): Val =>
  s.let(E.and32(E.wrap(s.address(f.b2, f.d2).value), k32((16 >> size) - 1)));
const toGeneral: Meaning = (s, f) =>
  bySize(s, f.m4, V.ALL, (size) => {
    s.setGpr(f.r1, V.elementOf(size, s.vr(f.v3), index(s, f, size)));
  });
const fromGeneral: Meaning = (s, f) =>
  bySize(s, f.m4, V.ALL, (size) => {
    const value = size === 3 ? s.gpr(f.r3) : s.low(f.r3);
    s.setVr(f.v1, V.withElement(size, s.vr(f.v1), index(s, f, size), value));
  });

const replicateCheck = (f: RawFields): number => (f.m4 > 3 || f.i2 >= 16 >> f.m4 ? Program.specification : 0);
const logicalCheck = (f: RawFields): number => (f.m3 > 3 && f.m3 !== 6 ? Program.specification : 0);
const boundaryCheck = (f: RawFields): number => (f.m3 > 6 ? Program.specification : 0);

export const vectorLoad: readonly Instruction[] = [
  op("vl", "VRX", 0xe706, (s, f) => s.setVr(f.v1, s.load128(addressOf(s, f))), vector()),
  op("vst", "VRX", 0xe70e, (s, f) => s.store128(addressOf(s, f), s.vr(f.v1)), vector()),
  op("vlr", "VRR-a", 0xe756, (s, f) => s.setVr(f.v1, s.vr(f.v2)), vector(undefined, { syntax: "v1,v2" })),
  op("vlm", "VRS-a", 0xe736, multiple("read"), vector(runCheck)),
  op("vstm", "VRS-a", 0xe73e, multiple("write"), vector(runCheck)),
  op("vlrep", "VRX", 0xe705, loadAndReplicate, sized("m3", 3, { syntax: "v1,d2(x2,b2),m3" })),
  op("vllez", "VRX", 0xe704, loadLogicalElement, vector(logicalCheck, { syntax: "v1,d2(x2,b2),m3" })),
  loadElement("vleb", 0xe700, 0),
  loadElement("vleh", 0xe701, 1),
  loadElement("vlef", 0xe703, 2),
  loadElement("vleg", 0xe702, 3),
  storeElement("vsteb", 0xe708, 0),
  storeElement("vsteh", 0xe709, 1),
  storeElement("vstef", 0xe70b, 2),
  storeElement("vsteg", 0xe70a, 3),
  loadElementImmediate("vleib", 0xe740, 0),
  loadElementImmediate("vleih", 0xe741, 1),
  loadElementImmediate("vleif", 0xe743, 2),
  loadElementImmediate("vleig", 0xe742, 3),
  op(
    "vlbb",
    "VRX",
    0xe707,
    (s, f) => {
      const a = addressOf(s, f);
      const start: Address = { value: s.let(a.value), base: a.base };
      loadBytes(s, f, start, toBoundary(s, start.value, f.m3));
    },
    vector(boundaryCheck, { syntax: "v1,d2(x2,b2),m3" }),
  ),
  op(
    "vll",
    "VRS-b",
    0xe737,
    (s, f) => loadBytes(s, f, s.address(f.b2, f.d2), lengthIn(s, f.r3)),
    vector(undefined, { syntax: "v1,r3,d2(b2)" }),
  ),
  op("vstl", "VRS-b", 0xe73f, storeBytes, vector(undefined, { syntax: "v1,r3,d2(b2)" })),
  scattered("vgef", 0xe713, 2, true),
  scattered("vgeg", 0xe712, 3, true),
  scattered("vscef", 0xe71b, 2, false),
  scattered("vsceg", 0xe71a, 3, false),
  op("vgbm", "VRI-au", 0xe744, generateByteMask, vector(undefined, { syntax: "v1,i2" })),
  op("vgm", "VRI-b", 0xe746, generateMask, sized("m4", 3, { syntax: "v1,i2,i3,m4" })),
  op("vrep", "VRI-c", 0xe74d, replicate, vector(replicateCheck, { syntax: "v1,v3,i2,m4" })),
  op("vrepi", "VRI-a", 0xe745, replicateImmediate, sized("m3", 3, { syntax: "v1,i2,m3" })),
  op("vlgv", "VRS-c", 0xe721, toGeneral, sized("m4", 3, { syntax: "r1,v3,d2(b2),m4" })),
  op("vlvg", "VRS-b", 0xe722, fromGeneral, sized("m4", 3, { syntax: "v1,r3,d2(b2),m4" })),
  op("vlvgp", "VRR-f", 0xe762, (s, f) => s.setVr(f.v1, V.pair(s.gpr(f.r2), s.gpr(f.r3))), vector()),
];
