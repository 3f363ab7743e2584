/** Addresses as people type them, and as they are shown. */

/** The address of a text of hex digits, with or without 0x and blanks; undefined for anything else. */
export function addressFrom(text: string): bigint | undefined {
  const digits = text.trim().replaceAll(/[\s_]/g, "").replace(/^0x/i, "");
  return /^[0-9a-f]{1,16}$/i.test(digits) ? BigInt(`0x${digits}`) : undefined;
}

/** 16 digits; addresses wrap at 64 bits. */
export const hexAddress = (address: bigint): string =>
  BigInt.asUintN(64, address).toString(16).padStart(16, "0");
