/**
 * Input/output instructions (Principles of Operation, chapter 14). The channel subsystem behind the port does
 * the work; here are privilege, operand address and alignment.
 *
 * Invariant: a misaligned operand address is refused before the channel subsystem hears of the instruction.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";
import { alignedOperand2 } from "./operandAlignment.ts";

type Run = (cpu: HelperCpu, f: RawFields) => void;

/** An instruction whose second operand is a block on a word boundary. */
const withBlock = (name: string): Run => (cpu, f) => {
  cpu.cc = cpu.control.channel(name, alignedOperand2(cpu, f, 4), f.b2);
};

/** An instruction that is told everything by general registers. */
const withRegisters = (name: string): Run => (cpu) => {
  cpu.cc = cpu.control.channel(name, 0n, 0);
};

/** SET ADDRESS LIMIT and SET CHANNEL MONITOR set no condition code. */
const withoutCode = (name: string): Run => (cpu) => {
  cpu.control.channel(name, 0n, 0);
};

/** CHSC: the 4 KiB command block is at the logical address in R1. */
function chsc(cpu: HelperCpu, f: RawFields): void {
  const address = cpu.wrap(cpu.gr(f.r1));
  if (address & 0xfffn) cpu.program(Program.specification);
  cpu.cc = cpu.control.channel("chsc", address, f.r1);
}

/** SIC: R1 bits 48-63 mode of interruption (0 all, 1 single), R3 bits 34-36 interruption subclass. */
function sic(cpu: HelperCpu, f: RawFields): void {
  const { control } = cpu;
  if (!control.setInterruptionControls) cpu.program(Program.operation);
  control.setInterruptionControls(cpu.grLow(f.r1) & 0xffff, (cpu.grLow(f.r3) >>> 27) & 7);
}

const privileged = { privileged: true };
const noOperand = { privileged: true, syntax: "" };

export const io: readonly Instruction[] = [
  helper("ssch", "S", 0xb233, withBlock("ssch"), privileged),
  helper("tsch", "S", 0xb235, withBlock("tsch"), privileged),
  helper("stsch", "S", 0xb234, withBlock("stsch"), privileged),
  helper("msch", "S", 0xb232, withBlock("msch"), privileged),
  helper("tpi", "S", 0xb236, withBlock("tpi"), privileged),
  helper("stcrw", "S", 0xb239, withBlock("stcrw"), privileged),
  helper("csch", "S", 0xb230, withRegisters("csch"), noOperand),
  helper("hsch", "S", 0xb231, withRegisters("hsch"), noOperand),
  helper("rsch", "S", 0xb238, withRegisters("rsch"), noOperand),
  helper("xsch", "S", 0xb276, withRegisters("xsch"), noOperand),
  helper("rchp", "S", 0xb23b, withRegisters("rchp"), noOperand),
  helper("schm", "S", 0xb23c, withoutCode("schm"), noOperand),
  helper("sal", "S", 0xb237, withoutCode("sal"), noOperand),
  helper("sic", "RSY-a", 0xebd1, sic, { facility: 72, privileged: true }),
  helper("chsc", "RRE", 0xb25f, chsc, { privileged: true, syntax: "r1" }),
];
