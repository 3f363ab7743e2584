/** The control port of the plain CPU: one flat storage, calls to the machine written down. */
import type { Translation } from "../../../../src/engine/isa/s390/helperCpu.ts";
import type { FakeCpu } from "./fakeCpu.ts";
import { ProgramInterruption } from "./programInterruption.ts";

/** Real storage is the same pages; everything not used by a test throws. */
export class FakePort {
  readonly cpu: FakeCpu;
  mask = 0x0000_0001_8000_0000n;
  problemState = false;
  datOn = true;
  key = 0;
  addressSpace = 0;
  storageSize = 0x4000_0000;
  keys = new Map<number, number>();
  purged: (bigint | undefined)[] = [];
  calls: unknown[][] = [];
  clock = 0x0123_4567_89ab_cdefn;
  clockComparator = 0n;
  cpuTimer = 0n;
  todProgrammable = 0;
  prefixValue = 0;
  readonly cpuAddress = 3;

  constructor(cpu: FakeCpu) {
    this.cpu = cpu;
  }
  pswMask(): bigint {
    return this.mask;
  }
  pswAddress(): bigint {
    return 0x2000n;
  }
  loadPsw(mask: bigint, address: bigint): void {
    this.calls.push(["loadPsw", mask, address]);
  }
  setSystemMask(mask: number): void {
    this.mask = (this.mask & ~(0xffn << 56n)) | (BigInt(mask) << 56n);
  }
  setKey(key: number): void {
    this.key = key;
  }
  setAddressSpace(asc: number): void {
    this.addressSpace = asc;
  }
  setProgramMask(mask: number): void {
    this.cpu.programMask = mask;
  }
  setProblemState(isProblem: boolean): void {
    this.problemState = isProblem;
  }
  setAddressingMode(bits: 24 | 31 | 64): void {
    this.cpu.addressBits = bits;
  }
  prefix(): number {
    return this.prefixValue;
  }
  setPrefix(value: number): void {
    this.prefixValue = value;
  }
  tod(): bigint {
    return this.clock;
  }
  setTod(value: bigint): boolean {
    this.clock = value;
    return true;
  }
  storageKey(absolute: number): number {
    return this.keys.get(absolute >>> 12) ?? 0;
  }
  setStorageKey(absolute: number, key: number): void {
    this.keys.set(absolute >>> 12, key);
  }
  realToAbsolute(real: bigint, length: number): number {
    if (real + BigInt(length) > BigInt(this.storageSize)) throw new ProgramInterruption(5, 0, false);
    return Number(real);
  }
  readReal(real: bigint, size: 1 | 2 | 4 | 8): bigint {
    return this.readAbsolute(this.realToAbsolute(real, size), size);
  }
  writeReal(real: bigint, size: 1 | 2 | 4 | 8, value: bigint): void {
    this.writeAbsolute(this.realToAbsolute(real, size), size, value);
  }
  readAbsolute(absolute: number, size: 1 | 2 | 4 | 8): bigint {
    return this.cpu.load(BigInt(absolute), size, 0);
  }
  writeAbsolute(absolute: number, size: 1 | 2 | 4 | 8, value: bigint): void {
    this.cpu.store(BigInt(absolute), size, value, 0);
  }
  fillAbsolute(absolute: number, length: number, value: number): void {
    this.cpu.storeBytes(BigInt(absolute), new Uint8Array(length).fill(value), 0);
  }
  translate(virtual: bigint): Translation {
    return this.cpu.absent.has(virtual >> 12n) ? { exception: 0x11 } : {
      absolute: Number(virtual), real: virtual,
    };
  }
  translateThrough(_asce: bigint, virtual: bigint): Translation {
    return this.translate(virtual);
  }
  loadBytesIn(asc: number, key: number, address: bigint, length: number, b: number): Uint8Array {
    this.calls.push(["load", asc, key, address, length]);
    return this.cpu.loadBytes(address, length, b);
  }
  storeBytesIn(asc: number, key: number, address: bigint, data: Uint8Array, b: number): void {
    this.calls.push(["store", asc, key, address, data.length]);
    this.cpu.storeBytes(address, data, b);
  }
  purgeTlb(_allCpus: boolean, page?: bigint): void {
    this.purged.push(page);
  }
  facilities(): Uint8Array {
    return Uint8Array.from({ length: 24 }, (_, i) => i + 1);
  }
  systemInformation(functionCode: number, selector1: number, selector2: number): Uint8Array | undefined {
    if (functionCode === 0) return Uint8Array.of(3);
    return selector1 === 1 && selector2 === 1 ? Uint8Array.of(functionCode, 0xaa) : undefined;
  }
  cpuId(): bigint {
    return 0x0012_3456_8561_8000n;
  }
  random(length: number): Uint8Array {
    return new Uint8Array(length).fill(0x5a);
  }
  signalProcessor(cpuAddress: number, order: number, parameter: bigint): { cc: number; status?: number } {
    this.calls.push(["sigp", cpuAddress, order, parameter]);
    return { cc: 1, status: 0x80 };
  }
  supervisorCall(number: number): void {
    this.calls.push(["svc", number]);
  }
  monitorCall(monitorClass: number, code: bigint): void {
    this.calls.push(["monitor", monitorClass, code]);
  }
  serviceCall(command: number, sccb: bigint): number {
    this.calls.push(["servc", command, sccb]);
    return 0;
  }
  diagnose(r1: number, r3: number, code: number): void {
    this.calls.push(["diag", r1, r3, code]);
  }
  channel(name: string, address: bigint, b: number): number {
    this.calls.push(["channel", name, address, b]);
    return 1;
  }
  recheckInterruptions(): void {
    this.calls.push(["recheck"]);
  }
}
