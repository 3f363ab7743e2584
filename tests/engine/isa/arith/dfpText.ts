/** Decimal floating point written and read as text. */
import {
  decodeDfp,
  dfpLong,
  encodeDfp,
  type DfpFormat,
  type DfpKind,
} from '../../../../src/engine/isa/s390/arith/dfpFormat.ts';
import type { IeeeContext } from '../../../../src/engine/isa/s390/arith/ieee.ts';
import { rounding } from '../../../../src/engine/isa/s390/arith/rounding.ts';

/** To nearest, nothing trapped. */
export const quiet: IeeeContext = { rounding: rounding.nearestEven, masks: 0 };

const kinds: Record<string, DfpKind> = { Infinity: 'infinity', NaN: 'quiet-nan', sNaN: 'signaling-nan' };

/** Reads the scientific notation of the General Decimal Arithmetic. */
export function parse(format: DfpFormat, text: string): bigint {
  const negative = text.startsWith('-');
  const special = /(Infinity|sNaN|NaN)(\d*)$/.exec(text);
  if (special) {
    const payload = BigInt(special[2] || '0');
    return encodeDfp(format, { kind: kinds[special[1]!]!, negative, coefficient: payload, exponent: 0 });
  }
  const [, whole, fraction = '', power = '0'] = /^-?(\d+)(?:\.(\d+))?(?:E([+-]\d+))?$/.exec(text)!;
  const coefficient = BigInt(whole! + fraction);
  return encodeDfp(
    format,
    { kind: 'finite', negative, coefficient, exponent: Number(power) - fraction.length },
  );
}

export const dfp = (text: string): bigint => parse(dfpLong, text);

export function shown(format: DfpFormat, bits: bigint): string {
  const v = decodeDfp(format, bits);
  const magnitude = v.kind === 'finite' ? `${v.coefficient}E${v.exponent}` : `${v.kind}${v.coefficient}`;
  return (v.negative ? '-' : '') + magnitude;
}
