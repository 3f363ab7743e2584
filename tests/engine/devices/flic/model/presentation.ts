/** Presentation in the model: what is stored, which PSWs are exchanged, by class of interruption. */
import type { ModelCpu } from "./modelCpu.ts";
import type { PgmInfo } from "../../../../../src/engine/uapi/s390Interrupt.ts";

/** Values by assigned storage location; a location is [offset, bytes]. */
export type Stores = readonly (readonly [offset: number, bytes: number, value: bigint | number])[];

/**
 * False if the prefix area is not in storage: then nothing is stored. The new PSW is 0x80 behind the old one.
 */
export function interrupted(cpu: ModelCpu, oldPsw: number, stores: Stores): boolean {
  if (!cpu.memory.contains(cpu.prefixAddress, 8192)) return false;
  for (const [offset, bytes, value] of stores)
    for (let at = 0; at < bytes; at++)
      cpu.memory.setU8(cpu.prefixAddress + offset + at,
        Number((BigInt(value) >> BigInt(8 * (bytes - 1 - at))) & 0xffn), "interruption");
  cpu.swapPsw(oldPsw, oldPsw + 0x80);
  return true;
}

export function externalStores(code: number, address: number, params?: number, params2?: bigint): Stores {
  return [
    [0x84, 2, address], [0x86, 2, code],
    ...(params === undefined ? [] : [[0x80, 4, params] as const]),
    ...(params2 === undefined ? [] : [[0x11b8, 8, params2] as const]),
  ];
}

const between = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

/** Program interruptions by code (Principles of Operation, chapter 6): what identifies the exception. */
const PAGE_TRANSLATION = [0x10, 0x11, ...between(0x38, 0x3b)];
const SPACE = [0x1c, ...between(0x20, 0x27), 0x2e];
const ACCESS_REGISTER = [...between(0x29, 0x2d), 0x2f];
const PROTECTION = [0x04];
const DATA = [0x07, 0x1b];
const MONITOR = [0x40];
/** The instruction has not begun: its address is in the old PSW. */
const NULLIFYING = new Set([
  ...PAGE_TRANSLATION, ...SPACE.filter((code) => code !== 0x1c), ...ACCESS_REGISTER, 0x16,
  ...between(0x30, 0x34), 0x119,
]);
const PER = 0x80;
const NO_REWIND = 8;

export function programStores(pgm: PgmInfo): Stores {
  const code = pgm.code & ~PER;
  const among = (...lists: readonly (readonly number[])[]): boolean =>
    lists.some((list) => list.includes(code));
  return [
    [0x8c, 2, pgm.flags & 6], [0x8e, 2, pgm.code], [0x110, 8, 0xbe00],
    ...(among(PAGE_TRANSLATION, SPACE, PROTECTION) ? [[0xa8, 8, pgm.trans_exc_code] as const] : []),
    ...(among(PAGE_TRANSLATION, ACCESS_REGISTER, PROTECTION) ? [[0xa0, 1, pgm.exc_access_id] as const] : []),
    ...(among(PAGE_TRANSLATION) ? [[0xa2, 1, pgm.op_access_id] as const] : []),
    ...(among(DATA) ? [[0x90, 4, pgm.data_exc_code] as const] : []),
    ...(among(MONITOR) ? [[0x94, 2, pgm.mon_class_nr] as const, [0xb0, 8, pgm.mon_code] as const] : []),
    ...(pgm.code & PER ? [[0x96, 1, pgm.per_code], [0x97, 1, pgm.per_atmid], [0x98, 8, pgm.per_address],
      [0xa1, 1, pgm.per_access_id]] as const : []),
  ];
}

/** Bytes that the PSW is moved back before it is stored. */
export const rewindOf = ({ code, flags }: PgmInfo): number =>
  NULLIFYING.has(code & ~PER) && (flags & NO_REWIND) === 0 ? flags & 6 : 0;
