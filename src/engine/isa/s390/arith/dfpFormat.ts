/**
 * Decimal floating point: formats, densely packed decimal, and the tests of class and group
 * (Principles of Operation, chapter 20, "DFP Data Formats").
 *
 * A finite number is (-1)^sign * coefficient * 10^exponent (right-units view). Ten bits hold three digits;
 * of the 1024 patterns 24 are not canonical, which decoding accepts and encoding never makes.
 *
 * Invariant: decode(encode(x)) is x; what is encoded is canonical, with zero reserved bits.
 */

export interface DfpFormat {
  readonly name: 'short' | 'long' | 'extended';
  readonly width: number;
  /** Digits of the coefficient. */
  readonly precision: number;
  readonly bias: number;
  /** Largest biased exponent. */
  readonly biasedMax: number;
  /** Bits of the biased exponent right of the five-bit combination. */
  readonly continuationBits: number;
  /** Power of ten by which a trapped overflow or underflow is scaled. */
  readonly trapScale: number;
  /** The same for LOAD ROUNDED, whose trapped result stays in this format as the source. */
  readonly roundedTrapScale: number;
}

export const dfpShort: DfpFormat = {
  name: 'short',
  width: 32,
  precision: 7,
  bias: 101,
  biasedMax: 191,
  continuationBits: 6,
  trapScale: 144,
  roundedTrapScale: 0,
};

export const dfpLong: DfpFormat = {
  name: 'long',
  width: 64,
  precision: 16,
  bias: 398,
  biasedMax: 767,
  continuationBits: 8,
  trapScale: 576,
  roundedTrapScale: 192,
};

export const dfpExtended: DfpFormat = {
  name: 'extended',
  width: 128,
  precision: 34,
  bias: 6176,
  biasedMax: 12287,
  continuationBits: 12,
  trapScale: 9216,
  roundedTrapScale: 3072,
};

export type DfpKind = 'finite' | 'infinity' | 'quiet-nan' | 'signaling-nan';

