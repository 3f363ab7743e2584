/**
 * RESUME PROGRAM (Principles of Operation, chapter 10): back to where an exit routine was called from, with
 * the general and the access register of B2 restored as the last act.
 *
 * A list behind the instruction, or behind the EXECUTE that it is the target of, says where in the second
 * operand things are: flags (bit 13 whole PSW, 14 whole general register, 15 its halves apart), offsets of
 * PSW, access register, general register and, if apart, of its left half. Invariant: everything is fetched
 * and checked before anything is changed.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";
import { PswMask, addressBitsOf } from "./pswMask.ts";
import { crossHome } from "./spaceNumber.ts";
import { branchTaken, putTraceEntry } from "./tracing.ts";

const HOME = 3;
const Flag = { wholePsw: 4, wholeRegister: 2, halvesApart: 1 } as const;
const RESERVED = 0xfff8;
/** Of the PSW: address-space control, condition code and program mask, and the addressing mode. */
const RESTORED = (0xffn << 40n) | PswMask.mode;

interface List {
  readonly flags: number;
  /** Offsets of PSW, access register, general register and its left half. */
  readonly offsets: readonly [number, number, number, number];
}

function listBehind(cpu: HelperCpu): List {
  const { control } = cpu;
  const at = control.pswAddress();
  const space = control.addressSpace === HOME ? HOME : 0;
  const halfword = (n: number): number => {
    const bytes = control.loadBytesIn(space, control.key, cpu.wrap(at + BigInt(2 * n)), 2, 0);
    return (bytes[0]! << 8) | bytes[1]!;
  };
  const flags = halfword(0);
  if (flags & RESERVED) cpu.program(Program.specification);
  const isApart = (flags & 3) === (Flag.wholeRegister | Flag.halvesApart);
  return { flags, offsets: [halfword(1), halfword(2), halfword(3), isApart ? halfword(4) : 0] };
}

/** PSW bits 0-63, of which only some count, and the address. */
function storedPsw(cpu: HelperCpu, field: bigint, b: number, isWhole: boolean): readonly [bigint, bigint] {
  const mask = cpu.load(field, 8, b);
  return isWhole ? [mask, cpu.load(cpu.wrap(field + 8n), 8, b)] : [mask, mask & 0x7fff_ffffn];
}

const limitOf = (mask: bigint): bigint => {
  const mode = mask & PswMask.mode;
  if (mode === PswMask.mode) return 1n << 64n;
  if (mode === PswMask.basic) return 1n << 31n;
  return mode === 0n ? 1n << 24n : 0n;
};

function storedRegister(
  cpu: HelperCpu,
  { flags, offsets }: List,
  at: (offset: number) => bigint,
  b: number,
): bigint {
  const [, , whole, left] = offsets;
  if (!(flags & Flag.wholeRegister)) return (cpu.gr(b) & ~0xffff_ffffn) | cpu.load(at(whole), 4, b);
  if (!(flags & Flag.halvesApart)) return cpu.load(at(whole), 8, b);
  return (cpu.load(at(left), 4, b) << 32n) | cpu.load(at(whole), 4, b);
}

function rp(cpu: HelperCpu, f: RawFields): void {
  const { control } = cpu;
  const list = listBehind(cpu);
  const base = cpu.address(f.b2, f.d2);
  const at = (offset: number): bigint => cpu.wrap(base + BigInt(offset));
  const isWholePsw = (list.flags & Flag.wholePsw) !== 0;
  const [stored, address] = storedPsw(cpu, at(list.offsets[0]), f.b2, isWholePsw);
  const access = Number(cpu.load(at(list.offsets[1]), 4, f.b2));
  const general = storedRegister(cpu, list, at, f.b2);
  const mask = (control.pswMask() & ~RESTORED) | (stored & RESTORED);
  const isHome = (mask & PswMask.space) === PswMask.space;
  if (control.datOn && isHome && control.problemState) cpu.program(Program.privileged);
  if (address & 1n || address >= limitOf(mask)) cpu.program(Program.specification);
  putTraceEntry(cpu, branchTaken(cpu, address, addressBitsOf(mask)));
  const wasHome = control.addressSpace === HOME;
  cpu.setAr(f.b2, access);
  cpu.setGr(f.b2, general);
  control.loadPsw(mask, address);
  if (control.datOn && wasHome !== isHome) crossHome(cpu, wasHome);
}

export const resumeProgram: readonly Instruction[] = [helper("rp", "S", 0xb277, rp)];
