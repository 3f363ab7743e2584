/**
 * Control blocks of the channel subsystem: ORB, PMCW, SCSW, SCHIB. Principles of Operation, chapters 14 to
 * 16. All fields are big-endian; bit names give the mask inside the field named, not a bit number.
 */

/** ORB word 1, bits 0-15; the SCSW repeats most of them in its first halfword. */
export const orbFlag = {
  key: 0xf000, suspend: 0x0800, modification: 0x0200, synchronize: 0x0100, format1: 0x0080,
  prefetch: 0x0040, initialStatus: 0x0020, addressLimit: 0x0010, suppressSuspend: 0x0008,
  transportMode: 0x0004, format2Idaw: 0x0002, idaw2K: 0x0001,
} as const;
/** ORB word 1, bits 24-31. */
export const orbControl = {
  lengthSuppression: 0x80, modifiedIdaw: 0x40, reserved: 0x3e, extended: 0x01,
} as const;

export const scswFlag = {
  fromOrb: 0xf8f8, logout: 0x0400, deferredCc: 0x0300, zeroCc: 0x0004, extendedControl: 0x0002,
  pathNotOperational: 0x0001,
} as const;
export const functionControl = { start: 0x4000, halt: 0x2000, clear: 0x1000, all: 0x7000 } as const;
export const activityControl = {
  resumePending: 0x0800, startPending: 0x0400, haltPending: 0x0200, clearPending: 0x0100,
  subchannelActive: 0x0080, deviceActive: 0x0040, suspended: 0x0020, all: 0x0fe0,
} as const;
export const statusControl = {
  alert: 0x10, intermediate: 0x08, primary: 0x04, secondary: 0x02, pending: 0x01, all: 0x1f,
} as const;
export const deviceStatus = { channelEnd: 0x08, deviceEnd: 0x04, unitCheck: 0x02 } as const;
export const subchannelStatus = {
  programControlled: 0x80, incorrectLength: 0x40, programCheck: 0x20, protectionCheck: 0x10, dataCheck: 0x08,
  controlCheck: 0x04, interfaceCheck: 0x02,
} as const;

export const pmcwFlag = {
  interruptionSubclass: 0x3800, reserved: 0xc300, enabled: 0x0080, limitMode: 0x0060, measurementMode: 0x0018,
  multipath: 0x0004, timing: 0x0002, valid: 0x0001,
} as const;
/** PMCW flags that MODIFY SUBCHANNEL may change. */
export const pmcwModifiable = pmcwFlag.interruptionSubclass | pmcwFlag.enabled | pmcwFlag.limitMode
  | pmcwFlag.measurementMode | pmcwFlag.multipath;
/** PMCW word 6. */
export const pmcwCharacteristic = {
  reserved: 0xff1f_fff8, measurementFormat1: 0x4, extendedMeasurement: 0x2, concurrentSense: 0x1,
} as const;

/** The one channel path of every virtual device: path 0 of 8. */
export const ONLY_PATH = 0x80;
export const ORB_BYTES = 12;
export const SCHIB_BYTES = 52;
export const IRB_BYTES = 64;
export const SENSE_BYTES = 32;

export interface Orb {
  readonly interruptionParameter: number;
  readonly flags: number;
  readonly pathMask: number;
  readonly control: number;
  readonly programAddress: number;
}

export interface Scsw {
  flags: number;
  control: number;
  ccwAddress: number;
  deviceStatus: number;
  subchannelStatus: number;
  count: number;
}

export interface Pmcw {
  interruptionParameter: number;
  flags: number;
  deviceNumber: number;
  logicalPaths: number;
  lastPathUsed: number;
  measurementIndex: number;
  operationalPaths: number;
  characteristics: number;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function decodeOrb(bytes: Uint8Array): Orb {
  const view = viewOf(bytes);
  return {
    interruptionParameter: view.getUint32(0), flags: view.getUint16(4), pathMask: view.getUint8(6),
    control: view.getUint8(7), programAddress: view.getUint32(8),
  };
}

export function encodeScsw(scsw: Scsw, into: Uint8Array, offset: number): void {
  const view = viewOf(into);
  view.setUint16(offset, scsw.flags);
  view.setUint16(offset + 2, scsw.control);
  view.setUint32(offset + 4, scsw.ccwAddress);
  view.setUint8(offset + 8, scsw.deviceStatus);
  view.setUint8(offset + 9, scsw.subchannelStatus);
  view.setUint16(offset + 10, scsw.count);
}

/** SCHIB: PMCW (0-27), SCSW (28-39), measurement-block address (40-47), model-dependent area (48-51). */
export function encodeSchib(pmcw: Pmcw, scsw: Scsw, measurementBlock: bigint): Uint8Array {
  const bytes = new Uint8Array(SCHIB_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, pmcw.interruptionParameter);
  view.setUint16(4, pmcw.flags);
  view.setUint16(6, pmcw.deviceNumber);
  view.setUint8(8, pmcw.logicalPaths);
  view.setUint8(10, pmcw.lastPathUsed);
  view.setUint8(11, ONLY_PATH);
  view.setUint16(12, pmcw.measurementIndex);
  view.setUint8(14, pmcw.operationalPaths);
  view.setUint8(15, ONLY_PATH);
  view.setUint32(24, pmcw.characteristics);
  encodeScsw(scsw, bytes, 28);
  view.setBigUint64(40, measurementBlock);
  return bytes;
}

/** The fields of a SCHIB that MODIFY SUBCHANNEL looks at. */
export function decodeSchib(bytes: Uint8Array): { pmcw: Pmcw; measurementBlock: bigint } {
  const view = viewOf(bytes);
  const pmcw: Pmcw = {
    interruptionParameter: view.getUint32(0), flags: view.getUint16(4), deviceNumber: view.getUint16(6),
    logicalPaths: view.getUint8(8), lastPathUsed: view.getUint8(10), measurementIndex: view.getUint16(12),
    operationalPaths: view.getUint8(14), characteristics: view.getUint32(24),
  };
  return { pmcw, measurementBlock: view.getBigUint64(40) };
}

export const idleScsw = (): Scsw =>
  ({ flags: 0, control: 0, ccwAddress: 0, deviceStatus: 0, subchannelStatus: 0, count: 0 });
