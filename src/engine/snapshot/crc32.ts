/**
 * CRC-32 (ISO-HDLC, polynomial 0x04c11db7 reflected), as in gzip. It finds every error burst of up to 32
 * bits, so every single flipped bit; it is no protection against somebody who means harm: limits are.
 */
const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** `before`: the checksum of what stands in front. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let c = ~before;
  for (let i = 0; i < bytes.length; i++) c = table[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}
