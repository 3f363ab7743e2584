/**
 * The words of the SIE block that take a vCPU out of SIE and keep it out (s390; derived from source). Values
 * are those of big-endian 32-bit words, not IBM bit numbers.
 */

/** Word at 0x0c. */
export const prog0c = { IN_SIE: 0x1 } as const;

/** Word at 0x20: any bit makes the entry skip SIE. */
export const prog20 = { BLOCK_SIE: 0x1, REQUEST: 0x2 } as const;
