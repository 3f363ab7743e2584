/**
 * A CPU for helper instructions made of plain maps: absent pages fault, nothing is cached, every access is
 * byte by byte. Virtual is real is absolute, except that `absent` pages have no translation.
 */
import { fieldsOf, type RawFields, type Text } from "../../../../src/engine/isa/s390/format.ts";
import type { ControlPort, HelperCpu } from "../../../../src/engine/isa/s390/helperCpu.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";
import { FakePort } from "./fakePort.ts";
import { ProgramInterruption } from "./programInterruption.ts";

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
    if (value !== value >>> 0) throw new Error(`not an unsigned word for r${n}: ${value}`);
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

/** Fields of an instruction; those not given are 0. */
export function fields(given: Partial<RawFields>): RawFields {
  const none: Text = [0, 0, 0];
  return { ...fieldsOf({ name: "none", length: 2, opcode: 16, fields: [], syntax: "" }, none), ...given };
}

/** Executes once, the slow way if there are two; the code of a program interruption, or undefined. */
export function step(cpu: FakeCpu, instruction: Instruction, f: RawFields): number | undefined {
  cpu.again = false;
  try {
    const refused = instruction.check?.(f);
    if (refused) return refused;
    (instruction.helper ?? instruction.slow)!(cpu, f);
    return undefined;
  } catch (signal) {
    if (signal instanceof ProgramInterruption) return signal.code;
    throw signal;
  }
}
