/**
 * Execution while program-event recording is on: instruction by instruction, each through its operation
 * function, which says whether it branched; then the events of the instruction interrupt before anything else
 * does (Principles of Operation, chapter 4, "Program-Event Recording", and chapter 6, "Priority").
 */
import { assert } from "../base/assert.ts";
import type { Core } from "./core.ts";
import type { RunEnd } from "./coreTypes.ts";
import type { InstructionFetch } from "./instructionFetch.ts";
import type { Decoded } from "./instructionTexts.ts";
import { ENTRY, Exit, Handler, PAGE_SLOTS, Reg } from "./layout.ts";
import { PER_EVENT } from "./programEvents.ts";

/** Helper instructions that can branch; others that move the instruction address load a PSW. */
const branchHelpers: ReadonlySet<string> = new Set([
  "bal", "balr", "bassm", "bsm", "bakr", "bsa", "bsg", "pc", "pr", "pt", "pti",
]);
const realStores: ReadonlySet<string> = new Set(["stura", "sturg"]);
const SPACE_SWITCH = 0x1c;
/** The only exception of compiled instructions that comes after their results are stored. */
const FIXED_OVERFLOW = 0x08;

export class RecordedRun {
  private readonly core: Core;
  private readonly fetch: InstructionFetch;

  constructor(core: Core, fetch: InstructionFetch) {
    this.core = core;
    this.fetch = fetch;
  }

  /** Executes until the instructions are used up or something has to be looked at. */
  run(): RunEnd {
    while (this.core.instructionsLeft > 0) {
      if (this.core.code.breakpoints?.meets(this.core.pc)) return "breakpoint";
      if (!this.step()) return "attention";
    }
    return "slice";
  }

  /** The decoded entry at pc and its handler; undefined if fetching it interrupted. */
  private entryAtPc(): { readonly entry: number; readonly handler: number } | undefined {
    const { memory: m, code } = this.core;
    for (;;) {
      if (!this.fetch.page()) return undefined;
      const offset = Number(this.core.pc & 0xfffn);
      const entry = (): number => m.u32[Reg.pageBase >> 2]! + (offset >> 1) * ENTRY;
      if (m.u16[entry() >> 1] === Handler.undecoded)
        code.decodeFrom(code.pageAt(m.u32[Reg.pageBase >> 2]!), offset);
      const handler = m.u16[entry() >> 1]!;
      if (handler !== Handler.cross) return { entry: entry(), handler };
      // Decoding a crossing instruction may drop all code, its own page included: then once more.
      if (!this.fetch.crossing() || !this.fetch.page()) return undefined;
      const crossing = m.u32[(m.u32[Reg.pageBase >> 2]! + PAGE_SLOTS + (offset >> 1) * 4) >> 2]! & 0xfff;
      if (crossing !== Handler.undecoded) return { entry: entry(), handler: crossing };
    }
  }

  private decodedAt(entry: number, handler: number): Decoded | undefined {
    return handler === Handler.program ? undefined : this.core.code.decodedAtEntry(entry);
  }

  /** Executes one instruction; false if the engine must be left. */
  private step(): boolean {
    const { core } = this;
    const { memory: m, events } = core;
    const found = this.entryAtPc();
    if (!found) return false;
    const { entry, handler } = found;
    const { pc } = core;
    const length = core.interruption.lengthAtPc();
    m.i32[Reg.ic >> 2]! -= 1;
    if (events.begin(pc)) {
      core.interruption.program(PER_EVENT, length, true);
      return false;
    }
    // An instruction that changes its own text did what it was before.
    let decoded = this.decodedAt(entry, handler);
    m.u64[Reg.exTarget >> 3] = pc;
    core.cpu.completed = false;
    core.cpu.spaceLeft = undefined;
    const operation = core.operations.get(handler) as ((entry: number) => number) | null;
    assert(operation, "every handler of an entry has an operation");
    const result = operation(entry);
    const target = m.u64[Reg.exTarget >> 3]!;
    if (target !== pc) {
      events.fetched(target);
      decoded = this.decodedAt(this.fetch.executed, m.u16[this.fetch.executed >> 1]!);
    }
    if (result > 0) core.pc = (pc + BigInt((result * 2) / ENTRY)) & m.u64[Reg.addressMask >> 3]!;
    if (decoded) this.note(decoded, result);
    if (result === Exit.program) {
      m.u32[Reg.fault >> 2] = 0;
      core.interruption.ofInstruction(length);
      return false;
    }
    if (events.any) {
      this.tell(length);
      return false;
    }
    return result !== Exit.done;
  }

  /** Interrupts for the events of a completed instruction; a change of spaces is then an event too. */
  private tell(length: number): void {
    const { cpu, interruption, memory } = this.core;
    if (cpu.spaceLeft !== undefined) memory.u32[Reg.dxc >> 2] = cpu.spaceLeft;
    interruption.program(cpu.spaceLeft === undefined ? PER_EVENT : SPACE_SWITCH, length, true);
  }

  /** Events that are known after the instruction. */
  private note({ instruction }: Decoded, result: number): void {
    const { cpu, events, memory } = this.core;
    const isCompleted = result !== Exit.program || cpu.completed;
    const hasBranched = instruction.helper
      ? cpu.branched && branchHelpers.has(instruction.mnemonic)
      : result === Exit.branched;
    if (isCompleted && hasBranched) events.branched(this.core.pc);
    if (isCompleted && realStores.has(instruction.mnemonic)) events.storedReal();
    // Helpers tell of a store when it is done, the slow path of compiled ones before the last exception.
    const isUndone = !isCompleted && !instruction.helper && memory.u32[Reg.pgm >> 2] !== FIXED_OVERFLOW;
    if (isUndone) events.retractAlteration();
  }
}
