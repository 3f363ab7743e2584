/**
 * Channel-command words, formats 0 and 1. Principles of Operation, chapter 15.
 * Every check here answers with "program check" by returning `undefined`; nothing outside RAM is read.
 */
import type { GuestMemory } from "../../memory/guestMemory.ts";

export const ccwFlag = {
  chainData: 0x80, chainCommand: 0x40, suppressLength: 0x20, skip: 0x10, programControlled: 0x08,
  indirect: 0x04, suspend: 0x02, modifiedIndirect: 0x01,
} as const;

export interface Ccw {
  /** Where it was fetched. */
  readonly address: number;
  readonly code: number;
  readonly flags: number;
  readonly count: number;
  readonly dataAddress: number;
}

export const CCW_BYTES = 8;
const FORMAT0_LIMIT = 0x0100_0000;
const FORMAT1_LIMIT = 0x8000_0000;

export const addressLimit = (format1: boolean): number => (format1 ? FORMAT1_LIMIT : FORMAT0_LIMIT);

/** Fetches the CCW at `address`; `undefined` if the address itself is a program check. */
export function fetchCcw(memory: GuestMemory, address: number, format1: boolean): Ccw | undefined {
  if (address % CCW_BYTES !== 0 || address + CCW_BYTES > addressLimit(format1)) return undefined;
  if (!memory.contains(address, CCW_BYTES)) return undefined;
  const high = memory.u32(address);
  const low = memory.u32(address + 4);
  return format1
    ? { address, code: high >>> 24, flags: (high >>> 16) & 0xff, count: high & 0xffff, dataAddress: low }
    : { address, code: high >>> 24, flags: low >>> 24, count: low & 0xffff, dataAddress: high & 0x00ff_ffff };
}

/** Transfer in channel: any command code ending in 8 in format 0, exactly 8 in format 1. */
export const isTransferInChannel = (ccw: Ccw, format1: boolean): boolean =>
  format1 ? ccw.code === 0x08 : (ccw.code & 0x0f) === 0x08;

/** Where a transfer in channel leads, or `undefined` if it is itself invalid. */
export function transferTarget(ccw: Ccw, format1: boolean): number | undefined {
  if (format1 && (ccw.flags !== 0 || ccw.count !== 0)) return undefined;
  return ccw.dataAddress % CCW_BYTES === 0 ? ccw.dataAddress : undefined;
}

/** Fields that may not hold what they hold, whatever the command. */
export function hasInvalidFields(ccw: Ccw, format1: boolean): boolean {
  if ((ccw.flags & ccwFlag.modifiedIndirect) !== 0) return true;
  if (ccw.count === 0 && (!format1 || (ccw.flags & ccwFlag.chainData) !== 0)) return true;
  return format1 && ccw.dataAddress >= FORMAT1_LIMIT;
}

/**
 * Command codes that name no operation: low four bits zero, or a misspelt transfer in channel in format 1.
 */
export const isInvalidCommand = (code: number): boolean => (code & 0x0f) === 0 || (code & 0x0f) === 0x08;
