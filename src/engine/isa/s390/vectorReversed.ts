/**
 * Vector loads and stores with reversed bytes or elements (Principles of Operation, chapter 21;
 * vector-enhancements facility 2), and BIT PERMUTE of facility 1.
 */
import * as E from "../../wasm/value.ts";
import { k64, type Val } from "../../wasm/value.ts";
import { helper, op, Program, type Instruction } from "./instruction.ts";
import type { Address, Builder, Meaning } from "./semantics.ts";
import * as V from "./vectorElement.ts";
import { byValue, bySize, vector, type Size } from "./vectorElement.ts";
import { addressOf, bytesOf, elementLoad, elementStore } from "./vectorStorage.ts";

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Bytes of every element in reverse; size 4 is the whole register. */
const bytesReversed = (size: number, v: Val): Val =>
  V.shuffle(
    v,
    V.zero,
    range(16).map((i) => i ^ ((1 << size) - 1)),
  );
const elementsReversed = (size: Size, v: Val): Val =>
  V.shuffleElements(
    size,
    v,
    V.zero,
    range(16 >> size).map((i) => (16 >> size) - 1 - i),
  );

/** A scalar (i64) with its bytes reversed, by way of a vector. */
const scalarReversed = (size: Size, value: Val): Val =>
  E.shru64(V.low(bytesReversed(3, V.splat(3, value))), k64(64 - (8 << size)));
const element = (s: Builder, size: Size, a: Address): Val =>
  s.let(scalarReversed(size, s.load(bytesOf(size), a)));
/** As narrow as elements of the size are held: i32 but for doublewords. */
const narrow = (s: Builder, size: Size, value: Val): Val => (size === 3 ? value : s.let(E.wrap(value)));

const FACILITY = { facility: 148 } as const;
const loadElement = (name: string, opcode: number, size: Size): Instruction =>
  elementLoad(name, opcode, size, (s, _size, a) => narrow(s, size, element(s, size, a)), FACILITY);
const storeElement = (name: string, opcode: number, size: Size): Instruction =>
  elementStore(name, opcode, size, (s, value) => s.let(scalarReversed(size, value)), FACILITY);

const SIZES = [1, 2, 3] as const;
const whole =
  (change: (size: number, v: Val) => Val, sizes: readonly number[], isLoad: boolean): Meaning =>
  (s, f) =>
    byValue(s, s.i32(f.m3), sizes, (size) => {
      if (isLoad) s.setVr(f.v1, change(size, s.load128(addressOf(s, f))));
      else s.store128(addressOf(s, f), s.let(change(size, s.let(s.vr(f.v1)))));
    });

const between = (least: number, most: number, facility: number) =>
  vector((f) => (f.m3 < least || f.m3 > most ? Program.specification : 0), {
    facility,
    syntax: "v1,d2(x2,b2),m3",
  });

/** Sixteen chosen bits of the second operand, right in doubleword 0; numbers above 127 choose 0. */
function permutedBits(value: bigint, numbers: bigint): bigint {
  let bits = 0n;
  for (let at = 120n; at >= 0n; at -= 8n) {
    const number = (numbers >> at) & 0xffn;
    bits = (bits << 1n) | (number < 128n ? (value >> (127n - number)) & 1n : 0n);
  }
  return bits << 64n;
}

export const vectorReversed: readonly Instruction[] = [
  loadElement("vlebrh", 0xe601, 1),
  loadElement("vlebrf", 0xe603, 2),
  loadElement("vlebrg", 0xe602, 3),
  storeElement("vstebrh", 0xe609, 1),
  storeElement("vstebrf", 0xe60b, 2),
  storeElement("vstebrg", 0xe60a, 3),
  op(
    "vllebrz",
    "VRX",
    0xe604,
    (s, f) =>
      byValue(s, s.i32(f.m3), [1, 2, 3, 6], (code) => {
        const value = element(s, (code === 6 ? 2 : code) as Size, addressOf(s, f));
        s.setVr(f.v1, V.pair(code === 6 ? E.shl64(value, k64(32)) : value, k64(0)));
      }),
    vector((f) => ([1, 2, 3, 6].includes(f.m3) ? 0 : Program.specification), {
      facility: 148,
      syntax: "v1,d2(x2,b2),m3",
    }),
  ),
  op(
    "vlbrrep",
    "VRX",
    0xe605,
    (s, f) =>
      bySize(s, f.m3, SIZES, (size) => {
        s.setVr(f.v1, V.splat(size, element(s, size, addressOf(s, f))));
      }),
    between(1, 3, 148),
  ),
  op("vlbr", "VRX", 0xe606, whole(bytesReversed, [1, 2, 3, 4], true), between(1, 4, 148)),
  op("vstbr", "VRX", 0xe60e, whole(bytesReversed, [1, 2, 3, 4], false), between(1, 4, 148)),
  op(
    "vler",
    "VRX",
    0xe607,
    whole((size, v) => elementsReversed(size as Size, v), SIZES, true),
    between(1, 3, 148),
  ),
  op(
    "vster",
    "VRX",
    0xe60f,
    whole((size, v) => elementsReversed(size as Size, v), SIZES, false),
    between(1, 3, 148),
  ),
  helper(
    "vbperm",
    "VRR-c",
    0xe785,
    (cpu, f) => cpu.setVr(f.v1, permutedBits(cpu.vr(f.v2), cpu.vr(f.v3))),
    vector(undefined, { facility: 135, syntax: "v1,v2,v3" }),
  ),
];
