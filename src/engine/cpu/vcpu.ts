/**
 * One virtual CPU: what of it is not in the engine's fixed register block, and a copy of that block while it
 * is parked.
 */
import { Reg } from "./layout.ts";
import { PswBit } from "./mode.ts";

export type CpuState = "stopped" | "operating" | "check-stop" | "load";

export class Vcpu {
  readonly id: number;
  /** PSW bit 32 (basic addressing mode) as bit 31 of the low word. */
  maskLow = 0x80000000;
  /** The register block in use: the engine's while this CPU runs, else the parked copy. */
  registers: Uint32Array;
  state: CpuState = "stopped";
  clockComparator = 0n;
  /** CPU timer value at virtual nanosecond `cpuTimerAt`. */
  cpuTimerBase = 0n;
  cpuTimerAt = 0n;
  todProgrammable = 0;
  /** Translation-exception identification etc. of the exception being raised. */
  teid = 0n;
  exceptionAccess = 0;
  /** Register fields of the MOVE PAGE in execution, R1 in the left half of the byte; else 0. */
  operandAccess = 0;
  monitorClass = 0;
  monitorCode = 0n;
  readonly parked = new Uint8Array(Reg.end);

  constructor(id: number) {
    this.id = id;
    this.registers = new Uint32Array(this.parked.buffer);
    this.registers[Reg.pswHigh >> 2] = PswBit.ea;
    new DataView(this.parked.buffer).setUint32(Reg.cpuAddress, id, true);
  }

  /** PSW bits 0-31 without condition code and program mask. */
  get maskHigh(): number {
    return this.registers[Reg.pswHigh >> 2]!;
  }
  set maskHigh(value: number) {
    this.registers[Reg.pswHigh >> 2] = value;
  }
  get waiting(): boolean {
    return (this.maskHigh & PswBit.wait) !== 0;
  }
}
