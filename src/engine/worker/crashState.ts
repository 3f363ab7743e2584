/** What a crash record tells of the machine. */
import type { S390Ccw } from "../machine/s390Ccw.ts";

/** PSW and registers of the CPU that executed; what failed may keep them from being told. */
export function describeState({ core }: S390Ccw): string {
  try {
    const registers = Array.from({ length: 16 }, (_, n) => `r${n}=${core.cpu.gr(n).toString(16)}`);
    const psw = `${core.pswMask().toString(16)} ${core.pc.toString(16)}`;
    return `cpu ${core.vcpu.id} psw ${psw} ${registers.join(" ")}`;
  } catch (error) {
    return `not available: ${String(error)}`;
  }
}
