/**
 * Banks: one data TLB, instruction TLB and jump cache per mode key, so that going from kernel to user and
 * back flushes nothing. A bank remembers the context (space, key, controls) its contents were made in.
 */
import { assert } from "../base/assert.ts";
import type { EngineMemory } from "./engineMemory.ts";
import {
  BANKS,
  BANK_COUNT,
  BANK_ITLB,
  BANK_JUMP,
  BANK_SIZE,
  BANK_TLB2,
  ITLB_ENTRIES,
  ITLB_ENTRY,
  JUMP_ENTRIES,
  JUMP_ENTRY,
  JUMP_LOG,
  JUMP_LOG_ENTRIES,
  PAGE_INDEXES,
  Reg,
  TLB_ENTRIES,
  TLB_ENTRY,
  TLB_FRAME,
  TLB_WRITE,
} from "./layout.ts";

export interface Bank {
  readonly index: number;
  readonly base: number;
  /** What its contents were made in; see `Banks.wanted`. */
  readonly context: Uint32Array;
  /** Another number after every flush of instruction TLB and jump cache; of no other bank. */
  generation: number;
  /** Entries filled since the last flush: of both data TLBs and of the instruction TLB. */
  readonly filled: FillLog;
  readonly filledCode: FillLog;
}

/** Host offsets of what was filled, so that a flush need not touch what is empty. */
class FillLog {
  private static readonly most = 2048;
  readonly entries = new Int32Array(FillLog.most);
  private count = 0;

  note(entry: number): void {
    if (this.count < FillLog.most) this.entries[this.count] = entry;
    this.count++;
  }
  /** Hands out all entries; false, and none, if they were too many. */
  each(take: (entry: number) => void): boolean {
    const { count } = this;
    if (count > FillLog.most) return false;
    for (let i = 0; i < count; i++) take(this.entries[i]!);
    return true;
  }
  /** The same, and forgets them. */
  drain(take: (entry: number) => void): boolean {
    const isComplete = this.each(take);
    this.count = 0;
    return isComplete;
  }
}

export class Banks {
  private readonly memory: EngineMemory;
  private readonly byKey = new Map<number, Bank>();
  current!: Bank;
  /** Host offsets of TLB entries whose translation went through prefixing. */
  private readonly prefixed = new Set<number>();
  /** Some instruction TLB entry went through prefixing; jump caches may follow from it. */
  private hasPrefixedCode = false;

  constructor(memory: EngineMemory) {
    this.memory = memory;
  }

  private generations = 0;
  /** True if the last `select` dropped translations. */
  dropped = false;

  /**
   * The context that the next bank is for: the ASCE of the data, word by word, the low word of the one that
   * instructions come through, the PSW key with what of control register 0 counts.
   */
  readonly wanted = new Uint32Array(4);

  /** The bank of a mode key; undefined if all are taken (the caller drops all code and calls `reset`). */
  select(key: number): Bank | undefined {
    const { wanted } = this;
    let bank = this.byKey.get(key);
    this.dropped = false;
    if (!bank) {
      const index = this.byKey.size;
      if (index === BANK_COUNT) return undefined;
      bank = {
        index, base: BANKS + index * BANK_SIZE, context: wanted.slice(), generation: ++this.generations,
        filled: new FillLog(), filledCode: new FillLog(),
      };
      this.byKey.set(key, bank);
      this.clear(bank);
    } else if (isOther(bank.context, wanted)) {
      this.flush(bank);
      bank.context.set(wanted);
      this.dropped = true;
    }
    this.current = bank;
    const m = this.memory;
    m.u32[Reg.tlb >> 2] = bank.base;
    m.u32[Reg.itlb >> 2] = bank.base + BANK_ITLB;
    m.u32[Reg.jumpCache >> 2] = bank.base + BANK_JUMP;
    return bank;
  }

  reset(): void {
    this.byKey.clear();
    this.prefixed.clear();
    this.hasPrefixedCode = false;
  }

