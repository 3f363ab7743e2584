/**
 * Decimal floating point from and to packed and zoned decimal (Principles of Operation, chapter 20: CONVERT
 * FROM/TO SIGNED PACKED CDSTR, CXSTR, CSDTR, CSXTR; UNSIGNED PACKED CDUTR, CXUTR, CUDTR, CUXTR; ZONED CDZT,
 * CXZT, CZDT, CZXT; PACKED CDPT, CXPT, CPDT, CPXT).
 *
 * Invariant: only digits and sign pass; the exponent is 0 on the way in and ignored on the way out. An
 * infinity or NaN gives the digits of its payload.
 */
import { isMinusCode, isSignCode, type DecimalException } from './decimalFormat.ts';
import { decodeDfp, encodeDfp, power10, type DfpFormat } from './dfpFormat.ts';

/** Undefined stands for a data exception (DXC 0). */
export type DfpFromDecimal = bigint | undefined;

function fromDigits(format: DfpFormat, negative: boolean, digits: string): DfpFromDecimal {
  if (/[^0-9]/.test(digits)) return undefined;
  return encodeDfp(format, { kind: 'finite', negative, coefficient: BigInt(digits), exponent: 0 });
}

/**
 * CONVERT FROM SIGNED PACKED (15 or 31 digits and sign) and UNSIGNED PACKED (16 or 32 digits).
 * @param packed the 64 or 128 bits of the general register or pair
 */
export function convertPackedRegisterToDfp(
  format: DfpFormat,
  packed: bigint,
  isSigned: boolean,
): DfpFromDecimal {
  const text = packed.toString(16).padStart(format.width / 4, '0');
  if (!isSigned) return fromDigits(format, false, text);
  const sign = Number(packed & 0xfn);
  return isSignCode(sign) ? fromDigits(format, isMinusCode(sign), text.slice(0, -1)) : undefined;
}

/**
 * CONVERT TO SIGNED PACKED and UNSIGNED PACKED: the rightmost digits that fit the register or pair.
 * @param plusCode the sign of a number that is not minus: M4 bit 3 chooses between C and F
 */
export function convertDfpToPackedRegister(
  format: DfpFormat,
  bits: bigint,
  isSigned: boolean,
  plusCode: 0xc | 0xf = 0xc,
): bigint {
  const value = decodeDfp(format, bits);
  const digits = format.width / 4 - (isSigned ? 1 : 0);
  const packed = BigInt(`0x${value.coefficient % power10(digits)}`);
  if (!isSigned) return packed;
  return (packed << 4n) | (value.negative ? 0xdn : BigInt(plusCode));
}

/** The bits of M3 for the storage conversions. */
export interface DecimalFieldOptions {
  /** M3 bit 0: the field has a sign. */
  readonly isSigned: boolean;
  /** M3 bit 1, zoned results only: zones 3 instead of F. */
  readonly isAscii?: boolean;
  /** M3 bit 2, results only: the plus sign is F instead of C. */
  readonly plusIsF?: boolean;
  /** M3 bit 3, results only: a zero is never minus. */
  readonly forcesPlusZero?: boolean;
  /** M3 bit 3, packed sources only: the sign is neither checked nor taken. */
  readonly ignoresSign?: boolean;
}

export type DecimalFieldError = Extract<DecimalException, 'data' | 'specification'>;

/** A source conversion: the number or why there is none. */
export type DfpFromField = { readonly bits: bigint } | { readonly exception: DecimalFieldError };

const orData = (bits: DfpFromDecimal): DfpFromField =>
  bits === undefined ? { exception: 'data' } : { bits };

/** CONVERT FROM ZONED: up to 16 or 34 bytes; zones other than the sign are not looked at. */
export function convertZonedToDfp(
  format: DfpFormat,
  field: Uint8Array,
  options: DecimalFieldOptions,
): DfpFromField {
  if (field.length > format.precision) return { exception: 'specification' };
  const sign = field[field.length - 1]! >> 4;
  if (options.isSigned && !isSignCode(sign)) return { exception: 'data' };
  const digits = [...field].map((byte) => (byte & 0x0f).toString(16)).join('');
  return orData(fromDigits(format, options.isSigned && isMinusCode(sign), digits));
}

/** CONVERT FROM PACKED: up to 9 or 18 bytes; digits beyond the precision must be zero. */
export function convertPackedToDfp(
  format: DfpFormat,
  field: Uint8Array,
  options: DecimalFieldOptions,
): DfpFromField {
  if (field.length > format.precision / 2 + 1) return { exception: 'specification' };
  const text = [...field].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const sign = field[field.length - 1]! & 0x0f;
  const takesSign = options.isSigned && !options.ignoresSign;
  if (takesSign && !isSignCode(sign)) return { exception: 'data' };
  const digits = options.isSigned ? text.slice(0, -1) : text;
  const surplus = digits.slice(0, Math.max(0, digits.length - format.precision));
  if (/[^0]/.test(surplus)) return { exception: 'data' };
  return orData(fromDigits(format, takesSign && isMinusCode(sign), digits));
}

/** A result field: condition code 0 zero, 1 less, 2 greater, 3 digits lost, infinity or NaN. */
export type DfpToField =
  | { readonly bytes: Uint8Array; readonly cc: number; readonly exception?: undefined }
  | { readonly bytes?: undefined; readonly exception: DecimalFieldError };

interface FieldContent {
  readonly digits: string;
  readonly sign: number;
  readonly cc: number;
}

function contentOf(
  format: DfpFormat,
  bits: bigint,
  places: number,
  options: DecimalFieldOptions,
): FieldContent {
  const value = decodeDfp(format, bits);
  const isFinite = value.kind === 'finite';
  const isZero = value.coefficient === 0n;
  const isLost = value.coefficient >= power10(places);
  const isMinus = value.negative && !(options.forcesPlusZero && isFinite && isZero);
  const cc = !isFinite || isLost ? 3 : isZero ? 0 : value.negative ? 1 : 2;
  const digits = (value.coefficient % power10(places)).toString().padStart(places, '0');
  return { digits, sign: isMinus ? 0xd : options.plusIsF ? 0xf : 0xc, cc };
}

/** CONVERT TO ZONED: up to 16 or 34 bytes; the sign replaces the last zone. */
export function convertDfpToZoned(
  format: DfpFormat,
  bits: bigint,
  length: number,
  options: DecimalFieldOptions,
): DfpToField {
  if (length > format.precision) return { exception: 'specification' };
  const { digits, sign, cc } = contentOf(format, bits, length, options);
  const zone = options.isAscii ? 0x30 : 0xf0;
  const bytes = Uint8Array.from(digits, (digit) => zone | Number(digit));
  if (options.isSigned) bytes[length - 1] = (sign << 4) | (bytes[length - 1]! & 0x0f);
  return { bytes, cc };
}

/** CONVERT TO PACKED: up to 9 or 18 bytes. */
export function convertDfpToPacked(
  format: DfpFormat,
  bits: bigint,
  length: number,
  options: DecimalFieldOptions,
): DfpToField {
  if (length > format.precision / 2 + 1) return { exception: 'specification' };
  const places = 2 * length - (options.isSigned ? 1 : 0);
  const { digits, sign, cc } = contentOf(format, bits, places, options);
  const text = options.isSigned ? digits + sign.toString(16) : digits;
  const bytes = Uint8Array.from({ length }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
  return { bytes, cc };
}
