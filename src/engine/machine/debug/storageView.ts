/**
 * Storage as a CPU would see it, without its traces: no reference bits, no exceptions, no keys. Virtual
 * addresses go through the tables that the CPU's control registers name (Principles of Operation, chapter 3).
 */
import type { AddressSpace, Hex, StoragePart } from "../../api/debug.ts";
import { refuse, ok, type Result } from "../../base/result.ts";
import { PswBit } from "../../cpu/mode.ts";
import type { S390Ccw } from "../s390Ccw.ts";

const PAGE = 4096n;
const EDAT = 0x0080_0000;
const PREFIX_AREA = 0x2000n;
/** Control registers of the primary, secondary and home space; access-register mode is shown as primary. */
const CONTROL_OF_SPACE = [1, 1, 7, 13] as const;
const ADDRESS_MASK = 0xffff_ffff_ffff_ffffn;

const hex = (value: bigint): Hex => value.toString(16).padStart(16, "0");
const word = (value: bigint): number => Number(value & 0xffff_ffffn);

export class StorageView {
  private readonly machine: S390Ccw;
  private readonly cpu: number;
  private readonly space: AddressSpace;

  /** `cpu` exists. */
  constructor(machine: S390Ccw, cpu: number, space: AddressSpace) {
    this.machine = machine;
    this.cpu = cpu;
    this.space = space;
  }

  /** Absolute address of a byte that exists, or the sentence that says why there is none. */
  absoluteOf(address: bigint): Result<bigint, string> {
    const real = this.space === "virtual" ? this.translate(address) : ok(address);
    if (!real.ok) return real;
    const absolute = this.space === "absolute" ? address : this.prefixed(real.value);
    const { size } = this.machine.core.ram;
    if (absolute < BigInt(size)) return ok(absolute);
    return refuse(`0x${absolute.toString(16)} is outside storage, which ends at 0x${size.toString(16)}`);
  }

  /** Swaps the two areas: of an absolute address it gives the real one. */
  private prefixed(real: bigint): bigint {
    const prefix = BigInt(this.machine.adapters[this.cpu]!.prefix());
    if (real < PREFIX_AREA) return real + prefix;
    return real >= prefix && real < prefix + PREFIX_AREA ? real - prefix : real;
  }

  private translate(address: bigint): Result<bigint, string> {
    const adapter = this.machine.adapters[this.cpu]!;
    const mask = adapter.pswMaskHigh();
    if (!(mask & PswBit.dat)) return ok(address);
    const asce = adapter.cr(CONTROL_OF_SPACE[((mask >>> 14) & 3) as 0 | 1 | 2 | 3]);
    const { translator } = this.machine.core.storage;
    translator.edat1 = (adapter.crLow(0) & EDAT) !== 0;
    const walk = translator.walk(word(asce >> 32n), word(asce), word(address >> 32n), word(address));
    if (walk.exception)
      return refuse(
        `translation of 0x${address.toString(16)} gives exception 0x${walk.exception.toString(16)}`,
      );
    const found = (BigInt(walk.pageHigh) << 32n) | BigInt(walk.page) | (address & (PAGE - 1n));
    return ok(walk.isAbsolute ? this.prefixed(found) : found);
  }

  /** Page by page; what cannot be reached is there with the reason. */
  read(address: bigint, length: number): StoragePart[] {
    return this.pages(address, length).map(([at, count]) => {
      const absolute = this.absoluteOf(at);
      const part = { address: hex(at), length: count };
      if (!absolute.ok) return { ...part, problem: absolute.error };
      const bytes = this.machine.core.ram.read(Number(absolute.value), count);
      return { ...part, absolute: hex(absolute.value), bytes };
    });
  }

  /** Writes all bytes, or answers why one of them cannot be written. */
  write(address: bigint, bytes: Uint8Array): Result<null, string> {
    const targets: [number, Uint8Array][] = [];
    let done = 0;
    for (const [at, count] of this.pages(address, bytes.length)) {
      const absolute = this.absoluteOf(at);
      if (!absolute.ok) return refuse(`Nothing was written: ${absolute.error}.`);
      targets.push([Number(absolute.value), bytes.subarray(done, done + count)]);
      done += count;
    }
    for (const [at, part] of targets) this.machine.core.ram.write(at, part, "debugger");
    return ok(null);
  }

  /** Bytes up to the first that cannot be reached. */
  reachable(address: bigint, length: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (const part of this.read(address, length)) {
      if (!("bytes" in part)) break;
      parts.push(part.bytes);
    }
    const all = new Uint8Array(parts.reduce((sum, { length: count }) => sum + count, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** Where the run's pages begin, and how many of its bytes are in each. */
  private pages(address: bigint, length: number): [bigint, number][] {
    const pages: [bigint, number][] = [];
    for (let done = 0; done < length;) {
      const at = (address + BigInt(done)) & ADDRESS_MASK;
      const count = Math.min(length - done, Number(PAGE - (at % PAGE)));
      pages.push([at, count]);
      done += count;
    }
    return pages;
  }
}
