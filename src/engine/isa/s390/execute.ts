/**
 * EXECUTE and EXECUTE RELATIVE LONG. Principles of Operation, chapter 7.
 *
 * They have no meaning of their own: the engine decodes the target with bits 8-15 ored from R1 and runs that
 * entry. The tables list them for the assembler and disassembler.
 */
import { helper, type Instruction, Program } from "./instruction.ts";

export const executeInstructions: readonly Instruction[] = [
  helper("ex", "RX-a", 0x44, (cpu) => cpu.program(Program.operation)),
  helper("exrl", "RIL-b", 0xc60, (cpu) => cpu.program(Program.operation)),
];
