/**
 * TRAP2 and TRAP4 (Principles of Operation, chapter 10, "TRAP"): a debugger's program gets control with the
 * state saved, in the same space and authority, at the price of a branch.
 *
 * Word 11 of the dispatchable-unit control table has the address of the trap control block, bit 31 one if
 * traps are enabled. Of the block, in the home space: word 0 bits 13 and 14 PSW and registers whole, word 3
 * the save area, word 5 the trap program. Invariant: what is fetched comes first, then the save area, then
 * registers.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";
import { PswMask } from "./pswMask.ts";
import { unitControlTable } from "./subspace.ts";
import { branchTaken, putTraceEntry, requireRoom } from "./tracing.ts";

const HOME = 3;
const ENABLED = 1n;
const DOUBLEWORD_ADDRESS = 0x7fff_fff8n;
/** Bits 13 and 14 of word 0 of the control block: the save area has a 16-byte PSW, 8-byte registers. */
const WHOLE_PSW = 0x4_0000;
const WHOLE_REGISTERS = 0x2_0000;
/** Bit 12 of an 8-byte PSW is one. */
const SHORT_PSW = 1n << 51n;
/** Trap flags; the instruction length in bytes lies in bits 13-14. */
const IS_EXECUTED = 0x8000_0000;
const IS_TRAP4 = 0x4000_0000;
/** Where the save area keeps what; in a short PSW bytes 24-31 are zeros. */
const At = { flags: 0, operand: 8, accessRegister: 12, psw: 16, registers: 32 } as const;

/** A PSW in its 8-byte form, with the 31 rightmost bits of the address. */
const shortPsw = (mask: bigint, address: bigint): bigint =>
  (mask & ~0x7fff_ffffn) | SHORT_PSW | (address & 0x7fff_ffffn);

interface ControlBlock {
  readonly address: bigint;
  readonly isWholePsw: boolean;
  readonly areWholeRegisters: boolean;
  readonly saveArea: bigint;
  readonly program: bigint;
}

function controlBlock(cpu: HelperCpu): ControlBlock {
  const { control } = cpu;
  const word = control.readReal(unitControlTable(cpu) + 44n, 4);
  if (!(word & ENABLED)) cpu.program(Program.specialOperation);
  const address = word & DOUBLEWORD_ADDRESS;
  const bytes = control.loadBytesIn(HOME, control.key, address, 24, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 24);
  return {
    address,
    isWholePsw: (view.getUint32(0) & WHOLE_PSW) !== 0,
    areWholeRegisters: (view.getUint32(0) & WHOLE_REGISTERS) !== 0,
    saveArea: BigInt(view.getUint32(12)) & DOUBLEWORD_ADDRESS,
    program: BigInt(view.getUint32(20) & 0x7fff_ffff),
  };
}

function savedState(cpu: HelperCpu, block: ControlBlock, operand: bigint | undefined): Uint8Array {
  const { control } = cpu;
  const width = block.areWholeRegisters ? 8 : 4;
  const area = new DataView(new ArrayBuffer(At.registers + 16 * width));
  const executed = control.underExecute?.() ?? 0;
  const own = operand === undefined ? 2 : 4;
  const length = (executed || own) << 16;
  const flags = (executed ? IS_EXECUTED : 0) + (operand === undefined ? 0 : IS_TRAP4);
  area.setUint32(At.flags, flags + length);
  area.setUint32(At.operand, Number((operand ?? 0n) & 0x7fff_ffffn));
  area.setUint32(At.accessRegister, cpu.ar(15));
  const [mask, address] = [control.pswMask(), control.pswAddress()];
  area.setBigUint64(At.psw, block.isWholePsw ? mask : shortPsw(mask, address));
  if (block.isWholePsw) area.setBigUint64(At.psw + 8, address);
  for (let n = 0; n < 16; n++) {
    if (width === 8) area.setBigUint64(At.registers + 8 * n, cpu.gr(n));
    else area.setUint32(At.registers + 4 * n, cpu.grLow(n));
  }
  return new Uint8Array(area.buffer);
}

function trap(cpu: HelperCpu, operand: bigint | undefined): void {
  const { control } = cpu;
  if (!control.datOn || control.addressSpace > 1) cpu.program(Program.specialOperation);
  const block = controlBlock(cpu);
  if (!block.isWholePsw && cpu.addressBits === 64) cpu.program(Program.specialOperation);
  const mask = (control.pswMask() & ~(PswMask.mode | PswMask.space)) | PswMask.basic;
  const traced = branchTaken(cpu, block.program, 31);
  requireRoom(cpu, traced);
  control.storeBytesIn(HOME, control.key, block.saveArea, savedState(cpu, block, operand), 0);
  putTraceEntry(cpu, traced);
  if (cpu.addressBits === 64) cpu.setGr(15, block.address);
  else cpu.setGrLow(15, Number(block.address));
  control.loadPsw(mask, block.program);
}

export const trapEntries: readonly Instruction[] = [
  helper("trap2", "E", 0x01ff, (cpu) => trap(cpu, undefined)),
  helper("trap4", "S", 0xb2ff, (cpu, f: RawFields) => trap(cpu, cpu.address(f.b2, f.d2))),
];
