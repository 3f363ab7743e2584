/**
 * Addresses of operands that must be on an integral boundary (Principles of Operation, chapter 5, "Boundary
 * alignment").
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { Program } from "./instruction.ts";

/** Specification exception unless the address is a multiple of `size` bytes (a power of two). */
export function requireAligned(cpu: HelperCpu, address: bigint, size: number): bigint {
  if (address & BigInt(size - 1)) cpu.program(Program.specification);
  return address;
}

/** Address of the operand D1(B1), a multiple of `size` bytes. */
export const alignedOperand1 = (cpu: HelperCpu, f: RawFields, size: number): bigint =>
  requireAligned(cpu, cpu.address(f.b1, f.d1), size);

/** Address of the operand D2(B2), a multiple of `size` bytes. */
export const alignedOperand2 = (cpu: HelperCpu, f: RawFields, size: number): bigint =>
  requireAligned(cpu, cpu.address(f.b2, f.d2), size);
