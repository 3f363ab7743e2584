/** What one decoded instruction does, for planning and compiling regions; learned by `RegionProbe`. */
import type { RawFields } from "../isa/s390/format.ts";
import type { Instruction } from "../isa/s390/instruction.ts";
import type { Fields } from "../isa/s390/semantics.ts";
import type { Branch } from "./branch.ts";
import { RegionProbe } from "./regionProbe.ts";

export interface Effects {
  /** Registers reached by their low word alone, and those reached whole, as often as they are. */
  readonly lows: readonly number[];
  readonly wholes: readonly number[];
  /** Bit n: bits 0-31 of general register n may change. */
  readonly writtenHigh: number;
  /** Bit n: general register n is read or written. */
  readonly used: number;
  readonly written: number;
  readonly usesCc: boolean;
  readonly branches: readonly Branch[];
  /** Writes link information: the next instruction is a place where control comes back. */
  readonly links: boolean;
  readonly probes: boolean;
  /** Ends in a TypeScript helper or the EXECUTE machinery. */
  readonly calls: boolean;
  /** May end the region behind itself. */
  readonly rechecks: boolean;
}

const callEffects: Effects = {
  lows: [],
  wholes: [],
  writtenHigh: 0,
  used: 0,
  written: 0,
  usesCc: true,
  branches: [],
  links: false,
  probes: false,
  calls: true,
  rechecks: true,
};

export function effectsOf(instruction: Instruction, fields: RawFields): Effects {
  if (!instruction.meaning) return callEffects;
  const p = new RegionProbe();
  p.instruction = instruction;
  instruction.meaning(p, fields as unknown as Fields);
  return {
    lows: p.lows,
    wholes: p.wholes,
    writtenHigh: p.writtenHigh,
    used: p.used,
    written: p.written,
    usesCc: p.usesCc,
    branches: p.branches,
    links: p.links,
    probes: p.probes,
    calls: false,
    rechecks: p.recheck,
  };
}
