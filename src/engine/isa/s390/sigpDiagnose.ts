/**
 * What reaches outside the CPU: other CPUs (SIGNAL PROCESSOR, Principles of Operation, chapter 4), the
 * hypervisor (DIAGNOSE) and the service processor (SERVICE CALL).
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";

/** The parameter is in the odd one of R1, R1+1; status goes to bits 32-63 of R1 with condition code 1. */
function sigp(cpu: HelperCpu, f: RawFields): void {
  const order = Number(cpu.address(f.b2, f.d2) & 0xffn);
  const target = cpu.grLow(f.r3) & 0xffff;
  const result = cpu.control.signalProcessor(target, order, cpu.gr(f.r1 | 1));
  if (result.cc === 1) cpu.setGrLow(f.r1, (result.status ?? 0) >>> 0);
  cpu.cc = result.cc;
}

const diagnose = (cpu: HelperCpu, f: RawFields): void =>
  cpu.control.diagnose(f.r1, f.r3, Number(cpu.address(f.b2, f.d2) & 0xffffn));

/**
 * The control block is a doubleword-aligned real address below 2 GiB, outside both low-core pages and their
 * prefixed twins.
 */
function servc(cpu: HelperCpu, f: RawFields): void {
  const sccb = cpu.gr(f.r2);
  if (sccb & ~0x7fff_fff8n) cpu.program(Program.specification);
  const block = Number(sccb) & ~0x1fff;
  if (block === 0 || block === cpu.control.prefix()) cpu.program(Program.specification);
  if (Number(sccb) >= cpu.control.storageSize) cpu.program(Program.addressing);
  cpu.cc = cpu.control.serviceCall(cpu.grLow(f.r1), sccb);
}

const privileged = { privileged: true };

export const sigpDiagnose: readonly Instruction[] = [
  helper("sigp", "RS-a", 0xae, sigp, privileged),
  helper("diag", "RS-a", 0x83, diagnose, privileged),
  helper("servc", "RRE", 0xb220, servc, privileged),
];
