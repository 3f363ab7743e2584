/** Runs a helper instruction for compiled code; the result is that of an operation function (`Exit`). */
import type { Instruction } from "../isa/s390/instruction.ts";
import type { Core } from "./core.ts";
import { programSignal } from "./cpuStorage.ts";
import type { Decoded } from "./instructionTexts.ts";
import { ENTRY, Exit, Reg } from "./layout.ts";

export function callHelper(
  core: Core,
  decoded: Decoded,
  which: (d: Decoded) => NonNullable<Instruction["helper"]>,
): number {
  const m = core.memory;
  const { fields, length } = decoded;
  const cpu = core.cpu;
  cpu.branched = false;
  cpu.attention = false;
  cpu.completed = false;
  try {
    which(decoded)(cpu, fields);
  } catch (signal) {
    if (signal !== programSignal) throw signal;
    cpu.noteEnd(length);
    return Exit.program;
  }
  const isLeaving = cpu.attention || core.watch?.hasTouches === true;
  if (cpu.branched) return isLeaving ? Exit.done : Exit.branched;
  if (isLeaving || m.u32[Reg.fault >> 2] === 2) {
    m.u32[Reg.fault >> 2] = 0;
    const advance = core.interruption.underExecute() || length;
    core.pc = (core.pc + BigInt(advance)) & m.u64[Reg.addressMask >> 3]!;
    return Exit.done;
  }
  return (length * ENTRY) / 2;
}
