/**
 * Predecoded pages: for each (frame, mode key) an array of 16-byte entries, one per halfword. Entries are
 * filled when first executed and cleared when a store hits their text.
 *
 * Entries and compiled regions hold no virtual address, so a library's code stays where every program maps it
 * elsewhere. Invariant: instruction TLB and jump cache know a page at one virtual address at most.
 */
import { assert } from "../base/assert.ts";
import { lengthOf, type Text } from "../isa/s390/format.ts";
import type { Breakpoints } from "./breakpoints.ts";
import { addressIn, type CodePage, type CompiledRegion } from "./codePage.ts";
import { CodeFrames, linesOf } from "./codeFrames.ts";
import type { EngineMemory } from "./engineMemory.ts";
import { writeEntry } from "./entryWriter.ts";
import type { HandlerTable } from "./handlers.ts";
import { InstructionTexts, shorten, type Decoded } from "./instructionTexts.ts";
import {
  CODE_EPOCH,
  ENTRY,
  ENTRY_HANDLER,
  Handler,
  PAGES,
  PAGE_BYTES,
  PAGE_ENTRIES,
  PAGE_EPOCHS,
  PAGE_POOL,
  PAGE_SLOTS,
  SCRATCH,
  SCRATCH_ENTRIES,
} from "./layout.ts";
import type { Mode } from "./mode.ts";

export class CodePages {
  private readonly memory: EngineMemory;
  readonly texts: InstructionTexts;
  private readonly byFrame = new Map<number, CodePage[]>();
  private readonly byBase: (CodePage | undefined)[] = new Array<undefined>(PAGE_POOL).fill(undefined);
  private readonly free: number[] = [];
  private used = 0;
  /** Pages of the pool from this number on were never used and are all zeros. */
  private touched = 0;
  private readonly scratch = new Map<number, number>();
  private scratchUsed = 0;
  /** Number of the text of entries that stand in storage only in part, or nowhere. */
  private readonly oddTexts = new Map<number, number>();
  readonly frames: CodeFrames;
  /** Text that stays undecoded, so that the interpreter leaves there; see breakpoints. */
  breakpoints: Breakpoints | undefined;
  /** A page was released; its number will be used again. */
  onPageGone: ((page: CodePage) => void) | undefined;
  /** A region's text was overwritten or its page dropped. */
  onRegionDead: ((region: CompiledRegion) => void) | undefined;

  constructor(memory: EngineMemory, handlers: HandlerTable) {
    this.memory = memory;
    this.texts = new InstructionTexts(handlers);
    this.frames = new CodeFrames(memory);
  }

  *pages(): Iterable<CodePage> {
    for (const list of this.byFrame.values()) yield* list;
  }
  pageAt(base: number): CodePage {
    const page = this.byBase[(base - PAGES) / PAGE_BYTES];
    assert(page, "no predecoded page there");
    return page;
  }

  /**
   * The page of a frame, at this address if it is a new one; undefined when the pool is used up (drop all and
   * ask again).
   */
  find(frame: number, virtualHigh: number, virtual: number, mode: Mode): CodePage | undefined {
    const list = this.byFrame.get(frame);
    if (list)
      for (const p of list) if (p.mode.key === mode.key) return p;
    const reused = this.free.pop();
    const number = reused ?? (this.used < PAGE_POOL ? this.used++ : -1);
    if (number < 0) return undefined;
    const base = PAGES + number * PAGE_BYTES;
    // The pool's memory is touched as late as possible: few pages are executed from end to end.
    if (reused !== undefined || number < this.touched) this.memory.u8.fill(0, base, base + PAGE_BYTES);
    this.touched = Math.max(this.touched, number + 1);
    this.forgetCrossings(base);
    for (let i = 2048; i < PAGE_ENTRIES; i++) this.memory.u16[(base + i * ENTRY) >> 1] = Handler.pageEnd;
    const page: CodePage = { base, frame, virtualHigh, virtual, generation: 0, mode, regions: new Set() };
    this.byBase[number] = page;
    if (list) list.push(page);
    else this.byFrame.set(frame, [page]);
    return page;
  }

