/**
 * Host positions of storage operands of 1 to 256 bytes, for routines that work on them byte by byte or in
 * larger pieces.
 *
 * Guest storage is reversed in host memory: within a page the byte after the one at host offset h is at h -
 * 1. An operand lies in at most two pages, so two host offsets and the number of bytes in the first page say
 * where each of its bytes is. Invariant: all spans of an instruction are found before anything is stored, so
 * an access exception leaves storage unchanged.
 */
import type { FunctionBuilder } from "../../wasm/function.ts";
import * as E from "../../wasm/value.ts";
import { I32, k32, k64, type Val } from "../../wasm/value.ts";
import { Reg, TLB_ADDEND, TLB_BIAS, TLB_ENTRIES, TLB_ENTRY, TLB_READ, TLB_WRITE } from "../layout.ts";
import type { RoutineBase } from "./routines.ts";

const ZERO = k32(0);

/**
 * Byte i of the operand is at host `first - i` for i < `cut`, else at `rest - i`; with `down`, at `+ i`. All
 * i32 locals.
 */
export interface Span {
  readonly first: Val;
  readonly rest: Val;
  readonly cut: Val;
  readonly down: boolean;
}

/** Parameters of a routine that name one operand: virtual address (i64, wrapped) and space (i32). */
export interface Operand {
  readonly address: Val;
  readonly space: Val;
}

/** What one routine's function needs for reaching storage. */
export class StorageFrame {
  readonly fn: FunctionBuilder;
  private readonly base: RoutineBase;
  /** Becomes 2 when a store changes predecoded code. */
  private readonly changed: number;
  private readonly failed: Val | undefined;

  /** `failed` is what the function returns when an access exception ends the instruction. */
  constructor(fn: FunctionBuilder, base: RoutineBase, failed: Val | undefined) {
    this.fn = fn;
    this.base = base;
    this.failed = failed;
    this.changed = fn.local(I32);
  }

  /**
   * Host offset of the byte at `address`; the `length` bytes from there lie in one page and are tested for
   * access.
   */
  byteHost(address: Val, space: Val, length: Val, write: boolean): Val {
    const fn = this.fn;
    const host = fn.local(I32);
    const index = E.and32(
      E.wrap(E.shru64(address, k64(12 - Math.log2(TLB_ENTRY)))),
      k32((TLB_ENTRIES - 1) * TLB_ENTRY),
    );
    const entry = fn.let(E.add32(index, E.load32(ZERO, Reg.tlb)));
    const tag = E.load64(entry, write ? TLB_WRITE : TLB_READ);
    fn.if(
      E.eq64(tag, E.and64(address, k64(-4096n))),
      () => fn.set(host, E.add32(E.sub32(E.load32(entry, TLB_ADDEND), E.wrap(address)), k32(TLB_BIAS - 1))),
      () => {
        const lowest = E.callVal(this.base.hostFor, I32, address, length, space, k32(write ? 1 : 0));
        fn.set(host, E.add32(lowest, E.sub32(length, k32(1))));
        const fault = fn.let(E.load32(ZERO, Reg.fault));
        fn.if(E.eq32(fault, k32(1)), () => fn.return_(this.failed));
        fn.set(this.changed, E.or32(fn.get(this.changed), fault));
      },
    );
    return fn.get(host);
  }

  /** Address `by` (i32) bytes on, in the addressing mode. */
  after(address: Val, by: Val): Val {
    return this.fn.let(E.and64(E.add64(address, E.exts(by)), E.load64(ZERO, Reg.addressMask)));
  }

  /** `length` (i32, pinned) bytes from the operand's address rightwards. */
  ascending(operand: Operand, length: Val, write: boolean): Span {
    const fn = this.fn;
    const { address, space } = operand;
    const cut = fn.let(roomAfter(address));
    const rest = fn.local(I32);
    const first = this.byteHost(address, space, fn.let(E.select(E.ltu32(length, cut), length, cut)), write);
    fn.set(rest, first);
    fn.if(E.gtu32(length, cut), () => {
      const next = this.byteHost(this.after(address, cut), space, fn.let(E.sub32(length, cut)), write);
      fn.set(rest, E.add32(next, cut));
    });
    return { first, rest: fn.get(rest), cut, down: false };
  }

  /** `length` bytes from the operand's address leftwards; only for reading. */
  descending(operand: Operand, length: Val): Span {
    const fn = this.fn;
    const { address, space } = operand;
    const cut = fn.let(E.add32(E.and32(E.wrap(address), k32(4095)), k32(1)));
    const rest = fn.local(I32);
    const here = fn.let(E.select(E.ltu32(length, cut), length, cut));
    const leftmost = this.byteHost(this.after(address, E.sub32(k32(1), here)), space, here, false);
    const first = fn.let(E.sub32(leftmost, E.sub32(here, k32(1))));
    fn.set(rest, first);
    fn.if(E.gtu32(length, cut), () => {
      const more = fn.let(E.sub32(length, cut));
      const start = this.after(address, E.sub32(k32(1), length));
      const end = E.sub32(this.byteHost(start, space, more, false), E.sub32(more, k32(1)));
      fn.set(rest, E.sub32(end, cut));
    });
    return { first, rest: fn.get(rest), cut, down: true };
  }

  /**
   * Runs `body` on runs of bytes that lie side by side in all operands: host offsets of the first ones and
   * their number.
   */
  runs(spans: readonly Span[], length: Val, body: (hosts: readonly Val[], count: Val) => void): void {
    const fn = this.fn;
    const at = fn.local(I32);
    const end = fn.local(I32);
    fn.set(at, ZERO);
    const again = fn.loop();
    fn.set(end, length);
    for (const s of spans) {
      const inFirst = E.and32(E.ltu32(fn.get(at), s.cut), E.ltu32(s.cut, fn.get(end)));
      fn.if(inFirst, () => fn.set(end, s.cut));
    }
    const hosts = spans.map((s) => {
      const start = E.select(E.ltu32(fn.get(at), s.cut), s.first, s.rest);
      return fn.let(s.down ? E.add32(start, fn.get(at)) : E.sub32(start, fn.get(at)));
    });
    body(hosts, fn.let(E.sub32(fn.get(end), fn.get(at))));
    fn.set(at, fn.get(end));
    fn.brIf(again, E.ltu32(fn.get(at), length));
    fn.end();
  }

  /** Tells the caller whether stores changed code; the last thing before the routine returns. */
  finish(): void {
    this.fn.store32(ZERO, this.fn.get(this.changed), Reg.fault);
  }
}

/** Bytes from the address to its page's end (i32). */
export const roomAfter = (address: Val): Val => E.sub32(k32(4096), E.and32(E.wrap(address), k32(4095)));
