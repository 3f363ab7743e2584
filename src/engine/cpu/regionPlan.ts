/**
 * Which instructions become one compiled region: from a hot entry along static branches inside its page, up
 * to fixed limits (larger functions make V8's optimizing compiler explode: one of 1,360 blocks aborts the
 * process).
 */
import type { CodePage } from "./codePage.ts";
import type { CodePages } from "./codePages.ts";
import type { Decoded } from "./instructionTexts.ts";
import { lengthOf } from "../isa/s390/format.ts";
import { ENTRY, ENTRY_HEAT, Handler, PAGE_SLOTS } from "./layout.ts";
import type { EngineMemory } from "./engineMemory.ts";
import { effectsOf, type Effects } from "./effects.ts";

export const BLOCKS_MAX = 64;
export const INSTRUCTIONS_MAX = 250;
export const ENTRIES_MAX = 16;
/** Branches to a block that make it an entry while its neighbour is compiled. */
const WARM = 300;

export interface PlannedInstruction {
  readonly offset: number;
  readonly decoded: Decoded;
  readonly effects: Effects;
  readonly handler: number;
}
export interface Block {
  readonly offset: number;
  readonly instructions: PlannedInstruction[];
  /** Offset after the last instruction. */
  end: number;
  /** In-region successors, page offsets. */
  readonly successors: number[];
  /** The last instruction can go on to `end`. */
  fallsThrough: boolean;
}
export interface Plan {
  readonly blocks: ReadonlyMap<number, Block>;
  readonly entries: readonly number[];
}

/** Effects by instruction text: the same text means the same everywhere. */
const known = new WeakMap<Decoded, Effects>();
function effects(decoded: Decoded): Effects {
  let e = known.get(decoded);
  if (!e) {
    e = effectsOf(decoded.instruction, decoded.fields);
    known.set(decoded, e);
  }
  return e;
}

export class Planner {
  private readonly memory: EngineMemory;
  private readonly code: CodePages;

  constructor(memory: EngineMemory, code: CodePages) {
    this.memory = memory;
    this.code = code;
  }

  /** Has a region of its own: reached through its slot, not compiled twice. */
  private isEntry(page: CodePage, offset: number): boolean {
    return this.memory.u16[(page.base + (offset >> 1) * ENTRY) >> 1] === Handler.enter;
  }
  private handlerAt(page: CodePage, offset: number): number {
    const handler = this.memory.u16[(page.base + (offset >> 1) * ENTRY) >> 1]!;
    if (handler !== Handler.enter) return handler;
    return this.memory.u32[(page.base + PAGE_SLOTS + (offset >> 1) * 4) >> 2]! & 0xfff;
  }
  private heatAt(page: CodePage, offset: number): number {
    return this.memory.u16[(page.base + (offset >> 1) * ENTRY + ENTRY_HEAT) >> 1]!;
  }

  /** The instruction at an offset if a region can hold it. */
  private at(page: CodePage, offset: number): PlannedInstruction | undefined {
    if (offset < 0 || offset >= 4096) return undefined;
    let handler = this.handlerAt(page, offset);
    if (handler === Handler.undecoded) {
      if (offset + lengthOf(this.memory.halfword(page.frame + offset)) > 4096) return undefined;
      this.code.decodeFrom(page, offset);
      handler = this.handlerAt(page, offset);
    }
    const isLeft = handler === Handler.cross || handler === Handler.program || handler === Handler.pageEnd;
    // Undecoded still: a breakpoint.
    if (isLeft || handler === Handler.undecoded) return undefined;
    const index = this.code.textAt(page, offset);
    if (index === 0) return undefined;
    const decoded = this.code.texts.decodedAt(index);
    return { offset, decoded, effects: effects(decoded), handler };
  }

  plan(page: CodePage, seed: number): Plan | undefined {
    const leaders = new Set<number>([seed]);
    const entries = new Set<number>([seed]);
    const found = new Map<number, PlannedInstruction>();
    const queue = [seed];
    const lead = (offset: number, needsHeat: boolean): void => {
      if (offset < 0 || offset >= 4096 || leaders.has(offset) || leaders.size >= BLOCKS_MAX) return;
      if (this.isEntry(page, offset)) return;
      const heat = this.heatAt(page, offset);
      if (needsHeat && heat === 0) return;
      if (heat >= WARM && entries.size < ENTRIES_MAX) entries.add(offset);
      leaders.add(offset);
      queue.push(offset);
    };
    while (queue.length > 0) {
      let offset = queue.shift()!;
      while (!found.has(offset) && found.size < INSTRUCTIONS_MAX) {
        const i = this.at(page, offset);
        if (!i) break;
        found.set(offset, i);
        const next = offset + i.decoded.length;
        for (const b of i.effects.branches)
          if (b.distance !== undefined && !b.nested) lead(offset + b.distance, true);
        const always = i.effects.branches.some((b) => b.always);
        if (i.effects.branches.some((b) => !b.nested) || i.effects.calls) {
          const comesBack = i.effects.calls || (always && i.effects.links);
          if (next < 4096 && this.isEntry(page, next)) break;
          if (comesBack && entries.size < ENTRIES_MAX && leaders.size < BLOCKS_MAX && next < 4096) {
            // After a helper that left, and where a call returns.
            if (!leaders.has(next)) queue.push(next);
            leaders.add(next);
            entries.add(next);
          } else if (!always) lead(next, false);
          break;
        }
        offset = next;
        if (this.isEntry(page, offset)) break;
      }
    }
    if (!found.has(seed)) return undefined;
    const blocks = this.cut(leaders, found);
    return { blocks, entries: [...entries].filter((e) => blocks.has(e)) };
  }

  private cut(
    leaders: ReadonlySet<number>,
    found: ReadonlyMap<number, PlannedInstruction>,
  ): Map<number, Block> {
    const blocks = new Map<number, Block>();
    for (const leader of [...leaders].sort((a, b) => a - b)) {
      const first = found.get(leader);
      if (!first) continue;
      const block: Block = {
        offset: leader,
        instructions: [],
        end: leader,
        successors: [],
        fallsThrough: true,
      };
      for (let i: PlannedInstruction | undefined = first; i; i = found.get(block.end)) {
        block.instructions.push(i);
        block.end = i.offset + i.decoded.length;
        const direct = i.effects.branches.filter((b) => !b.nested);
        if (direct.length > 0) {
          for (const b of direct) if (b.distance !== undefined) block.successors.push(i.offset + b.distance);
          block.fallsThrough = !direct.some((b) => b.always);
          break;
        }
        if (leaders.has(block.end)) break;
      }
      if (block.fallsThrough) block.successors.push(block.end);
      blocks.set(leader, block);
    }
    return blocks;
  }
}
