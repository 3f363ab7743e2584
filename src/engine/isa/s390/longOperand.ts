/**
 * Operands of interruptible and CPU-determined instructions: an address register, mostly with a length
 * register beside it (Principles of Operation, chapter 5, "Interruptible instructions"; chapter 7).
 *
 * Invariant: the registers always tell how far the operand has been processed, so an access exception in the
 * next piece finds the architected state of everything before it.
 */
import type { HelperCpu } from "./helperCpu.ts";

/** Where the length is: bits 40-63 (MVCL, CLCL), or the register's 32 bits, 64 in 64-bit mode. */
export type LengthForm = "24 bits" | "register";

export const addressIn = (cpu: HelperCpu, r: number): bigint => cpu.wrap(cpu.gr(r));

/** Length in a register: bits 32-63, in 64-bit mode all of it. */
export const lengthIn = (
  cpu: HelperCpu, r: number,
): bigint => (cpu.addressBits === 64 ? cpu.gr(r) : BigInt(cpu.grLow(r)));

export function setLength(cpu: HelperCpu, r: number, length: bigint): void {
  if (cpu.addressBits === 64) cpu.setGr(r, length);
  else cpu.setGrLow(r, Number(length));
}

/** GR1 of TRT, TRTR and EDMK: unlike other address results, 24-bit mode leaves bits 32-39. */
export function setMark(cpu: HelperCpu, address: bigint): void {
  if (cpu.addressBits === 24) cpu.setGrLow(1, ((cpu.grLow(1) & 0xff00_0000) | Number(address)) >>> 0);
  else cpu.setAddress(1, address);
}

export class LongOperand {
  readonly cpu: HelperCpu;
  /** Even register with the address; it names the space in access-register mode. */
  readonly r: number;
  readonly form: LengthForm;
  address: bigint;
  /** Bytes left. */
  length: bigint;

  constructor(cpu: HelperCpu, r: number, form: LengthForm = "register") {
    this.cpu = cpu;
    this.r = r;
    this.form = form;
    this.address = addressIn(cpu, r);
    this.length = form === "24 bits" ? BigInt(cpu.grLow(r + 1) & 0xff_ffff) : lengthIn(cpu, r + 1);
  }

  /**
   * Bytes of the next piece: at most `limit`, in one page, whole units; one unit where a unit lies across the
   * page's end.
   */
  piece(limit: number, unit = 1): number {
    return pieceOf(this.cpu, this.address, Math.min(limit, Number(this.length)), unit);
  }

  load(bytes: number): Uint8Array {
    return this.cpu.loadBytes(this.address, bytes, this.r);
  }

  store(data: Uint8Array): void {
    this.cpu.storeBytes(this.address, data, this.r);
  }

  advance(bytes: number): void {
    this.address = this.cpu.wrap(this.address + BigInt(bytes));
    this.length -= BigInt(bytes);
    this.commit();
  }

  commit(): void {
    this.cpu.setAddress(this.r, this.address);
    if (this.form === "register") setLength(this.cpu, this.r + 1, this.length);
    else this.cpu.setGrLow(
      this.r + 1, ((this.cpu.grLow(this.r + 1) & 0xff00_0000) | Number(this.length)) >>> 0,
    );
  }
}

/** Largest piece from `address`: at most `limit` bytes, in one page, whole units, but at least one unit. */
export function pieceOf(cpu: HelperCpu, address: bigint, limit: number, unit = 1): number {
  const bytes = Math.min(limit, cpu.toPageEnd(address));
  return Math.max(unit, bytes - (bytes % unit));
}

/** Pieces start small, since most comparisons and searches end early, and grow to a page. */
export class Window {
  bytes = 64;

  next(budget: number): number {
    const size = Math.min(this.bytes, budget);
    this.bytes = Math.min(4096, this.bytes * 4);
    return size;
  }
}
