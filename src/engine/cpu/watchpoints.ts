/**
 * Storage and registers that a debugger watches. A page with a watched byte gets no tag in the TLB for the
 * accesses asked about, so each of them comes to the slow path. There compiled code is told of an exception:
 * the instruction is undone, as at a page fault, and then executed alone with `isAlone` set, and what it
 * touched is known behind it. While a CPU's register is watched, all its instructions are executed alone.
 * Without a watchpoint nothing of this is there.
 *
 * Invariant: the guest cannot tell. An undone instruction is counted once, and virtual time inside one that
 * is executed alone is what it would have been. Instruction fetches, and reads of devices, are not watched.
 */
import type { MemoryWriter } from "../memory/memoryWriter.ts";
import type { Core } from "./core.ts";
import type { RunEnd } from "./coreTypes.ts";
import { Reg } from "./layout.ts";

export type WatchedSpace = "absolute" | "real" | "virtual";

/** Virtual addresses are those that instructions name, in whatever space and with DAT on or off. */
export interface WatchedRange {
  readonly space: WatchedSpace;
  readonly first: bigint;
  /** In bytes, 1 or more; a range does not wrap. */
  readonly length: number;
  readonly reads: boolean;
  readonly writes: boolean;
}
/** Words of a CPU's register block (`Reg`); `at` in bytes. */
export interface WatchedRegister {
  readonly cpu: number;
  readonly at: number;
  readonly words: number;
}

/** What happened to a range or register, by its place in the list that was set. */
export interface Touch {
  readonly what: "range" | "register";
  readonly index: number;
  readonly isWrite: boolean;
  /** "cpu" for instructions of any kind. */
  readonly writer: MemoryWriter;
  /** Address of the instruction; none for what devices and interruptions store. */
  readonly instruction?: bigint;
}

/** What the slow path says to compiled code in place of a program-interruption code. */
export const WATCHED = 0x10000;
const READS = 1;
const WRITES = 2;
/** The only exception of compiled instructions that comes after their results are stored. */
const FIXED_OVERFLOW = 8;

const isCpu = (writer: MemoryWriter): boolean => writer === "cpu" || writer === "cpu-helper";
const pageOf = (high: number, low: number): number => high * 0x100000 + (low >>> 12);

export class Watchpoints {
  private readonly core: Core;
  /** Told what an instruction or a device touched; true to stop. */
  private readonly onTouched: (touches: readonly Touch[]) => boolean;
  /** Something was stored, perhaps beside any instruction: `deliver` is to be called soon. */
  private readonly onStored: () => void;
  /** Where real and virtual ranges lie for what is stored without an instruction; undefined: nowhere. */
  private readonly absoluteOf: (index: number) => bigint | undefined;
  private ranges: readonly WatchedRange[] = [];
  private registers: readonly WatchedRegister[] = [];
  private readonly known = new Map<WatchedRegister, Uint32Array>();
  private readonly pages: Record<WatchedSpace, Map<number, number>> = {
    absolute: new Map(), real: new Map(), virtual: new Map(),
  };
  private touches: Touch[] = [];
  private instruction = 0n;
  /** Watched storage may be accessed: the instruction is the only one of its run. */
  isAlone = false;
  /** Instructions of the slice that are kept back while one is executed alone. */
  held = 0;

  constructor(
    core: Core,
    onTouched: (touches: readonly Touch[]) => boolean,
    onStored: () => void,
    absoluteOf: (index: number) => bigint | undefined,
  ) {
    this.core = core;
    this.onTouched = onTouched;
    this.onStored = onStored;
    this.absoluteOf = absoluteOf;
  }

  /** All of them, in place of those before. Between runs only. */
  set(ranges: readonly WatchedRange[], registers: readonly WatchedRegister[]): void {
    this.ranges = ranges;
    this.registers = registers;
    for (const pages of Object.values(this.pages)) pages.clear();
    for (const { space, first, length, reads, writes } of ranges) {
      const last = Number((first + BigInt(length - 1)) >> 12n);
      for (let page = Number(first >> 12n); page <= last; page++) {
        const asked = (reads ? READS : 0) | (writes ? WRITES : 0);
        this.pages[space].set(page, (this.pages[space].get(page) ?? 0) | asked);
      }
    }
    this.core.watch = ranges.length + registers.length > 0 ? this : undefined;
    this.core.purge(undefined);
    this.rebase();
  }

  /** What a debugger wrote is no change. */
  rebase(): void {
    this.known.clear();
    for (const register of this.registers) this.known.set(register, this.valueOf(register));
  }
  private valueOf({ cpu, at, words }: WatchedRegister): Uint32Array {
    return this.core.vcpus[cpu]!.registers.slice(at >> 2, (at >> 2) + words);
  }

