/**
 * Program-event recording (Principles of Operation, chapter 4): which events of the instruction in execution
 * control registers 9 to 11 ask for, and what a program interruption tells of them.
 *
 * The PER code is eight bits, leftmost first: 0 successful branching, 1 instruction fetching, 2 storage
 * alteration, 4 store using real address, 7 instruction-fetching nullification. Invariant: outside an
 * instruction no event is held, so whoever interrupts in one takes what belongs to it.
 */
import type { GuestMemory } from "../memory/guestMemory.ts";
import type { Core } from "./core.ts";
import { Reg } from "./layout.ts";
import { PSW_BA, PswBit } from "./mode.ts";

/** Bits of the PER code, and of control register 9 once that is shifted right by 24. */
export const PerCode = {
  branch: 0x80,
  fetch: 0x40,
  alteration: 0x20,
  realStore: 0x08,
  nullification: 0x01,
} as const;
/** Program-interruption code; or-ed to another condition's. */
export const PER_EVENT = 0x80;

/** CR9.40: branches count only into the designated area. CR9.42: stores count only in designated spaces. */
const BRANCH_ADDRESS_CONTROL = 0x00800000;
const ALTERATION_SPACE_CONTROL = 0x00200000;
/** Bit 56 of an address-space-control element: stores to the space may be events. */
const ALTERATION_EVENT = 0x80;
/** Addressing-and-translation-mode identification: valid. */
const ATMID_VALID = 0x40;

/** Assigned storage locations. */
const At = { code: 0x96, atmid: 0x97, address: 0x98, access: 0xa1 } as const;

export class ProgramEvents {
  private readonly core: Core;
  /** PER code of what the instruction has done so far. */
  private code = 0;
  /** Address of the instruction; of the EXECUTE if it is the target of one. */
  private address = 0n;
  private atmid = 0;
  private access = 0;

  constructor(core: Core) {
    this.core = core;
    core.storage.onAlter = (high, low, size, base) => {
      this.altered((BigInt(high) << 32n) | BigInt(low), size, core.mode.addressSpace, (base >>> 3) & 15);
    };
  }

  private get control(): number {
    return this.core.storage.cr(9, false);
  }
  private asks(event: number): boolean {
    return ((this.control >>> 24) & event) !== 0;
  }
  get any(): boolean {
    return this.code !== 0;
  }

  /** Some of `length` bytes at `address` is in the area of CR10 to CR11, which may wrap around. */
  private isDesignated(address: bigint, length: number): boolean {
    const { u64 } = this.core.memory;
    const first = u64[(Reg.cr >> 3) + 10]!;
    const last = u64[(Reg.cr >> 3) + 11]!;
    const end = address + BigInt(length - 1);
    return first <= last ? address <= last && end >= first : address <= last || end >= first;
  }

  /** An instruction at `pc` is about to be executed; true if it is to be nullified. */
  begin(pc: bigint): boolean {
    const { maskHigh, maskLow } = this.core.vcpu;
    this.code = 0;
    this.access = 0;
    this.address = pc;
    const dat = (maskHigh & PswBit.dat) >>> 22;
    this.atmid = ((maskHigh & PswBit.ea) << 7) | ATMID_VALID | (maskLow & PSW_BA ? 0x20 : 0) | dat;
    this.atmid |= (maskHigh >>> 12) & 0x0c;
    this.fetched(pc);
    if (!this.any || !this.asks(PerCode.nullification)) return false;
    this.code |= PerCode.nullification;
    return true;
  }
  /** The instruction, or the target of an EXECUTE, was fetched from `address`. */
  fetched(address: bigint): void {
    if (this.asks(PerCode.fetch) && this.isDesignated(address, 1)) this.code |= PerCode.fetch;
  }
  /** The instruction branched to `target`. */
  branched(target: bigint): void {
    if (!this.asks(PerCode.branch)) return;
    if (this.control & BRANCH_ADDRESS_CONTROL && !this.isDesignated(target, 1)) return;
    this.code |= PerCode.branch;
  }
  /**
   * `length` bytes were stored at the virtual or logical address that was resolved last, in the space `asc`
   * (as the PSW counts), which access register `register` named if that is 1.
   */
  altered(address: bigint, length: number, asc: number, register: number): void {
    const { mode, storage } = this.core;
    if (!mode.per || !this.asks(PerCode.alteration) || !this.isDesignated(address, length)) return;
    const isOfSpace = mode.dat && (this.control & ALTERATION_SPACE_CONTROL) !== 0;
    if (isOfSpace && !(storage.elementLow & ALTERATION_EVENT)) return;
    this.code |= PerCode.alteration;
    if (!mode.dat) return;
    this.atmid = (this.atmid & ~3) | asc;
    this.access = asc === 1 ? register : 0;
  }
  /** STORE USING REAL ADDRESS was completed; its event also wants the mask bit of storage alteration. */
  storedReal(): void {
    if (this.asks(PerCode.alteration) && this.asks(PerCode.realStore)) this.code |= PerCode.realStore;
  }
  /** The instruction was nullified or suppressed: nothing was stored. */
  retractAlteration(): void {
    this.code &= ~PerCode.alteration;
    this.atmid &= ~3;
    this.access = 0;
  }

  /**
   * Stores what happened for a program interruption in the prefix area at `lowcore`, and holds it no longer;
   * false if there is nothing.
   */
  takeTo(ram: GuestMemory, lowcore: number): boolean {
    if (!this.any) return false;
    ram.setU8(lowcore + At.code, this.code, "interruption");
    ram.setU8(lowcore + At.atmid, this.atmid, "interruption");
    ram.setU64(lowcore + At.address, this.address, "interruption");
    ram.setU8(lowcore + At.access, this.access, "interruption");
    this.code = 0;
    return true;
  }
}
