/** What is left of a machine in which the engine made a mistake. */
import type { CrashRecord } from "../api/machine.ts";
import type { S390Ccw } from "../machine/s390Ccw.ts";

/** PSW and registers of the CPU that executed; what failed may keep them from being told. */
function describeState({ core }: S390Ccw): string {
  try {
    const registers = Array.from({ length: 16 }, (_, n) => `r${n}=${core.cpu.gr(n).toString(16)}`);
    const psw = `${core.pswMask().toString(16)} ${core.pc.toString(16)}`;
    return `cpu ${core.vcpu.id} psw ${psw} ${registers.join(" ")}`;
  } catch (error) {
    return `not available: ${String(error)}`;
  }
}

export function crashOf(
  machine: S390Ccw, fault: unknown,
): { readonly message: string; readonly record: CrashRecord } {
  const { message, stack = message } = fault instanceof Error ? fault : new Error(String(fault));
  const record: CrashRecord = {
    seed: machine.config.seed, instructions: Number(machine.instructions), stack,
    state: describeState(machine), lastInstructions: machine.lastEvents(),
  };
  return { message, record };
}
