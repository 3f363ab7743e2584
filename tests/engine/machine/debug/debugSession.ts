/** A machine under the debugger, driven as its worker drives it. */
import type { DebugCall, RegisterFile } from "../../../../src/engine/api/debug.ts";
import type { MachineConfig, StopReason } from "../../../../src/engine/api/machine.ts";
import { Debugger } from "../../../../src/engine/machine/debug/debugger.ts";
import { S390Ccw } from "../../../../src/engine/machine/s390Ccw.ts";

export const hex = (address: bigint | number): string => address.toString(16).padStart(16, "0");

export class DebugSession {
  readonly machine: S390Ccw;
  readonly debug: Debugger;
  text = "";
  reason: StopReason | undefined;

  constructor(given: MachineConfig) {
    const made = S390Ccw.create(given, (bytes) => (this.text += Buffer.from(bytes).toString("latin1")));
    if (!made.ok) throw new Error(made.error);
    this.machine = made.value;
    this.debug = new Debugger(this.machine);
  }
  ask<T>(call: DebugCall): T {
    const answer = this.debug.look(call);
    if (!answer.ok) throw new Error(answer.error);
    return answer.value as T;
  }
  register(cpu: number, name: string): bigint {
    return BigInt(`0x${this.ask<RegisterFile>({ name: "registers", cpu }).values[name]}`);
  }
  breakAt(...addresses: (bigint | number)[]): void {
    this.ask({ name: "setBreakpoints", addresses: addresses.map(hex) });
  }
  /** Goes on to the next halt; undefined at the end, or where the machine waits for keys. */
  go(budget = 1_000_000) {
    this.debug.begin();
    for (;;) {
      const { end, halt } = this.debug.run(budget);
      if (halt) return halt;
      if (end.kind === "ended") this.reason = end.reason;
      if (end.kind === "ended" || (end.kind === "idle" && end.untilNs === undefined)) return undefined;
      if (end.kind === "idle") this.machine.skipIdle(end.untilNs!);
    }
  }
}
