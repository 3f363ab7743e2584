/**
 * Bits of machine-check codes and masks by name, numbered from the left (Principles of Operation, chapter 11:
 * "Machine-Check Interruption Code", "Subclass Masks").
 */

/** Of 64 bits: which bit has which name. */
export type BitNames = readonly (readonly [bit: number, name: string])[];

export const cr14Subclasses: BitNames = [
  [35, "channel report"], [36, "recovery"], [37, "degradation"], [38, "external damage"], [39, "warning"],
];

/** Conditions first; from bit 20 on, what the interruption stored validly. */
export const mcicBits: BitNames = [
  [0, "system damage"], [1, "instruction-processing damage"], [2, "system recovery"],
  [4, "timing-facility damage"], [5, "external damage"], [7, "degradation"], [8, "warning"],
  [9, "channel report pending"], [10, "service-processor damage"], [11, "channel-subsystem damage"],
  [14, "backed up"], [16, "storage error uncorrected"], [17, "storage error corrected"],
  [18, "storage-key error uncorrected"], [19, "storage degradation"], [20, "PSW-MWP valid"],
  [21, "PSW mask and key valid"], [22, "program mask valid"], [23, "instruction address valid"],
  [24, "failing address valid"], [26, "external-damage code valid"], [27, "floating point valid"],
  [28, "general registers valid"], [29, "control registers valid"], [31, "storage valid"],
  [32, "indirect storage error"], [33, "access registers valid"], [34, "delayed access exception"],
  [42, "TOD programmable register valid"], [43, "floating-point control valid"], [44, "ancillary report"],
  [46, "CPU timer valid"], [47, "clock comparator valid"],
];

/** Names of the bits that are one, with the numbers of those without a name; empty for zero. */
export function bitNames(value: bigint, names: BitNames): string {
  const known = new Map(names);
  const found: string[] = [];
  for (let bit = 0; bit < 64; bit++)
    if ((value >> BigInt(63 - bit)) & 1n) found.push(known.get(bit) ?? `bit ${bit}`);
  return found.join(", ");
}
