/**
 * The adjunct-processor (AP) instructions as far as passthrough looks at them: function codes, the queue
 * status word, the control word of AQIC. Bits are numbered from the left.
 */

/** Function codes of PQAP, general register 0 bits 32-39. */
export const pqapFunction = { TAPQ: 0, RAPQ: 1, ZAPQ: 2, AQIC: 3, QCI: 4, QACT: 5 } as const;

/** Response codes, bits 8-15 of the queue status word. 0x10 is "queue full" for NQAP, "no reply" for DQAP. */
export const apResponse = {
  NORMAL: 0x00,
  Q_NOT_AVAIL: 0x01,
  RESET_IN_PROGRESS: 0x02,
  DECONFIGURED: 0x03,
  CHECKSTOPPED: 0x04,
  BUSY: 0x05,
  INVALID_ADDRESS: 0x06,
  OTHERWISE_CHANGED: 0x07,
  INVALID_GISA: 0x08,
  Q_FULL: 0x10,
  NO_PENDING_REPLY: 0x10,
  INDEX_TOO_BIG: 0x11,
  NO_FIRST_PART: 0x13,
  MESSAGE_TOO_BIG: 0x15,
  REQ_FAC_NOT_INST: 0x16,
  INVALID_DOMAIN: 0x42,
} as const;

/** Flags of the queue status word, an unsigned 32-bit number. */
export const queueStatus = {
  EMPTY: 0x80000000,
  REPLIES_WAITING: 0x40000000,
  FULL: 0x20000000,
  INTERRUPTS_ENABLED: 0x01000000,
} as const;

/** Bits 8-15 of a status word. */
export const responseOf = (status: number): number => (status >>> 16) & 0xff;
/** A status word with this response code and flags. */
export const statusWord = (response: number, flags = 0): number => (flags | (response << 16)) >>> 0;

/** First adapter type (CEX4) that can be passed through, and the last (CEX8). */
export const AP_TYPE_OLDEST = 10;
export const AP_TYPE_NEWEST = 14;

/** AP queue number: adapter in bits 0-7, domain in bits 8-15 of 16. */
export const makeApqn = (apid: number, apqi: number): number => ((apid & 0xff) << 8) | (apqi & 0xff);
export const apidOf = (apqn: number): number => apqn >> 8;
export const apqiOf = (apqn: number): number => apqn & 0xff;
/** "05.0004", as sysfs names queues. */
export const apqnName = (apqn: number): string => `${hex(apidOf(apqn), 2)}.${hex(apqiOf(apqn), 4)}`;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

/** Bit 16 of AQIC's control word: 1 enables interrupts of the queue, 0 disables them. */
export const AQIC_ENABLE = 1n << 47n;

/** The control word in general register 1 that a host gives AQIC. */
export interface AqicControl {
  readonly enable: boolean;
  /** Interruption subclass of the guest, made pending in its GISA. */
  readonly guestIsc: number;
  /** 31-bit address of the GISA; its low 4 bits are zero. */
  readonly gisa: number;
  /** The host's own subclass, for alerts. */
  readonly isc: number;
}

/** Zone and GISA format stay zero: the kernel never sets them, for a GISA of format 1 either. */
export function encodeAqic({ enable, guestIsc, gisa, isc }: AqicControl): bigint {
  return (enable ? AQIC_ENABLE : 0n) | (BigInt(guestIsc & 7) << 40n) | BigInt(gisa & 0x7ffffff0)
    | BigInt(isc & 7);
}

export function decodeAqic(control: bigint): AqicControl {
  return {
    enable: (control & AQIC_ENABLE) !== 0n,
    guestIsc: Number(control >> 40n) & 7,
    gisa: Number(control & 0x7ffffff0n),
    isc: Number(control & 7n),
  };
}
