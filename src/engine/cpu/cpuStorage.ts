/**
 * Storage of the running vCPU for helper instructions, with translation, protection and keys as compiled
 * instructions have them; and the ways an instruction may end.
 */
import { CpuRegisters } from "./cpuRegisters.ts";
import { isOfAlet } from "./interruption.ts";
import { Reg } from "./layout.ts";
import { READ, WRITE, type Access } from "./storageAccess.ts";

/** Thrown by `program`, caught by the engine's helper call and nowhere else. */
export const programSignal = { name: "program interruption" } as const;

const KEY_OF_PSW = -1;

export abstract class CpuStorage extends CpuRegisters {
  abstract readonly datOn: boolean;
  abstract readAbsolute(absolute: number, size: 1 | 2 | 4 | 8): bigint;
  abstract writeAbsolute(absolute: number, size: 1 | 2 | 4 | 8, value: bigint): void;

  protected slotOf(b: number): number {
    return b === 0 ? Reg.zero : b * 8;
  }
  /** Absolute address of one byte; ends the instruction on an exception. */
  protected resolve(address: bigint, access: Access, b: number, space = -1, key = KEY_OF_PSW): number {
    const high = Number(address >> 32n);
    const low = Number(address & 0xffffffffn);
    const storage = this.core.storage;
    const use = key === KEY_OF_PSW ? (this.vcpu.maskHigh >>> 20) & 15 : key;
    const code = storage.resolve(high, low, access, this.slotOf(b), space, use);
    if (code) this.program(code, this.vcpu.exceptionAccess);
    return storage.absolute;
  }
  load(address: bigint, size: 1 | 2 | 4 | 8, b: number): bigint {
    if (Number(address & 0xfffn) + size > 4096) {
      let value = 0n;
      for (const byte of this.loadBytes(address, size, b)) value = (value << 8n) | BigInt(byte);
      return value;
    }
    const absolute = this.resolve(address, READ, b);
    this.core.watch?.helped(address, size, false);
    return this.readAbsolute(absolute, size);
  }
  store(address: bigint, size: 1 | 2 | 4 | 8, value: bigint, b: number): void {
    if (Number(address & 0xfffn) + size > 4096) {
      const bytes = Uint8Array.from({ length: size }, (_, i) =>
        Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn),
      );
      this.storeBytes(address, bytes, b);
      return;
    }
    this.writeAbsolute(this.resolve(address, WRITE, b), size, value);
    this.core.watch?.helped(address, size, true);
    if (this.core.mode.per) this.core.events.altered(address, size, this.core.mode.addressSpace, b);
  }
  /** Absolute addresses and lengths of the parts of a run of bytes, page by page. */
  private parts(
    address: bigint,
    length: number,
    access: Access,
    b: number,
    space = -1,
    key = KEY_OF_PSW,
  ): [number, number][] {
    const result: [number, number][] = [];
    let at = address;
    let left = length;
    while (left > 0) {
      const here = Math.min(left, this.toPageEnd(at));
      result.push([this.resolve(at, access, b, space, key), here]);
      if (access === READ) this.core.watch?.helped(at, here, false);
      left -= here;
      at = this.wrap(at + BigInt(here));
    }
    return result;
  }
  private gather(parts: [number, number][], length: number): Uint8Array {
    if (parts.length === 1) return this.core.ram.read(parts[0]![0], length);
    const result = new Uint8Array(length);
    let at = 0;
    for (const [absolute, count] of parts) {
      result.set(this.core.ram.read(absolute, count), at);
      at += count;
    }
    return result;
  }
  private scatter(
    parts: [number, number][], data: Uint8Array, address: bigint, asc: number, b: number,
  ): void {
    let at = 0;
    for (const [absolute, count] of parts) {
      this.core.ram.write(absolute, data.subarray(at, at + count), "cpu-helper");
      const place = this.wrap(address + BigInt(at));
      this.core.watch?.helped(place, count, true);
      if (this.core.mode.per) this.core.events.altered(place, count, asc, b);
      at += count;
    }
  }
  loadBytes(address: bigint, length: number, b: number): Uint8Array {
    return this.gather(this.parts(address, length, READ, b), length);
  }
  storeBytes(address: bigint, data: Uint8Array, b: number): void {
    this.scatter(
      this.parts(address, data.length, WRITE, b), data, address, this.core.mode.addressSpace, b,
    );
  }
  loadBytesIn(asc: number, key: number, address: bigint, length: number, b: number): Uint8Array {
    return this.gather(this.parts(address, length, READ, b, this.datOn ? asc : -1, key), length);
  }
  storeBytesIn(asc: number, key: number, address: bigint, data: Uint8Array, b: number): void {
    const parts = this.parts(address, data.length, WRITE, b, this.datOn ? asc : -1, key);
    this.scatter(parts, data, address, asc, b);
  }
  probe(address: bigint, length: number, b: number, write: boolean): void {
    this.parts(address, length, write ? WRITE : READ, b);
  }
  toPageEnd(address: bigint): number {
    return 4096 - Number(address & 0xfffn);
  }

  // ---- ends
  program(code: number, detail = 0): never {
    this.m.u32[Reg.pgm >> 2] = code;
    this.m.u32[Reg.dxc >> 2] = detail;
    if (isOfAlet(code)) this.vcpu.exceptionAccess = detail;
    // at every page fault
    throw programSignal;
  }
  /** Runs `body` outside an instruction; false if it met an access exception. */
  attempt(body: () => void): boolean {
    try {
      body();
      return true;
    } catch (signal) {
      if (signal !== programSignal) throw signal;
      return false;
    }
  }
  complete(code: number, detail = 0): never {
    this.completed = true;
    this.program(code, detail);
  }
  /** An instruction of `length` bytes ended in a program interruption. */
  noteEnd(length: number): void {
    if (this.completed && this.branched) this.leftLength = this.executeLength || length;
  }
  redo(): void {
    this.branched = true;
  }
  branch(target: bigint): void {
    this.executeLength = this.core.interruption.underExecute();
    this.m.u64[Reg.pc >> 3] = target;
    this.branched = true;
  }
}
