/**
 * Authority of semi-privileged instructions (Principles of Operation, chapter 5, "Authorization mechanisms").
 */
import type { HelperCpu } from "./helperCpu.ts";
import { Program } from "./instruction.ts";

/** CR0.36: extraction-authority control. */
const EXTRACTION_AUTHORITY = 1n << 27n;

/** Privileged-operation exception in the problem state while the extraction-authority control is zero. */
export function requireExtractionAuthority(cpu: HelperCpu): void {
  if (cpu.control.problemState && !(cpu.cr(0) & EXTRACTION_AUTHORITY)) cpu.program(Program.privileged);
}

/** PSW-key mask (CR3 bits 32-47): in the problem state the key must be among the allowed ones. */
export function requireKey(cpu: HelperCpu, key: number): void {
  if (cpu.control.problemState && !((cpu.cr(3) >> (31n - BigInt(key))) & 1n)) cpu.program(Program.privileged);
}