  /** The page is mapped elsewhere now, before another page. The caller drops what its bank knows of it. */
  move(page: CodePage, virtualHigh: number, virtual: number): void {
    page.virtualHigh = virtualHigh;
    page.virtual = virtual;
    this.forgetCrossings(page.base);
    this.breakpoints?.moved(page);
  }
  private forgetCrossings(base: number): void {
    this.memory.u32.fill(0xffffffff, (base + PAGE_EPOCHS) >> 2, (base + PAGE_EPOCHS + 8) >> 2);
  }

  /** The caller drops what instruction TLBs and jump caches know. */
  releaseIdleFrames(): void {
    for (const frame of this.frames.takeIdle()) {
      for (const page of this.byFrame.get(frame) ?? []) {
        this.kill(page);
        this.onPageGone?.(page);
        for (const crossing of [2046, 2047]) this.oddTexts.delete(page.base + crossing * ENTRY);
        const number = (page.base - PAGES) / PAGE_BYTES;
        this.byBase[number] = undefined;
        this.free.push(number);
      }
      this.byFrame.delete(frame);
    }
  }

  dropAll(): void {
    for (const list of this.byFrame.values()) for (const page of list) this.kill(page);
    this.byFrame.clear();
    this.byBase.fill(undefined);
    this.free.length = 0;
    this.used = 0;
    this.frames.clear();
    this.scratch.clear();
    this.scratchUsed = 0;
    this.oddTexts.clear();
    this.texts.clear();
  }
  private kill(page: CodePage): void {
    for (const region of page.regions) this.onRegionDead?.(region);
    page.regions.clear();
  }
  get pagesInUse(): number {
    return this.used - this.free.length;
  }

  /**
   * A store hit `length` bytes at absolute `address` of a frame with code. True if something decoded was
   * there.
   */
  overwritten(address: number, length: number): boolean {
    let hit = false;
    const frame = (address & ~0xfff) >>> 0;
    for (const page of this.byFrame.get(frame) ?? []) {
      const from = address - frame;
      const to = from + length;
      for (const region of page.regions) {
        if (from < region.to && to > region.from) {
          this.onRegionDead?.(region);
          page.regions.delete(region);
          hit = true;
        }
      }
      // An instruction of six bytes may begin four bytes before.
      for (let i = Math.max(0, (from - 4) >> 1); i <= Math.min(2047, (to - 1) >> 1); i++) {
        const at = (page.base + i * ENTRY) >> 1;
        if (this.memory.u16[at] !== Handler.undecoded) {
          this.memory.u16[at] = Handler.undecoded;
          hit = true;
        }
      }
    }
    return hit;
  }

  /** Number of the text at an even offset of a page; halfwords beyond its end count as zero. */
  textAt(page: CodePage, offset: number): number {
    const m = this.memory;
    const at = page.frame + offset;
    const first = m.halfword(at);
    if (first < 0x4000) return this.texts.intern(first << 16, 0);
    const high = (first << 16) | (offset < 4094 ? m.halfword(at + 2) : 0);
    return this.texts.intern(high, first >= 0xc000 && offset < 4092 ? m.halfword(at + 4) : 0);
  }

  /**
   * Decodes from `offset` on until an instruction that may not fall through, the page's end or something
   * decoded.
   */
  decodeFrom(page: CodePage, offset: number): void {
    const { memory } = this;
    for (let count = 0; count < 64; count++) {
      if (this.breakpoints?.has(addressIn(page, offset))) return;
      const first = memory.halfword(page.frame + offset);
      const length = lengthOf(first);
      const at = page.base + (offset >> 1) * ENTRY;
      if (offset + length > 4096) {
        this.frames.mark(page.frame >>> 12, linesOf(offset, 4096 - offset));
        memory.u16[at >> 1] = Handler.cross;
        return;
      }
      // An instruction that crossed into the next page may have stood here.
      if (offset >= 4092) this.oddTexts.delete(at);
      this.fill(at, this.textAt(page, offset), page.mode);
      this.frames.mark(page.frame >>> 12, linesOf(offset, length));
      offset += length;
      if (
        neverFallsThrough(first) ||
        offset >= 4096 ||
        memory.u16[(page.base + (offset >> 1) * ENTRY) >> 1] !== Handler.undecoded
      )
        return;
    }
  }

