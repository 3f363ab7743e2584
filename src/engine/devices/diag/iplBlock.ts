/**
 * The IPL parameter block that DIAGNOSE 0x308 sets and stores. Offsets from its start: length (0-3), version
 * (7), length of the first part (8-11), its type (12), load parameter (16-23), then by type.
 */
export const IPL_BLOCK_BYTES_MAX = 4096;
const HEADER_BYTES = 8;
const CCW_BLOCK_BYTES_MIN = 200;
const FCP_BLOCK_BYTES_MIN = 384;
const EBCDIC_BLANK = 0x40;

export const iplType = { fcp: 0x00, ccw: 0x02 } as const;

/** Is this a block that a re-IPL could use? `bytes` has the length that the block says. */
export function isIplBlockValid(bytes: Uint8Array): boolean {
  switch (bytes[12]) {
    case iplType.ccw: return bytes.length >= CCW_BLOCK_BYTES_MIN;
    case iplType.fcp: return bytes.length >= FCP_BLOCK_BYTES_MIN;
    default: return false;
  }
}

/** A block that names a channel device of subchannel set 0. `loadParameter` is eight EBCDIC characters. */
export function ccwIplBlock(deviceNumber: number, loadParameter?: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(CCW_BLOCK_BYTES_MIN);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length);
  view.setUint32(8, bytes.length - HEADER_BYTES);
  bytes[12] = iplType.ccw;
  bytes.fill(EBCDIC_BLANK, 16, 24);
  bytes.set((loadParameter ?? new Uint8Array()).subarray(0, 8), 16);
  view.setUint16(110, deviceNumber);
  return bytes;
}
