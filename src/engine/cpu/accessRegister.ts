/**
 * The address space that an access register names, for storage operands in access-register mode (Principles
 * of Operation, chapter 5, "Access-register translation"). The tables are read at every access: there is no
 * lookaside buffer for them, so nothing has to be purged.
 */
import { asceOf, translateAlet, type Tables } from "../isa/s390/accessList.ts";
import { Reg } from "./layout.ts";
import type { EngineMemory } from "./engineMemory.ts";

export class AccessRegisterTranslation {
  private readonly memory: EngineMemory;
  private readonly tables: Tables;
  /** Of the last translation without an exception: the address-space-control element in two words. */
  asceHigh = 0;
  asceLow = 0;
  /** Access-list-controlled protection: the entry allows no stores. */
  fetchOnly = false;

  /** @param toAbsolute prefixing of a real address */
  constructor(memory: EngineMemory, toAbsolute: (real: number) => number) {
    this.memory = memory;
    const readReal = (real: bigint, size: number): bigint => {
      const absolute = toAbsolute(Number(real));
      const end = memory.top - absolute;
      return memory.u8.subarray(end - size, end).reduceRight((v, byte) => (v << 8n) | BigInt(byte), 0n);
    };
    this.tables = {
      cr: (n) => memory.u64[(Reg.cr + n * 8) >> 3]!,
      control: { storageSize: memory.ramSize, readReal },
    };
  }

  /** Takes the element of a control register: 1 primary, 7 secondary, 13 home. */
  take(register: number): void {
    const at = (Reg.cr + register * 8) >> 2;
    this.asceLow = this.memory.u32[at]!;
    this.asceHigh = this.memory.u32[at + 1]!;
  }

  /**
   * Translates the access register beside a base register, whose slot's offset is given (0 or that of zero:
   * none, the primary space).
   * @returns 0, or the program interruption code
   */
  translate(base: number): number {
    const alet = base === Reg.zero || base === 0 ? 0 : this.memory.u32[(Reg.ar + base / 2) >> 2]!;
    this.fetchOnly = false;
    if (alet <= 1) {
      this.take(alet === 0 ? 1 : 7);
      return 0;
    }
    const { tables } = this;
    const space = translateAlet(tables, alet, Number((tables.cr(8) >> 16n) & 0xffffn));
    if ("exception" in space) return space.exception;
    const asce = asceOf(tables.control, space.aste);
    this.asceHigh = Number(asce >> 32n);
    this.asceLow = Number(asce & 0xffff_ffffn);
    this.fetchOnly = space.fetchOnly;
    return 0;
  }
}
