/**
 * CRC-32 (ISO-HDLC, polynomial 0x04c11db7 reflected), as in gzip. It finds every error burst of up to 32
 * bits, so every single flipped bit; it is no protection against somebody who means harm: limits are.
 */
const STRIDE = 8;
/** Entry `256 * k + n` is what byte n does to the checksum when k more bytes of zeros follow it. */
const table = new Uint32Array(STRIDE * 256);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  table[n] = c;
}
for (let entry = 256; entry < table.length; entry++) {
  const before = table[entry - 256]!;
  table[entry] = (before >>> 8) ^ table[before & 0xff]!;
}

/** `before`: the checksum of what stands in front. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let c = ~before;
  let at = 0;
  for (const last = bytes.length - STRIDE; at <= last; at += STRIDE) {
    c ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    c = table[0x700 + (c & 0xff)]! ^ table[0x600 + ((c >>> 8) & 0xff)]! ^ table[0x500 + ((c >>> 16) & 0xff)]!
      ^ table[0x400 + (c >>> 24)]! ^ table[0x300 + bytes[at + 4]!]! ^ table[0x200 + bytes[at + 5]!]!
      ^ table[0x100 + bytes[at + 6]!]! ^ table[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) c = table[(c ^ bytes[at]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}
