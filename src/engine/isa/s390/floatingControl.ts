/**
 * Rounding modes and simulated exceptions of the floating-point-control register (Principles of Operation,
 * chapter 9, "SET BFP ROUNDING MODE", "SET DFP ROUNDING MODE", "LOAD FPC AND SIGNAL", "SET FPC AND SIGNAL").
 *
 * Invariant: an FPC with reserved bits or a reserved BFP rounding mode never gets into the register.
 */
import { ieeeFlag } from "./arith/ieee.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";

const bfp = { floating: "bfp" } as const;
/** FPC bits without a meaning: 6, 7, 14, 15, 24, 28. */
const FPC_RESERVED = 0x0303_0088;
const FLAGS = 0x00ff_0000;
/** Added to a flag bit: the data-exception code of a simulated IEEE exception. */
const SIMULATED = 3;

const isReservedMode = (mode: number): boolean => mode > 3 && mode < 7;

function setMode(cpu: HelperCpu, mode: number, clear: number, shift: number): void {
  cpu.fpc = ((cpu.fpc & ~clear) | (mode << shift)) >>> 0;
}

function setBfpMode(cpu: HelperCpu, value: number): void {
  if (value > 7 || isReservedMode(value)) cpu.program(Program.specification);
  setMode(cpu, value, 7, 0);
}

/** The exception a set of flags simulates; overflow and underflow tell whether they were inexact. */
function simulatedCode(flags: number): number {
  const { invalid, divideByZero, overflow, underflow, inexact, quantum } = ieeeFlag;
  if (flags & invalid) return invalid | SIMULATED;
  if (flags & divideByZero) return divideByZero | SIMULATED;
  if (flags & overflow) return (flags & (overflow | inexact)) | SIMULATED;
  if (flags & underflow) return (flags & (underflow | inexact)) | SIMULATED;
  return (flags & inexact ? inexact : flags & quantum) | SIMULATED;
}

/** The flags up to now stay, and trap now if the new masks enable them. */
function setAndSignal(cpu: HelperCpu, value: number): void {
  if (value & FPC_RESERVED || isReservedMode(value & 7)) cpu.program(Program.specification);
  const signaling = cpu.fpc;
  cpu.fpc = (value | (signaling & FLAGS)) >>> 0;
  const trapped = (signaling >>> 16) & (value >>> 24) & 0xfc;
  if (trapped) cpu.complete(Program.data, simulatedCode(trapped));
}

export const floatingControl: readonly Instruction[] = [
  helper("srnm", "S", 0xb299, (cpu, f) => setMode(cpu, Number(cpu.address(f.b2, f.d2) & 3n), 7, 0), bfp),
  helper("srnmb", "S", 0xb2b8, (cpu, f) => setBfpMode(cpu, Number(cpu.address(f.b2, f.d2) & 0xffn)), {
    ...bfp,
    facility: 37,
  }),
  helper("srnmt", "S", 0xb2b9, (cpu, f) => setMode(cpu, Number(cpu.address(f.b2, f.d2) & 7n), 0x70, 4), {
    floating: "dfp",
    facility: 42,
  }),
  helper(
    "lfas",
    "S",
    0xb2bd,
    (cpu, f) => setAndSignal(cpu, Number(cpu.load(cpu.address(f.b2, f.d2), 4, f.b2))),
    { ...bfp, facility: 41 },
  ),
  helper("sfasr", "RRE", 0xb385, (cpu, f) => setAndSignal(cpu, cpu.grLow(f.r1)), {
    ...bfp,
    facility: 41,
    syntax: "r1",
  }),
];
