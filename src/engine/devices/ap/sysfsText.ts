/**
 * What sysfs attributes of the AP bus and of matrix devices accept as text, and how they print. Refusals are
 * negative errno values.
 */
import { errno, type Errno } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import { ID_COUNT, MASK_BYTES, emptyMask, withId, withoutId, type IdMask } from "./idMask.ts";

const LONG_END = 1n << 64n;
/** Decimal, 0x hexadecimal, or octal with a leading 0. */
const NUMBER = /^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;

function value(digits: string): bigint {
  return BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits);
}

/**
 * One unsigned 64-bit number: an optional plus sign before, an optional newline after, nothing else.
 * -EINVAL for no number, -ERANGE for one of more than 64 bits, whatever follows it.
 */
export function parseNumber(text: string): Result<bigint, Errno> {
  const unsigned = text.startsWith("+") ? text.slice(1) : text;
  const leading = /^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(unsigned)?.[0];
  if (leading === undefined) return refuse(errno.EINVAL);
  if (value(leading) >= LONG_END) return refuse(errno.ERANGE);
  const rest = unsigned.slice(leading.length);
  return rest === "" || rest === "\n" ? ok(value(leading)) : refuse(errno.EINVAL);
}

/**
 * The new value of a pool mask (apmask, aqmask): up to 64 hexadecimal digits from id 0 on, or changes to the
 * old one as a comma list of +N, -N, +N-M and -N-M. -EINVAL for anything else; nothing is half applied.
 */
export function parseMask(text: string, old: IdMask): Result<IdMask, Errno> {
  const line = text.replace(/\n$/, "");
  return /^[+-]/.test(line) ? changedMask(line, old) : absoluteMask(line);
}

function absoluteMask(line: string): Result<IdMask, Errno> {
  const digits = line.replace(/^0x/, "");
  if (!/^[0-9a-fA-F]*$/.test(digits) || digits.length > 2 * MASK_BYTES) return refuse(errno.EINVAL);
  const padded = digits.padEnd(2 * MASK_BYTES, "0");
  return ok(emptyMask().map((_, at) => Number.parseInt(padded.slice(2 * at, 2 * at + 2), 16)));
}

function changedMask(line: string, old: IdMask): Result<IdMask, Errno> {
  let mask = old;
  for (const change of line.split(",")) {
    const parts = /^([+-])(\w+)(?:-(\w+))?$/.exec(change);
    if (!parts) return refuse(errno.EINVAL);
    const [sign, from, to] = [parts[1], parts[2]!, parts[3] ?? parts[2]!];
    if (!NUMBER.test(from) || !NUMBER.test(to)) return refuse(errno.EINVAL);
    const [first, last] = [value(from), value(to)];
    if (first > last || last >= BigInt(ID_COUNT)) return refuse(errno.EINVAL);
    for (let id = Number(first); id <= Number(last); id++)
      mask = sign === "+" ? withId(mask, id) : withoutId(mask, id);
  }
  return ok(mask);
}

const hex = (id: number, digits: number): string => id.toString(16).padStart(digits, "0");

/** `matrix` and `guest_matrix`: the cross product, or one dimension alone where the other is empty. */
export function printMatrix(apids: readonly number[], apqis: readonly number[]): string {
  if (apqis.length === 0) return apids.map((apid) => `${hex(apid, 2)}.\n`).join("");
  const domains = apqis.map((apqi) => `.${hex(apqi, 4)}\n`);
  if (apids.length === 0) return domains.join("");
  return apids.flatMap((apid) => domains.map((domain) => `${hex(apid, 2)}${domain}`)).join("");
}

/** `control_domains`. */
export const printDomains = (ids: readonly number[]): string => ids.map((id) => `${hex(id, 4)}\n`).join("");
