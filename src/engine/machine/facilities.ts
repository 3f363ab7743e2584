/** The facilities that STFLE offers (Principles of Operation, chapter 4, "Facility indications"): bit numbers, all true. */
const offered = [
  0, 1, 2, 3, 4, 7, 8, 9, 13, 14, 16, 17, 18, 19, 21, 22, 24, 25, 26, 27, 28, 30, 31, 32, 33, 34, 35, 40, 45, 49, 51, 52, 53, 58, 61, 75,
] as const;

export const facilityList = (): Uint8Array => {
  const bytes = new Uint8Array(32);
  for (const bit of offered) bytes[bit >> 3]! |= 0x80 >> (bit & 7);
  return bytes;
};
