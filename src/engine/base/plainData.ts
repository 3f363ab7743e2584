/** Plain data compared and shown: numbers, bigints, strings, booleans, bytes, arrays and objects of them. */
import { assert } from "./assert.ts";

/**
 * Deep equality; a missing property and an undefined one are the same. Other objects (a Map has no keys to
 * compare) assert.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  assert(isPlain(a) && isPlain(b), "only plain data can be compared");
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && areSameBytes(a, b);
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .every((key) => isSame(left[key], right[key]));
}

/** Byte by byte: the keys of an array of bytes are as many texts. */
function areSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function isPlain(value: object): boolean {
  if (Array.isArray(value) || value instanceof Uint8Array) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** One line of text: numbers decimal and, from 10 on, hexadecimal too; bytes as hexadecimal digits. */
export function show(value: unknown): string {
  if (typeof value === "bigint" || typeof value === "number") return showNumber(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Uint8Array)
    return `bytes ${[...value].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (typeof value === "object" && value !== null)
    return `{ ${Object.entries(value).map(([key, entry]) => `${key}: ${show(entry)}`).join(", ")} }`;
  return String(value);
}

function showNumber(value: number | bigint): string {
  const isPlain = typeof value === "number" ? !Number.isInteger(value) || value < 10 : value < 10n;
  return isPlain ? String(value) : `${value} (0x${value.toString(16)})`;
}