  // ---- storage
  /** Bits of what is asked about a page (1 reads, 2 writes), by its logical, real and absolute address. */
  private asked(high: number, low: number, real: number, absolute: number): number {
    const { pages } = this;
    return (
      (pages.virtual.get(pageOf(high, low)) ?? 0) |
      (pages.real.get(real >>> 12) ?? 0) |
      (pages.absolute.get(absolute >>> 12) ?? 0)
    );
  }
  /** Which tags the page may have in the TLB. */
  allows(high: number, low: number, real: number, absolute: number): { reads: boolean; writes: boolean } {
    const asked = this.asked(high, low, real, absolute);
    return { reads: (asked & READS) === 0, writes: asked === 0 };
  }
  /** An access of compiled code, resolved; false if the instruction is to be undone and executed alone. */
  admits(high: number, low: number, size: number, isWrite: boolean): boolean {
    const { real, absolute } = this.core.storage;
    if (!(this.asked(high, low, real, absolute) & (isWrite ? WRITES : READS))) return true;
    if (!this.isAlone) return false;
    const address = (BigInt(high) << 32n) | BigInt(low >>> 0);
    this.accessed({ virtual: address, real, absolute }, size, isWrite, "cpu");
    return true;
  }
  /** A helper instruction accessed storage; its writes to real and absolute addresses come by `wrote`. */
  helped(address: bigint, size: number, isWrite: boolean): void {
    const { real, absolute } = this.core.storage;
    this.accessed({ virtual: address, ...(!isWrite && { real, absolute }) }, size, isWrite, "cpu-helper");
  }
  private accessed(
    at: { readonly virtual?: bigint; readonly real?: number; readonly absolute?: number },
    size: number, isWrite: boolean, writer: MemoryWriter,
  ): void {
    this.ranges.forEach(({ space, first, length, reads, writes }, index) => {
      const place = at[space];
      if (place === undefined || !(isWrite ? writes : reads)) return;
      if (BigInt(place) >= first + BigInt(length) || BigInt(place) + BigInt(size) <= first) return;
      this.note({ what: "range", index, isWrite, writer });
    });
  }
  /** Storage was written by way of its absolute address. */
  wrote(absolute: number, size: number, writer: MemoryWriter): void {
    if (writer === "debugger" || writer === "snapshot") return;
    this.ranges.forEach(({ space, first, length, writes }, index) => {
      if (!writes || (space === "virtual" && writer === "cpu-helper")) return;
      const start = space === "absolute" ? first : this.absoluteOf(index);
      if (start === undefined || BigInt(absolute) >= start + BigInt(length)) return;
      if (BigInt(absolute + size) > start) this.note({ what: "range", index, isWrite: true, writer });
    });
    if (this.hasTouches) this.onStored();
  }
  private note(touch: Omit<Touch, "instruction">): void {
    const isOwn = isCpu(touch.writer);
    const instruction = this.isAlone ? this.instruction : this.core.pc;
    this.touches.push({ ...touch, writer: isOwn ? "cpu" : touch.writer, ...(isOwn && { instruction }) });
  }

  // ---- running
  /** A helper touched something: the engine is left behind it. */
  get hasTouches(): boolean {
    return this.touches.length > 0;
  }
  /** A compiled instruction ended in a program interruption: it has stored nothing. */
  suppressed(code: number): void {
    if (code === FIXED_OVERFLOW) return;
    this.touches = this.touches.filter(({ writer, isWrite }) => writer !== "cpu" || !isWrite);
  }
  /** Tells what was touched since it was asked last; true to stop. */
  deliver(): boolean {
    const { touches } = this;
    this.touches = [];
    return touches.length > 0 && this.onTouched(touches);
  }

  /** As `Core.run`. */
  run(count: number): RunEnd {
    const { core } = this;
    const isSingle = this.registers.some(({ cpu }) => cpu === core.vcpu.id);
    for (let left = count; left > 0; left = core.instructionsLeft) {
      let end = isSingle || core.mode.per ? this.one(left) : core.execute(left);
      if (end === "watched") end = this.one(core.instructionsLeft + 1);
      if (this.deliver()) return "watchpoint";
      if (end !== "slice") return end;
    }
    return "slice";
  }
  /** Executes the next instruction of a slice that has `left`. */
  private one(left: number): RunEnd {
    const { core } = this;
    this.held = left - 1;
    this.isAlone = true;
    this.instruction = core.pc;
    const end = core.execute(1);
    this.compareRegisters();
    this.isAlone = false;
    core.memory.i32[Reg.ic >> 2]! += this.held;
    this.held = 0;
    return end;
  }
  private compareRegisters(): void {
    const { vcpu } = this.core;
    for (const [index, register] of this.registers.entries()) {
      if (register.cpu !== vcpu.id) continue;
      const before = this.known.get(register)!;
      const from = register.at >> 2;
      if (before.every((word, n) => vcpu.registers[from + n] === word)) continue;
      this.known.set(register, this.valueOf(register));
      this.note({ what: "register", index, isWrite: true, writer: "cpu" });
    }
  }
}
