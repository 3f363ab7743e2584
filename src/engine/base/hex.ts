/** Bytes as hexadecimal digits and back. */

/** Value of a digit's character code: 0-9, A-F, a-f. */
const digit = (code: number): number => (code & 0xf) + (code >> 6) * 9;

/** Two digits a byte; spaces are skipped. */
export function hex(text: string): Uint8Array {
  const digits = text.includes(" ") ? text.replaceAll(" ", "") : text;
  const bytes = new Uint8Array(digits.length >> 1);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = (digit(digits.charCodeAt(2 * i)) << 4) | digit(digits.charCodeAt(2 * i + 1));
  return bytes;
}

export const toHex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