  /** Decodes the instruction at `offset` that runs into the next page, whose text begins with `next`. */
  decodeCrossing(page: CodePage, offset: number, next: readonly [number, number], epoch: number): void {
    const own = this.memory.halfword(page.frame + offset);
    const text = this.texts.intern(
      ...shorten(
        offset === 4094
          ? [own, next[0], next[1]]
          : [own, this.memory.halfword(page.frame + offset + 2), next[0]],
      ),
    );
    const at = page.base + (offset >> 1) * ENTRY;
    this.fill(at, text, page.mode);
    this.frames.mark(page.frame >>> 12, linesOf(offset, 4096 - offset));
    this.oddTexts.set(at, text);
    const handler = this.memory.u16[at >> 1]!;
    this.memory.u16[at >> 1] = Handler.cross;
    const slot = (page.base + PAGE_SLOTS + (offset >> 1) * 4) >> 2;
    this.memory.u32[slot] = handler;
    this.memory.u32[(page.base + PAGE_EPOCHS + ((offset >> 1) - 2046) * 4) >> 2] = epoch;
  }

  /** The instruction of any entry, whatever its handler. */
  decodedAtEntry(entry: number): Decoded {
    const odd = this.oddTexts.get(entry);
    if (odd !== undefined) return this.texts.decodedAt(odd);
    const page = this.pageAt(entry - ((entry - PAGES) % PAGE_BYTES));
    return this.texts.decodedAt(this.textAt(page, ((entry - page.base) / ENTRY) * 2));
  }
  /** Entry of an instruction that stands nowhere in storage as such: the target of an EXECUTE. */
  scratchEntry(fullText: Text, mode: Mode): number {
    const text = this.texts.intern(...shorten(fullText));
    const key = text * 1024 + mode.key;
    let at = this.scratch.get(key);
    if (at === undefined) {
      if (this.scratchUsed === SCRATCH_ENTRIES) {
        this.scratch.clear();
        this.scratchUsed = 0;
        // EXECUTE must not find the entries' former instructions.
        this.memory.u32[CODE_EPOCH >> 2]!++;
      }
      at = SCRATCH + this.scratchUsed++ * ENTRY;
      this.scratch.set(key, at);
      this.oddTexts.set(at, text);
      this.fill(at, text, mode);
    }
    return at;
  }

  private fill(at: number, text: number, mode: Mode): void {
    writeEntry(this.memory, this.texts, at, text, mode);
  }

  /** Replaces an entry by the entry of a region; the interpreter calls slot from then on. */
  enterRegion(page: CodePage, offset: number, slot: number): void {
    const m = this.memory;
    const entry = (page.base + (offset >> 1) * ENTRY + ENTRY_HANDLER) >> 1;
    const at = (page.base + PAGE_SLOTS + (offset >> 1) * 4) >> 2;
    const handler = m.u16[entry] === Handler.enter ? m.u32[at]! & 0xfff : m.u16[entry]!;
    m.u32[at] = (slot << 12) | handler;
    m.u16[entry] = Handler.enter;
  }
  /** Undoes `enterRegion` unless the entry was cleared meanwhile. */
  leaveRegion(page: CodePage, offset: number): void {
    const m = this.memory;
    const entry = (page.base + (offset >> 1) * ENTRY + ENTRY_HANDLER) >> 1;
    if (m.u16[entry] === Handler.enter)
      m.u16[entry] = m.u32[(page.base + PAGE_SLOTS + (offset >> 1) * 4) >> 2]! & 0xfff;
  }
}

/** Unconditional branches (BCR 15, BRC 15, BRCL 15) and LPSWE: what stands behind is often not code. */
function neverFallsThrough(first: number): boolean {
  return (first & 0xfff0) === 0x07f0 || first === 0xa7f4 || first === 0xc0f4 || first === 0xb2b2;
}
