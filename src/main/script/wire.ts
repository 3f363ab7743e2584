/**
 * Values between a script and its host, as text: JSON, with marks for what JSON has no word for.
 *
 *   {"$n":"5"} bigint   {"$b":"0aff"} bytes   {"$u":1} undefined   {"$h":3,"$k":"Vcpu","$f":{…}} host object
 *   {"$x":"NaN"} a number that is none, or has no end; from the script alone
 *
 * The script's half is in `prelude.ts`. Text from a script is hostile: it is parsed, never believed.
 */
import { hex, toHex } from "../../engine/base/hex.ts";

/** How a host object is named to the script; undefined for a value that is plain data. */
export type Naming = (
  value: object,
) => { readonly id: number; readonly kind: string; readonly fields: object } | undefined;
/** The host object behind a number; undefined where there is none. */
export type Finding = (id: number) => object | undefined;

/** The text of a value that the host gives. */
export function encodeValue(value: unknown, name: Naming): string {
  return JSON.stringify(value, (_key, entry: unknown) => marked(entry, name)) ?? '{"$u":1}';
}

function marked(value: unknown, name: Naming): unknown {
  if (typeof value === "bigint") return { $n: String(value) };
  if (value instanceof Uint8Array) return { $b: toHex(value) };
  if (typeof value !== "object" || value === null) return value;
  const named = name(value);
  return named ? { $h: named.id, $k: named.kind, $f: { ...named.fields } } : value;
}

const INTEGER = /^-?\d{1,80}$/;
const ENDLESS = new Set(["NaN", "Infinity", "-Infinity"]);
const DIGITS = /^([0-9a-f]{2})*$/;

/** The value of a script's text. Throws for what is no such text, or names an object that is not there. */
export function decodeValue(text: string, find: Finding): unknown {
  return unmarked(JSON.parse(text), find, 0);
}

const DEPTH_MAX = 64;

function unmarked(value: unknown, find: Finding, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEPTH_MAX) throw new Error(`Values may be nested ${DEPTH_MAX} deep.`);
  if (Array.isArray(value)) return value.map((entry) => unmarked(entry, find, depth + 1));
  const fields = value as Readonly<Record<string, unknown>>;
  if (typeof fields.$n === "string" && INTEGER.test(fields.$n)) return BigInt(fields.$n);
  if (typeof fields.$x === "string" && ENDLESS.has(fields.$x)) return Number(fields.$x);
  if (typeof fields.$b === "string" && DIGITS.test(fields.$b)) return hex(fields.$b);
  if (fields.$u === 1) return undefined;
  if (typeof fields.$h === "number") {
    const found = find(fields.$h);
    if (!found) throw new Error("This object is not of this run.");
    return found;
  }
  // A name such as __proto__ must become a field like any other.
  return Object.fromEntries(Object.entries(fields).map(([key, entry]) => [
    key, unmarked(entry, find, depth + 1),
  ]));
}