  /** Page tags of all ones match no page: the low 12 bits of a page address are zeros. */
  private clear(bank: Bank): void {
    this.memory.u8.fill(0xff, bank.base, bank.base + BANK_JUMP);
    // A branch may go to the odd address of all ones; an empty jump entry names slot 0, which is always a
    // stub.
    this.memory.u8.fill(0, bank.base + BANK_JUMP, bank.base + BANK_SIZE);
  }
  flush(bank: Bank): void {
    const { u8 } = this.memory;
    if (!bank.filled.drain((entry) => this.forget(entry)))
      u8.fill(0xff, bank.base, bank.base + BANK_ITLB);
    this.flushCode(bank);
  }
  private forget(entry: number): void {
    this.memory.u32.fill(0xffffffff, entry >> 2, (entry + TLB_ENTRY) >> 2);
  }
  noteFilled(entry: number): void {
    this.current.filled.note(entry);
  }
  /** An instruction TLB entry of the current bank was filled. */
  noteFilledCode(entry: number): void {
    this.current.filledCode.note(entry);
  }
  flushAll(): void {
    for (const bank of this.byKey.values()) this.flush(bank);
    this.prefixed.clear();
    this.hasPrefixedCode = false;
  }
  flushCode(bank: Bank): void {
    bank.generation = ++this.generations;
    const { u8, u32 } = this.memory;
    const start = bank.base + BANK_ITLB;
    const jumps = bank.base + BANK_JUMP;
    const isKnown = bank.filledCode.drain((entry) =>
      u32.fill(0xffffffff, entry >> 2, (entry + ITLB_ENTRY) >> 2),
    );
    if (!isKnown) u8.fill(0xff, start, jumps);
    const log = (jumps + JUMP_LOG) >> 2;
    const count = u32[log]!;
    u32[log] = 0;
    if (count > JUMP_LOG_ENTRIES) u8.fill(0, jumps, jumps + JUMP_ENTRIES * JUMP_ENTRY);
    else
      for (let i = 1; i <= count; i++) {
        const entry = u32[log + i]! >> 2;
        u32.fill(0, entry, entry + (JUMP_ENTRY >> 2));
      }
  }
  flushAllCode(): void {
    for (const bank of this.byKey.values()) this.flushCode(bank);
  }

  /**
   * Forgets every page of one page index, wherever it is mapped: what was made by one entry of a page table
   * is among them.
   */
  forgetIndex(index: number): void {
    const { u32 } = this.memory;
    for (const { base } of this.byKey.values()) {
      for (let i = index; i < TLB_ENTRIES; i += PAGE_INDEXES) {
        this.forget(base + i * TLB_ENTRY);
        this.forget(base + BANK_TLB2 + i * TLB_ENTRY);
      }
      for (let i = index; i < ITLB_ENTRIES; i += PAGE_INDEXES) {
        const entry = (base + BANK_ITLB + i * ITLB_ENTRY) >> 2;
        u32.fill(0xffffffff, entry, entry + (ITLB_ENTRY >> 2));
      }
      this.forgetJumps(base + BANK_JUMP, index);
    }
  }
  private forgetJumps(jumps: number, index: number): void {
    const { u32 } = this.memory;
    const log = (jumps + JUMP_LOG) >> 2;
    const count = u32[log]!;
    const isLogged = count <= JUMP_LOG_ENTRIES;
    for (let i = 0; i < (isLogged ? count : JUMP_ENTRIES); i++) {
      const entry = (isLogged ? u32[log + 1 + i]! : jumps + i * JUMP_ENTRY) >> 2;
      const isOfIndex = ((u32[entry]! >>> 12) & (PAGE_INDEXES - 1)) === index;
      if (isOfIndex) u32.fill(0, entry, entry + (JUMP_ENTRY >> 2));
    }
  }

  /** The data TLB entry at this host offset was made through prefixing. */
  notePrefixed(entry: number): void {
    this.prefixed.add(entry);
  }
  /**
   * The same of an instruction TLB entry: few guests execute in the prefix area, so which one is not kept.
   */
  notePrefixedCode(): void {
    this.hasPrefixedCode = true;
  }
  /** Prefix changed or another CPU runs: forget what went through prefixing. */
  flushPrefixed(): void {
    for (const entry of this.prefixed) this.forget(entry);
    this.prefixed.clear();
    if (this.hasPrefixedCode) this.flushAllCode();
    this.hasPrefixedCode = false;
  }

  /** A frame now holds code: stores to it must take the slow path. */
  writeProtectFrame(frame: number): void {
    const u32 = this.memory.u32;
    const protect = (entry: number): void => {
      if (u32[(entry + TLB_FRAME) >> 2] === frame)
        u32.fill(0xffffffff, (entry + TLB_WRITE) >> 2, (entry + TLB_WRITE + 8) >> 2);
    };
    for (const bank of this.byKey.values())
      if (!bank.filled.each(protect))
        for (let at = 0; at < BANK_ITLB; at += TLB_ENTRY) protect(bank.base + at);
  }
  get all(): IterableIterator<Bank> {
    return this.byKey.values();
  }
}

assert(BANK_JUMP === BANK_ITLB + ITLB_ENTRIES * ITLB_ENTRY, "instruction TLB and jump cache are neighbours");

function isOther(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return true;
  return false;
}
