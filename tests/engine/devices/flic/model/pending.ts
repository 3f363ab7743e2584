/**
 * What is pending in the model of the controller: one object per interrupt, in plain lists. No bit masks
 * decide anything here; pending-bit numbers appear only in what the model says to the ledger.
 */

/** Pending-bit numbers by name (s390_flic.rst and Principles of Operation, chapter 6, order of urgency). */
export const bit = {
  PREFIX: 0, RESTART: 1, STOP: 2, VIRTIO: 11, PFAULT_DONE: 12, PFAULT_INIT: 13, SERVICE: 15, EVENT: 16,
  CPU_TIMER: 18, CLOCK: 19, EXTERNAL_CALL: 20, EMERGENCY: 21, MCHK_REP: 24, PROGRAM: 25, MCHK_EX: 27,
} as const;
export const bitOfIsc = (isc: number): number => [10, 9, 8, 7, 6, 5, 4, 3][isc]!;

export const type = {
  STOP: 0xfffe0000, PROGRAM: 0xfffe0001, PREFIX: 0xfffe0002, RESTART: 0xfffe0003, PFAULT_INIT: 0xfffe0004,
  PFAULT_DONE: 0xfffe0005, MCHK: 0xfffe1000, CLOCK: 0xffff1004, CPU_TIMER: 0xffff1005, EMERGENCY: 0xffff1201,
  EXTERNAL_CALL: 0xffff1202, SERVICE: 0xffff2401, VIRTIO: 0xffff2603, ADAPTER: 0x04000000,
} as const;

/** The pending bit a type is raised for. */
export const bitOfType: Readonly<Record<number, number>> = {
  [type.STOP]: bit.STOP, [type.PROGRAM]: bit.PROGRAM, [type.PREFIX]: bit.PREFIX,
  [type.RESTART]: bit.RESTART, [type.PFAULT_INIT]: bit.PFAULT_INIT, [type.PFAULT_DONE]: bit.PFAULT_DONE,
  [type.MCHK]: bit.MCHK_REP, [type.CLOCK]: bit.CLOCK, [type.CPU_TIMER]: bit.CPU_TIMER,
  [type.EMERGENCY]: bit.EMERGENCY, [type.EXTERNAL_CALL]: bit.EXTERNAL_CALL, [type.SERVICE]: bit.SERVICE,
  [type.VIRTIO]: bit.VIRTIO,
};

/** ISC in bits 2-4 of an interruption word. */
export const iscOfWord = (word: number): number => Math.floor(word / 2 ** 27) % 8;
/** Interruption word of an adapter interrupt of an ISC from 0 to 7. */
export const adapterWord = (isc: number): number => 2 ** 31 + isc * 2 ** 27;

/** Every decision as one line, and the identities. */
export class Speaker {
  readonly said: string[] = [];
  private nextId = 1;

  raise(typeCode: number, bitNumber: number, cpu = -1): number {
    const id = this.nextId++;
    this.note("raised", id, typeCode, bitNumber, cpu);
    return id;
  }
  note(step: string, id: number, typeCode: number, bitNumber: number, cpu = -1, into = 0): void {
    this.said.push(lineOf({ step, id, type: typeCode, bit: bitNumber, cpu, into }));
  }
}

export interface Said {
  readonly step: string;
  readonly id: number;
  readonly type: number;
  readonly bit: number;
  readonly cpu: number;
  readonly into: number;
}

export const lineOf = ({ step, id, type: code, bit: number, cpu, into }: Said): string =>
  `${step} ${id}: type ${code.toString(16)} bit ${number} cpu ${cpu} into ${into}`;
