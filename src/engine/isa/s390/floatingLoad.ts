/**
 * Floating-point support: loads, stores and sign operations that are the same for all radices, transfers
 * between general and floating-point registers, and the FPC register (Principles of Operation, chapter 9,
 * "Floating-point-support instructions").
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import { helper, op, Program, type Instruction } from "./instruction.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import type { Meaning } from "./semantics.ts";

const hfp = { floating: "hfp" } as const;
const bfp = { floating: "bfp" } as const;
const SIGN = 1n << 63n;
/** Bits of the FPC that exist: masks, flags, DXC, DFP and BFP rounding modes. */
const FPC_BITS = 0xfcfcff77;
const BFP_ROUNDING_RESERVED = (mode: number): boolean => mode > 3 && mode < 7;

const extendedPair = (n: number): boolean => (n & 2) !== 0;
const pairs = (f: RawFields): number =>
  extendedPair(f.r1) || extendedPair(f.r2) ? Program.specification : 0;
const pair1 = (f: RawFields): number => (extendedPair(f.r1) ? Program.specification : 0);

const sign =
  (change: (v: Val, f2: Val) => Val): Meaning =>
  (s, f) =>
    s.setFpr(f.r1, change(s.fpr(f.r2), s.fpr(f.r3)));

function loadFpc(cpu: HelperCpu, value: number): void {
  if (value & ~FPC_BITS || BFP_ROUNDING_RESERVED(value & 7)) cpu.program(Program.specification);
  cpu.fpc = value >>> 0;
}

export const floatingLoad: readonly Instruction[] = [
  op("le", "RX-a", 0x78, (s, f) => s.setFprShort(f.r1, s.load32(4, s.address(f.b2, f.d2, f.x2))), hfp),
  op("ley", "RXY-a", 0xed64, (s, f) => s.setFprShort(f.r1, s.load32(4, s.address(f.b2, f.d2, f.x2))), {
    ...hfp,
    facility: 18,
  }),
  op("ler", "RR", 0x38, (s, f) => s.setFprShort(f.r1, s.fprShort(f.r2)), hfp),
  op("ld", "RX-a", 0x68, (s, f) => s.setFpr(f.r1, s.load(8, s.address(f.b2, f.d2, f.x2))), hfp),
  op("ldy", "RXY-a", 0xed65, (s, f) => s.setFpr(f.r1, s.load(8, s.address(f.b2, f.d2, f.x2))), {
    ...hfp,
    facility: 18,
  }),
  op("ldr", "RR", 0x28, (s, f) => s.setFpr(f.r1, s.fpr(f.r2)), hfp),
  helper("lxr", "RRE", 0xb365, (cpu, f) => cpu.setFprPair(f.r1, cpu.fprPair(f.r2)), { ...hfp, check: pairs }),
  op("lzer", "RRE", 0xb374, (s, f) => s.setFprShort(f.r1, k32(0)), { ...hfp, syntax: "r1" }),
  op("lzdr", "RRE", 0xb375, (s, f) => s.setFpr(f.r1, k64(0)), { ...hfp, syntax: "r1" }),
  helper("lzxr", "RRE", 0xb376, (cpu, f) => cpu.setFprPair(f.r1, 0n), { ...hfp, syntax: "r1", check: pair1 }),
  op("ste", "RX-a", 0x70, (s, f) => s.store(4, s.address(f.b2, f.d2, f.x2), s.fprShort(f.r1)), hfp),
  op("stey", "RXY-a", 0xed66, (s, f) => s.store(4, s.address(f.b2, f.d2, f.x2), s.fprShort(f.r1)), {
    ...hfp,
    facility: 18,
  }),
  op("std", "RX-a", 0x60, (s, f) => s.store(8, s.address(f.b2, f.d2, f.x2), s.fpr(f.r1)), hfp),
  op("stdy", "RXY-a", 0xed67, (s, f) => s.store(8, s.address(f.b2, f.d2, f.x2), s.fpr(f.r1)), {
    ...hfp,
    facility: 18,
  }),
  op("lgdr", "RRE", 0xb3cd, (s, f) => s.setGpr(f.r1, s.fpr(f.r2)), { facility: 41 }),
  op("ldgr", "RRE", 0xb3c1, (s, f) => s.setFpr(f.r1, s.gpr(f.r2)), { facility: 41 }),
  op("lcdfr", "RRE", 0xb373, (s, f) => s.setFpr(f.r1, E.xor64(s.fpr(f.r2), k64(SIGN))), {
    ...hfp,
    facility: 41,
  }),
  op("lndfr", "RRE", 0xb371, (s, f) => s.setFpr(f.r1, E.or64(s.fpr(f.r2), k64(SIGN))), {
    ...hfp,
    facility: 41,
  }),
  op("lpdfr", "RRE", 0xb370, (s, f) => s.setFpr(f.r1, E.and64(s.fpr(f.r2), k64(SIGN - 1n))), {
    ...hfp,
    facility: 41,
  }),
  op(
    "cpsdr",
    "RRF-b",
    0xb372,
    sign((v, f3) => E.or64(E.and64(v, k64(SIGN - 1n)), E.and64(f3, k64(SIGN)))),
    { ...hfp, facility: 41, syntax: "r1,r3,r2" },
  ),
  helper(
    "lfpc",
    "S",
    0xb29d,
    (cpu, f) => loadFpc(cpu, Number(cpu.load(cpu.address(f.b2, f.d2), 4, f.b2))),
    bfp,
  ),
  op("stfpc", "S", 0xb29c, (s, f) => s.store(4, s.address(f.b2, f.d2), s.state("fpc")), bfp),
  helper("sfpc", "RRE", 0xb384, (cpu, f) => loadFpc(cpu, cpu.grLow(f.r1)), { ...bfp, syntax: "r1" }),
  op("efpc", "RRE", 0xb38c, (s, f) => s.setLow(f.r1, s.state("fpc")), { ...bfp, syntax: "r1" }),
];
