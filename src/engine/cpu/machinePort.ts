/** The machine behind the CPU, as control instructions reach it. */
import type { ApInstruction } from "../isa/s390/helperCpu.ts";

export interface MachinePort {
  /** Virtual TOD clock, 64 bits. */
  tod(): bigint;
  setTod(value: bigint): boolean;
  /** Virtual nanoseconds. */
  now(): bigint;
  signalProcessor(
    from: number,
    target: number,
    order: number,
    parameter: bigint,
  ): { cc: number; status?: number };
  serviceCall(command: number, sccb: bigint): number;
  diagnose(r1: number, r3: number, code: number): void;
  channel(name: string, address: bigint, b: number): number;
  /**
   * SET INTERRUPTION CONTROLS: 0 or a program interruption code. Absent: no adapter-interruption suppression.
   */
  setInterruptionControls?(mode: number, isc: number): number;
  /** An AP instruction of the CPU that runs: 0 or a program interruption code. Absent: there is no AP. */
  adapterQueue?(name: ApInstruction, r1: number, r2: number): number;
  facilities(): Uint8Array;
  systemInformation(functionCode: number, selector1: number, selector2: number): Uint8Array | undefined;
  cpuId(cpuAddress: number): bigint;
  random(length: number): Uint8Array;
  /** The CPU that runs has purged the translations of every CPU. */
  purged?(): void;
}