/** A decoded datum; for infinities and NaNs the coefficient is the payload and the exponent 0. */
export interface DfpValue {
  readonly kind: DfpKind;
  readonly negative: boolean;
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** Three digits of a declet, from the ten bits in the order of the standard. */
function digitsOfDeclet(declet: number): number {
  const bit = (n: number): number => (declet >> n) & 1;
  const left = (declet >> 7) & 7;
  const middle = (declet >> 4) & 7;
  const [bigLeft, bigMiddle, bigRight] = [8 + bit(7), 8 + bit(4), 8 + bit(0)];
  const top = (bit(9) << 2) | (bit(8) << 1);
  const centre = (bit(6) << 2) | (bit(5) << 1);
  const join = (a: number, b: number, c: number): number => 100 * a + 10 * b + c;
  if (!bit(3)) return join(left, middle, declet & 7);
  switch ((declet >> 1) & 3) {
    case 0:
      return join(left, middle, bigRight);
    case 1:
      return join(left, bigMiddle, centre | bit(0));
    case 2:
      return join(bigLeft, middle, top | bit(0));
  }
  switch ((declet >> 5) & 3) {
    case 0:
      return join(bigLeft, bigMiddle, top | bit(0));
    case 1:
      return join(bigLeft, top | bit(4), bigRight);
    case 2:
      return join(left, bigMiddle, bigRight);
    default:
      return join(bigLeft, bigMiddle, bigRight);
  }
}

const valueOfDeclet = new Uint16Array(1024);
const decletOfValue = new Uint16Array(1000).fill(0xffff);
for (let declet = 0; declet < 1024; declet++) {
  const value = digitsOfDeclet(declet);
  valueOfDeclet[declet] = value;
  // The canonical pattern of a value is the smallest one.
  if (decletOfValue[value] === 0xffff) decletOfValue[value] = declet;
}

const powers: bigint[] = [1n];

export function power10(exponent: number): bigint {
  while (powers.length <= exponent && powers.length < 200) powers.push(powers[powers.length - 1]! * 10n);
  return powers[exponent] ?? 10n ** BigInt(exponent);
}

/** Number of decimal digits; 0 for zero. */
export function digitCount(value: bigint): number {
  if (value < FIVE_DECLETS) return smallDigitCount(Number(value));
  let digits = 15;
  for (let rest = value / FIVE_DECLETS; ; rest /= FIVE_DECLETS) {
    if (rest < FIVE_DECLETS) return digits + smallDigitCount(Number(rest));
    digits += 15;
  }
}

function smallDigitCount(value: number): number {
  let digits = 0;
  for (let power = 1; power <= value; power *= 10) digits++;
  return digits;
}

// Five declets are 50 bits and 15 digits: the most that is exact in a number, and numbers are fast.
const FIVE_DECLETS = 10n ** 15n;
const FIVE_DECLETS_MASK = (1n << 50n) - 1n;
const DECLET = 1 << 10;

/** Decimal value of the rightmost `count` declets, 5 of them or 11. */
function unpackDeclets(bits: bigint, count: number): bigint {
  if (count <= 5) return BigInt(unpackFew(Number(bits & ((1n << BigInt(10 * count)) - 1n)), count));
  const left = unpackDeclets(bits >> 50n, count - 5);
  return left * FIVE_DECLETS + BigInt(unpackFew(Number(bits & FIVE_DECLETS_MASK), 5));
}

function unpackFew(bits: number, count: number): number {
  let value = 0;
  for (let rest = bits, i = 0, unit = 1; i < count; i++, unit *= 1000) {
    const declet = rest % DECLET;
    value += valueOfDeclet[declet]! * unit;
    rest = (rest - declet) / DECLET;
  }
  return value;
}

/** The rightmost `count` times three digits as declets; digits left of them are dropped. */
function packDeclets(value: bigint, count: number): bigint {
  if (count <= 5) return BigInt(packFew(Number(value % FIVE_DECLETS), count));
  const left = packDeclets(value / FIVE_DECLETS, count - 5);
  return (left << 50n) | BigInt(packFew(Number(value % FIVE_DECLETS), 5));
}

function packFew(value: number, count: number): number {
  let bits = 0;
  for (let rest = value, i = 0, unit = 1; i < count; i++, unit *= DECLET) {
    const digits = rest % 1000;
    bits += decletOfValue[digits]! * unit;
    rest = (rest - digits) / 1000;
  }
  return bits;
}

/** Bits right of sign, combination and exponent continuation; all left of them fit in a number. */
const trailingBits = (format: DfpFormat): number => ((format.precision - 1) / 3) * 10;

export function decodeDfp(format: DfpFormat, bits: bigint): DfpValue {
  const { continuationBits } = format;
  const head = Number(bits >> BigInt(trailingBits(format)));
  const negative = head >> (5 + continuationBits) === 1;
  const combination = (head >> continuationBits) & 0x1f;
  const trailing = unpackDeclets(bits, (format.precision - 1) / 3);
  if (combination >= 30) {
    const isSignaling = (head >> (continuationBits - 1)) & 1;
    const kind = combination === 30 ? 'infinity' : isSignaling ? 'signaling-nan' : 'quiet-nan';
    return { kind, negative, coefficient: trailing, exponent: 0 };
  }
  const isLarge = combination >= 24;
  const leading = isLarge ? 8 + (combination & 1) : combination & 7;
  const top = isLarge ? (combination >> 1) & 3 : combination >> 3;
  const biased = (top << continuationBits) | (head & ((1 << continuationBits) - 1));
  const coefficient = leading === 0 ? trailing : BigInt(leading) * power10(format.precision - 1) + trailing;
  return { kind: 'finite', negative, coefficient, exponent: biased - format.bias };
}

/** Combination and leftmost bit of the continuation. */
const combinationOfKind = { infinity: 0x3c, 'quiet-nan': 0x3e, 'signaling-nan': 0x3f } as const;

/** Encodes canonically; the payload of an infinity or NaN keeps its digits but the leftmost. */
export function encodeDfp(format: DfpFormat, value: DfpValue): bigint {
  const { continuationBits } = format;
  const trailing = packDeclets(value.coefficient, (format.precision - 1) / 3);
  const sign = value.negative ? 1 << (5 + continuationBits) : 0;
  const head = sign | (value.kind === 'finite' ? finiteHead(format, value) : specialHead(format, value.kind));
  return (BigInt(head) << BigInt(trailingBits(format))) | trailing;
}

const specialHead = (format: DfpFormat, kind: Exclude<DfpKind, 'finite'>): number =>
  combinationOfKind[kind] << (format.continuationBits - 1);

function finiteHead(format: DfpFormat, { coefficient, exponent }: DfpValue): number {
  const leading = Number(coefficient / power10(format.precision - 1));
  const biased = exponent + format.bias;
  const top = biased >> format.continuationBits;
  const combination = leading >= 8 ? 0x18 | (top << 1) | (leading & 1) : (top << 3) | leading;
  return (combination << format.continuationBits) | (biased & ((1 << format.continuationBits) - 1));
}

export function dfpInfinity(format: DfpFormat, negative: boolean): bigint {
  return encodeDfp(format, { kind: 'infinity', negative, coefficient: 0n, exponent: 0 });
}

/** The default quiet NaN: plus, payload zero. */
export function dfpDefaultNan(format: DfpFormat): bigint {
  return encodeDfp(format, { kind: 'quiet-nan', negative: false, coefficient: 0n, exponent: 0 });
}

/** Exponent of the leading digit of the smallest normal number. */
export function dfpExponentMin(format: DfpFormat): number {
  return format.precision - 1 - format.bias;
}

/** Condition code of a result: 0 zero, 1 less, 2 greater, 3 NaN. */
export function dfpSignCc(value: DfpValue): number {
  if (value.kind === 'quiet-nan' || value.kind === 'signaling-nan') return 3;
  if (value.kind === 'finite' && value.coefficient === 0n) return 0;
  return value.negative ? 1 : 2;
}

/** TEST DATA CLASS: pairs, plus first, of zero, subnormal, normal, infinity, quiet and signaling NaN. */
export function testDfpDataClass(format: DfpFormat, bits: bigint, mask: number): 0 | 1 {
  const value = decodeDfp(format, bits);
  const special = { infinity: 3, 'quiet-nan': 4, 'signaling-nan': 5 } as const;
  let position: number;
  if (value.kind !== 'finite') {
    position = special[value.kind];
  } else if (value.coefficient === 0n) {
    position = 0;
  } else {
    position = value.exponent + digitCount(value.coefficient) - 1 < dfpExponentMin(format) ? 1 : 2;
  }
  return mask & (0x800 >> (2 * position + (value.negative ? 1 : 0))) ? 1 : 0;
}

/**
 * TEST DATA GROUP: pairs of safe zero, zero with extreme exponent, nonzero with extreme exponent, safe
 * nonzero with leftmost digit zero, safe with it nonzero, infinity or NaN. Extreme is least or greatest.
 */
export function testDfpDataGroup(format: DfpFormat, bits: bigint, mask: number): 0 | 1 {
  const value = decodeDfp(format, bits);
  const biased = value.exponent + format.bias;
  const isExtreme = biased === 0 || biased === format.biasedMax;
  let position: number;
  if (value.kind !== 'finite') position = 5;
  else if (value.coefficient === 0n) position = isExtreme ? 1 : 0;
  else if (isExtreme) position = 2;
  else position = digitCount(value.coefficient) < format.precision ? 3 : 4;
  return mask & (0x800 >> (2 * position + (value.negative ? 1 : 0))) ? 1 : 0;
}
