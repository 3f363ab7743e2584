/**
 * Instruction fetching beyond what the interpreter does by itself: pages it does not know, instructions that
 * run over a page's end, targets of EXECUTE.
 */
import { assert } from "../base/assert.ts";
import { lengthOf } from "../isa/s390/format.ts";
import { linesOf } from "./codeFrames.ts";
import type { Core } from "./core.ts";
import {
  CODE_EPOCH,
  EXECUTE_CACHE,
  EXECUTE_CACHE_ENTRIES,
  EXECUTE_CACHE_ENTRY,
  Handler,
  ITLB_ENTRIES,
  ITLB_ENTRY,
  Reg,
} from "./layout.ts";
import { FETCH } from "./storageAccess.ts";

export class InstructionFetch {
  private readonly core: Core;
  /** Entry of the last EXECUTE's target; always so in PER mode, where no target is cached. */
  executed = 0;

  constructor(core: Core) {
    this.core = core;
  }

  /** Makes the page of pc known to the instruction TLB; false if that raised a program interruption. */
  page(): boolean {
    const pc = this.core.pc;
    const high = Number(pc >> 32n);
    const low = Number(pc & 0xffffffffn);
    if (low & 1) {
      this.core.interruption.program(6, 0, true);
      return false;
    }
    const key = (this.core.vcpu.maskHigh >>> 20) & 15;
    const code = this.core.storage.resolve(high, low, FETCH, Reg.zero, -1, key);
    if (code) {
      this.core.interruption.program(code, 2);
      return false;
    }
    if (this.core.storage.viaPrefix) this.core.banks.notePrefixedCode();
    const frame = (this.core.storage.absolute & ~0xfff) >>> 0;
    const virtual = (low & ~0xfff) >>> 0;
    let page = this.core.code.find(frame, high, virtual, this.core.mode);
    if (!page) {
      this.core.dropCode();
      page = this.core.code.find(frame, high, virtual, this.core.mode);
      assert(page, "the page pool is empty after dropping all code");
    }
    const { banks } = this.core;
    if (page.virtual !== virtual || page.virtualHigh !== high) {
      if (page.generation === banks.current.generation) banks.flushCode(banks.current);
      this.core.code.move(page, high, virtual);
    }
    page.generation = banks.current.generation;
    const m = this.core.memory;
    const item = (m.u32[Reg.itlb >> 2]! + ((low >>> 12) & (ITLB_ENTRIES - 1)) * ITLB_ENTRY) >> 2;
    banks.noteFilledCode(item << 2);
    m.u32[item] = virtual;
    m.u32[item + 1] = high;
    m.u32[item + 2] = page.base;
    m.u32[Reg.pageBase >> 2] = page.base;
    m.u32[Reg.pageVirtual >> 2] = virtual;
    m.u32[(Reg.pageVirtual >> 2) + 1] = high;
    return true;
  }

  /** Checks and decodes an instruction that runs into the next page. */
  crossing(): boolean {
    const m = this.core.memory;
    const page = this.core.code.pageAt(m.u32[Reg.pageBase >> 2]!);
    const offset = Number(this.core.pc & 0xfffn);
    const next = ((this.core.pc & ~0xfffn) + 4096n) & m.u64[Reg.addressMask >> 3]!;
    const key = (this.core.vcpu.maskHigh >>> 20) & 15;
    const code = this.core.storage.resolve(
      Number(next >> 32n),
      Number(next & 0xffffffffn),
      FETCH,
      Reg.zero,
      -1,
      key,
    );
    if (code) {
      this.core.interruption.program(code, lengthOf(m.halfword(page.frame + offset)));
      return false;
    }
    const frame = (this.core.storage.absolute & ~0xfff) >>> 0;
    // A store to the instruction's other half must raise the epoch.
    this.core.code.frames.watch(frame >>> 12, linesOf(0, 4));
    this.core.code.decodeCrossing(
      page,
      offset,
      [m.halfword(frame), m.halfword(frame + 2)],
      m.u32[CODE_EPOCH >> 2]!,
    );
    return true;
  }

