/**
 * The service-call control block (SCCB): header layout, command words and response codes of the SCLP.
 * A header is length (0-1), function code (2), control mask (3-5) and response code (6-7), big-endian.
 */

export const SCCB_HEADER_BYTES = 8;
/** Without the extended-length facility an SCCB lies inside one 4 KiB frame. */
export const SCCB_BYTES_MAX = 4096;

export const sclpCommand = {
  readCpuInfo: 0x0001_0001, readScpInfo: 0x0002_0001, readScpInfoForced: 0x0012_0001,
  readEventData: 0x0077_0005, writeEventData: 0x0076_0005, writeEventMask: 0x0078_0005,
} as const;
/** Bits of a command word that select the command; the third byte is a command qualifier. */
export const COMMAND_MASK = 0xffff_00ff;

export const response = {
  readComplete: 0x0010, complete: 0x0020, boundaryViolation: 0x0100, invalidCommand: 0x01f0,
  insufficientLength: 0x0300, invalidFunction: 0x40f0, noEventsStored: 0x60f0, invalidSelection: 0x70f0,
  inconsistentLengths: 0x72f0, eventSyntax: 0x73f0, invalidMaskLength: 0x74f0, eventTooLong: 0x75f0,
} as const;

/** Byte 2 of the control mask: the response may be shorter than the SCCB. */
const VARIABLE_LENGTH = 0x80;

/** A private copy of the guest's SCCB: the guest cannot change it while it is looked at. */
export class Sccb {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  get functionCode(): number {
    return this.bytes[2]!;
  }

  set responseCode(code: number) {
    this.view.setUint16(6, code);
  }

  /** If the guest allows a shorter response, says how long it is. */
  shorten(length: number): void {
    if ((this.bytes[5]! & VARIABLE_LENGTH) === 0) return;
    this.bytes[5]! &= ~VARIABLE_LENGTH;
    this.view.setUint16(0, length);
  }
}
