/** A machine's figures as the thread that runs it knows them. */
import type { MachineStats } from "../api/machine.ts";
import { RegionCompiler } from "../cpu/regionCompiler.ts";
import type { S390Ccw } from "../machine/s390Ccw.ts";

/** Wall milliseconds that the machine has run and waited, and millions of instructions in the last second. */
export interface WallFigures {
  readonly runMs: number;
  readonly idleMs: number;
  readonly recentMips: number;
}

export function statsOf(machine: S390Ccw, { runMs, idleMs, recentMips }: WallFigures): MachineStats {
  const { core } = machine;
  const instructions = Number(machine.instructions);
  const compiler = core.compiler instanceof RegionCompiler ? core.compiler : undefined;
  const wallSeconds = runMs / 1000;
  return {
    instructions,
    interpretedInstructions: instructions - Number(core.compiledInstructions),
    wallSeconds,
    mips: wallSeconds > 0 ? instructions / wallSeconds / 1e6 : 0,
    recentMips,
    regionsCompiled: compiler?.regionsCompiled ?? 0,
    compileSeconds: (compiler?.compileMs ?? 0) / 1000,
    deviceSeconds: machine.deviceSeconds,
    idleSeconds: idleMs / 1000,
    traceHash: machine.traceHash,
    virtualSeconds: Number(machine.now()) / 1e9,
    memoryBytes: core.memory.top,
    interrupts: machine.log.ledger.book.counts(),
  };
}
