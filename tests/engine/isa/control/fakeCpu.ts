/**
 * A CPU for helper instructions made of plain maps: absent pages fault, nothing is cached, every access is
 * byte by byte. Virtual is real is absolute, except that `absent` pages have no translation.
 */
import { fieldsOf, type RawFields, type Text } from "../../../../src/engine/isa/s390/format.ts";
import type { ControlPort, HelperCpu, Translation } from "../../../../src/engine/isa/s390/helperCpu.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";

export class ProgramInterruption extends Error {
  readonly code: number;
  readonly dxc: number;
  readonly completed: boolean;
  constructor(code: number, dxc: number, completed: boolean) {
    super(`program interruption ${code.toString(16)}`);
    this.code = code;
    this.dxc = dxc;
    this.completed = completed;
  }
}

const MASK64 = (1n << 64n) - 1n;

export class FakeCpu implements HelperCpu {
  registers: bigint[] = new Array<bigint>(16).fill(0n);
  accessRegisters: number[] = new Array<number>(16).fill(0);
  controls: bigint[] = new Array<bigint>(16).fill(0n);
  pages = new Map<bigint, Uint8Array>();
  absent = new Set<bigint>();
  addressBits: 24 | 31 | 64 = 64;
  cc = 0;
  fpc = 0;
  programMask = 0;
  unitsPerExecution = 65536;
  again = false;
  branchedTo: bigint | undefined;
  readonly port = new FakePort(this);

  get control(): ControlPort {
    return this.port;
  }
  gr(n: number): bigint {
    return this.registers[n]!;
  }
  setGr(n: number, value: bigint): void {
    if (value < 0n || value > MASK64) throw new Error(`not an unsigned 64-bit value for r${n}: ${value}`);
    this.registers[n] = value;
  }
  grLow(n: number): number {
    return Number(this.registers[n]! & 0xffff_ffffn);
  }
  setGrLow(n: number, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new Error(`not an unsigned word for r${n}: ${value}`);
    this.registers[n] = (this.registers[n]! & ~0xffff_ffffn) | BigInt(value);
  }
  ar(n: number): number {
    return this.accessRegisters[n]!;
  }
  setAr(n: number, value: number): void {
    this.accessRegisters[n] = value;
  }
  cr(n: number): bigint {
    return this.controls[n]!;
  }
  setCr(n: number, value: bigint): void {
    if (value < 0n || value > MASK64) throw new Error(`not an unsigned 64-bit value for c${n}: ${value}`);
    this.controls[n] = value;
  }
  fpr(): bigint {
    throw new Error("no floating point here");
  }
  setFpr = this.fpr;
  fprPair = this.fpr;
  setFprPair = this.fpr;
  vr = this.fpr;
  setVr = this.fpr;

  address(b: number, d: number, x = 0): bigint {
    return this.wrap((b ? this.gr(b) : 0n) + (x ? this.gr(x) : 0n) + BigInt(d));
  }
  wrap(address: bigint): bigint {
    return BigInt.asUintN(this.addressBits, address);
  }
  setAddress(n: number, address: bigint): void {
    if (this.addressBits === 64) this.setGr(n, address);
    else this.setGrLow(n, Number(address));
  }

  private page(address: bigint): Uint8Array {
    const number = address >> 12n;
    if (this.absent.has(number)) throw new ProgramInterruption(0x11, 0, false);
    let page = this.pages.get(number);
    if (!page) this.pages.set(number, (page = new Uint8Array(4096)));
    return page;
  }
  load(address: bigint, size: 1 | 2 | 4 | 8, b: number): bigint {
    return this.loadBytes(address, size, b).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }
  store(address: bigint, size: 1 | 2 | 4 | 8, value: bigint, b: number): void {
    this.storeBytes(
      address,
      Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn)), b,
    );
  }
  loadBytes(address: bigint, length: number, b: number): Uint8Array {
    this.probe(address, length, b, false);
    const data = new Uint8Array(length);
    this.eachPage(address, length, (page, at, from, count) => data.set(page.subarray(at, at + count), from));
    return data;
  }
  storeBytes(address: bigint, data: Uint8Array, b: number): void {
    this.probe(address, data.length, b, true);
    this.eachPage(
      address, data.length, (page, at, from, count) => page.set(data.subarray(from, from + count), at),
    );
  }
  private eachPage(
    address: bigint, length: number, use: (page: Uint8Array, at: number, from: number, count: number) => void,
  ): void {
    for (let from = 0; from < length; ) {
      const place = this.wrap(address + BigInt(from));
      const at = Number(place & 0xfffn);
      const count = Math.min(4096 - at, length - from);
      use(this.page(place), at, from, count);
      from += count;
    }
  }
  probe(address: bigint, length: number, _b: number, _write: boolean): void {
    if (this.wrap(address) !== address) throw new Error(`address ${address.toString(16)} is not wrapped`);
    this.eachPage(address, length, () => undefined);
  }
  toPageEnd(address: bigint): number {
    return 4096 - Number(address & 0xfffn);
  }

  program(code: number, dxc = 0): never {
    throw new ProgramInterruption(code, dxc, false);
  }
  complete(code: number, dxc = 0): never {
    throw new ProgramInterruption(code, dxc, true);
  }
  redo(): void {
    this.again = true;
  }
  branch(target: bigint): void {
    this.branchedTo = target;
  }
}

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

/** Fields of an instruction; those not given are 0. */
export function fields(given: Partial<RawFields>): RawFields {
  const none: Text = [0, 0, 0];
  return { ...fieldsOf({ name: "none", length: 2, opcode: 16, fields: [], syntax: "" }, none), ...given };
}

/** Executes once; the code of a program interruption, or undefined. */
export function step(cpu: FakeCpu, instruction: Instruction, f: RawFields): number | undefined {
  cpu.again = false;
  try {
    const refused = instruction.check?.(f);
    if (refused) return refused;
    instruction.helper!(cpu, f);
    return undefined;
  } catch (signal) {
    if (signal instanceof ProgramInterruption) return signal.code;
    throw signal;
  }
}