  /** Reads the instruction at a virtual address; 0 or the exception code. */
  private fetchText(address: bigint, text: [number, number, number]): number {
    const m = this.core.memory;
    const high = Number(address >> 32n);
    const low = Number(address & 0xffffffffn);
    const key = (this.core.vcpu.maskHigh >>> 20) & 15;
    let code = this.core.storage.resolve(high, low, FETCH, Reg.zero, -1, key);
    if (code) return code;
    let absolute = this.core.storage.absolute;
    text[0] = m.halfword(absolute);
    const length = lengthOf(text[0]);
    for (let i = 1; i * 2 < length; i++) {
      absolute += 2;
      if ((absolute & 0xfff) === 0) {
        const next = (address + BigInt(2 * i)) & m.u64[Reg.addressMask >> 3]!;
        code = this.core.storage.resolve(
          Number(next >> 32n),
          Number(next & 0xffffffffn),
          FETCH,
          Reg.zero,
          -1,
          key,
        );
        if (code) return code;
        absolute = this.core.storage.absolute;
      }
      text[i as 1 | 2] = m.halfword(absolute);
    }
    return 0;
  }

  /** EXECUTE: finds the target's entry. */
  execute(entry: number): number {
    const m = this.core.memory;
    const { instruction, fields, length } = this.core.code.texts.decodedAt(m.u32[(entry + 12) >> 2]!);
    const mask = m.u64[Reg.addressMask >> 3]!;
    const pc = this.core.pc;
    const target =
      instruction.format.length === 4
        ? this.core.cpu.address(fields.b2, fields.d2, fields.x2)
        : (pc + BigInt(fields.ri2) * 2n) & mask;
    const fail = (code: number): 0 => {
      m.u32[Reg.pgm >> 2] = code;
      return 0;
    };
    if (m.u64[Reg.exTarget >> 3] !== pc) return fail(3);
    if (target & 1n) return fail(6);
    const text: [number, number, number] = [0, 0, 0];
    const code = this.fetchText(target, text);
    if (code) return fail(code);
    if (fields.r1 !== 0) text[0] |= m.u32[fields.r1 * 2]! & 0xff;
    const scratch = this.core.code.scratchEntry(text, this.core.mode);
    const handler = m.u16[scratch >> 1];
    if (handler === Handler.execute || handler === Handler.executeRelative) return fail(3);
    this.executed = scratch;
    if (!this.core.mode.per)
      this.cacheExecute(target, fields.r1 === 0 ? 0 : m.u32[fields.r1 * 2]! & 0xff, scratch);
    m.u64[Reg.exTarget >> 3] = target;
    m.u32[Reg.exLength >> 2] = length;
    return scratch;
  }

  /** The runtime's EXECUTE finds this target by itself until the epoch changes; see executeFunction. */
  private cacheExecute(target: bigint, byte: number, scratch: number): void {
    const m = this.core.memory;
    const frame = (this.core.storage.absolute & ~0xfff) >>> 0;
    if ((target & 0xfffn) > 4090n) return;
    this.core.code.frames.watch(frame >>> 12, linesOf(Number(target & 0xfffn), 6));
    const low = Number(target & 0xffffffffn);
    const at =
      (EXECUTE_CACHE + (((low >>> 1) ^ (byte << 2)) & (EXECUTE_CACHE_ENTRIES - 1)) * EXECUTE_CACHE_ENTRY) >>
      2;
    m.u64[at >> 1] = target;
    m.u32[at + 2] = byte | (m.u32[Reg.tlb >> 2]! << 8);
    m.u32[at + 3] = m.u32[CODE_EPOCH >> 2]!;
    m.u32[at + 4] = scratch;
  }
}
