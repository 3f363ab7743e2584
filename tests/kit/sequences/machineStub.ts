/** What lies outside a CPU under test: everything answers, nothing happens, and two of them answer alike. */
import type { MachinePort } from "../../../src/engine/cpu/machinePort.ts";

export class MachineStub implements MachinePort {
  private ticks = 0;
  private chance = 0;

  reset(): void {
    this.ticks = 0;
    this.chance = 0;
  }
  tod(): bigint {
    return 0xd5_0000_0000_0000n * 256n + BigInt(++this.ticks) * 4096n;
  }
  setTod(): boolean {
    return true;
  }
  now(): bigint {
    return 1000n;
  }
  signalProcessor(from: number, target: number): { cc: number; status?: number } {
    return target === from ? { cc: 1, status: 0x40 } : { cc: 3 };
  }
  serviceCall(): number {
    return 2;
  }
  diagnose(): void {
    /* does nothing */
  }
  channel(name: string): number {
    return name === "stcrw" ? 1 : 3;
  }
  facilities(): Uint8Array {
    return new Uint8Array(32).fill(0xff, 0, 24);
  }
  systemInformation(functionCode: number, selector1: number, selector2: number): Uint8Array | undefined {
    return functionCode <= 3 && selector1 && selector2 ? new Uint8Array(4096).fill(functionCode) : undefined;
  }
  cpuId(cpuAddress: number): bigint {
    return 0x12_3456_3906_0000n + BigInt(cpuAddress);
  }
  random(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => (this.chance = (this.chance * 77 + 41) & 0xff));
  }
}
