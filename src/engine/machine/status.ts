/**
 * Store status (Principles of Operation, chapter 4): registers of the running vCPU into a 512-byte save area.
 */
import type { Core } from "../cpu/core.ts";
import { Reg } from "../cpu/layout.ts";

/**
 * `area` is the absolute address of the save area whose first field is floating-point register 0 (lowcore
 * 0x1200).
 */
export function saveStatus(core: Core, prefix: number, area: number): void {
  const { ram, cpu, vcpu } = core;
  const put64 = (offset: number, value: bigint): void => ram.setU64(area + offset, value, "interruption");
  const put32 = (offset: number, value: number): void => ram.setU32(area + offset, value, "interruption");
  for (let n = 0; n < 16; n++) {
    put64(n * 8, cpu.fpr(n));
    put64(0x80 + n * 8, cpu.gr(n));
    put32(0x140 + n * 4, cpu.ar(n));
    put64(0x180 + n * 8, cpu.cr(n));
  }
  put64(0x100, core.pswMask());
  put64(0x108, core.pc);
  put32(0x118, prefix);
  put32(0x11c, core.memory.u32[Reg.fpc >> 2]!);
  put32(0x124, vcpu.todProgrammable);
  put64(0x128, core.cpuTimer(vcpu));
  put64(0x130, vcpu.clockComparator >> 8n);
}

/** The vector registers into 512 of the 1024 bytes of an additional-status area at an absolute address. */
export function saveAdditionalStatus({ ram, cpu }: Core, area: number): void {
  for (let n = 0; n < 32; n++) {
    const value = cpu.vr(n);
    ram.setU64(area + n * 16, value >> 64n, "interruption");
    ram.setU64(area + n * 16 + 8, BigInt.asUintN(64, value), "interruption");
  }
}
