/**
 * Named fields of the PSW and of control registers (Principles of Operation, chapter 4, "Program-Status Word"
 * and "Control Registers"). Bits are numbered from the left, 0 to 63, as the manual does.
 */
export interface BitField {
  readonly name: string;
  readonly meaning: string;
  readonly from: number;
  readonly to: number;
  /** The interruption subclass that the bit opens the CPU to. */
  readonly isc?: number;
  /** Words for values. */
  readonly words?: readonly string[];
}

const bit = (at: number, name: string, meaning: string): BitField => ({ name, meaning, from: at, to: at });
const field = (
  from: number,
  to: number,
  name: string,
  meaning: string,
  words?: readonly string[],
): BitField => ({ name, meaning, from, to, ...(words && { words }) });

const spaces = ["primary", "access register", "secondary", "home"] as const;

export const pswFields: readonly BitField[] = [
  bit(1, "R", "program-event recording"),
  bit(5, "T", "DAT"),
  bit(6, "IO", "I/O mask"),
  bit(7, "EX", "external mask"),
  field(8, 11, "key", "access key"),
  bit(13, "M", "machine-check mask"),
  bit(14, "W", "wait state"),
  bit(15, "P", "problem state"),
  field(16, 17, "AS", "address space", spaces),
  field(18, 19, "CC", "condition code"),
  field(20, 23, "PM", "program mask"),
  bit(31, "EA", "extended addressing"),
  bit(32, "BA", "basic addressing"),
];

const asce = (name: string): readonly BitField[] => [
  field(0, 51, "origin", `${name} table origin, in pages`),
  bit(54, "G", "subspace group"),
  bit(55, "P", "private space"),
  bit(56, "S", "storage-alteration event"),
  bit(57, "X", "space-switch event"),
  bit(58, "R", "real space"),
  field(60, 61, "DT", "designation type", ["segment", "region third", "region second", "region first"]),
  field(62, 63, "TL", "table length"),
];

/** By number of the control register; others have no fields of interest. */
export const controlFields: Readonly<Record<number, readonly BitField[]>> = {
  0: [
    bit(33, "SSM", "SSM suppression"),
    bit(34, "TOD", "TOD-clock sync control"),
    bit(35, "LAP", "low-address protection"),
    bit(36, "EXA", "extraction authority"),
    bit(37, "SEC", "secondary-space control"),
    bit(38, "FPO", "fetch-protection override"),
    bit(39, "SPO", "storage-protection override"),
    bit(40, "EDAT", "enhanced DAT"),
    bit(44, "IEP", "instruction-execution protection"),
    bit(45, "AFP", "AFP registers"),
    bit(46, "VX", "vector"),
    bit(48, "MA", "malfunction alert"),
    bit(49, "ES", "emergency signal"),
    bit(50, "EC", "external call"),
    bit(52, "CKC", "clock comparator"),
    bit(53, "CPT", "CPU timer"),
    bit(54, "SS", "service signal"),
    bit(57, "IK", "interrupt key"),
  ],
  1: asce("primary"),
  6: Array.from({ length: 8 }, (_, isc) => ({
    ...bit(32 + isc, `ISC ${isc}`, `I/O interruption subclass ${isc}`),
    isc,
  })),
  7: asce("secondary"),
  9: [
    bit(32, "SB", "successful branching"),
    bit(33, "IF", "instruction fetching"),
    bit(34, "SA", "storage alteration"),
    bit(36, "SR", "store using real address"),
    bit(40, "BC", "branch-address control"),
  ],
  13: asce("home"),
  14: [
    bit(35, "CRP", "channel report pending"),
    bit(36, "RM", "recovery"),
    bit(37, "DM", "degradation"),
    bit(38, "EDM", "external damage"),
    bit(39, "WM", "warning"),
  ],
};

/** The value of a field in a 64-bit register. */
export function valueOf({ from, to }: BitField, register: bigint): bigint {
  return (register >> BigInt(63 - to)) & ((1n << BigInt(to - from + 1)) - 1n);
}

/** The register with another value in a field; bits that do not fit are dropped. */
export function withValue(bits: BitField, register: bigint, value: bigint): bigint {
  const mask = (1n << BigInt(bits.to - bits.from + 1)) - 1n;
  const shift = BigInt(63 - bits.to);
  return (register & ~(mask << shift)) | ((value & mask) << shift);
}

/** As a person reads it: the word for the value, or the value in hexadecimal. */
export function shownValue(bits: BitField, register: bigint): string {
  const value = valueOf(bits, register);
  return bits.words?.[Number(value)] ?? value.toString(16);
}
