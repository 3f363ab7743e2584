/** What differs between two saved states: fields by their names, pages as rows of 16 bytes. */
import {
  pageAt, PAGE_BYTES, type FieldDifference, type PageSet, type RowDifference,
} from "../api/snapshot.ts";
import { decodePlain, isPlainMap, type Plain } from "./cbor.ts";
import { crc32 } from "./crc32.ts";
import type { SavedSections } from "./sections.ts";

const ROW_BYTES = 16;
/** Longer bytes are told by their checksum. */
const HEX_BYTES_MAX = 64;

export function diffSections(before: SavedSections, after: SavedSections): FieldDifference[] {
  const [old, now] = [leavesOf(before), leavesOf(after)];
  const paths = new Set([...old.keys(), ...now.keys()]);
  return [...paths]
    .filter((path) => old.get(path) !== now.get(path))
    .map((path) => ({ path, before: old.get(path), after: now.get(path) }));
}

function leavesOf({ sections }: SavedSections): Map<string, string> {
  const leaves = new Map<string, string>();
  for (const { name, payload } of sections.values()) {
    const plain = decodePlain(payload);
    if (plain.ok) addLeaves(plain.value, name, leaves);
  }
  return leaves;
}

function addLeaves(value: Plain, path: string, into: Map<string, string>): void {
  if (Array.isArray(value))
    (value as readonly Plain[]).forEach((item, index) => addLeaves(item, `${path}[${index}]`, into));
  else if (isPlainMap(value))
    for (const [name, item] of Object.entries(value)) addLeaves(item, `${path}.${name}`, into);
  else into.set(path, shown(value));
}

function shown(value: Plain): string {
  if (typeof value === "number" || typeof value === "bigint")
    return value < 0 ? String(value) : `0x${value.toString(16)}`;
  if (!(value instanceof Uint8Array)) return String(value);
  if (value.length > HEX_BYTES_MAX) return `${value.length} bytes, checksum ${crc32(value).toString(16)}`;
  return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Rows that differ, ascending, up to `rowsMax`; pages that a set does not have are zeros. */
export function diffPages(before: PageSet, after: PageSet, rowsMax: number): RowDifference[] {
  const [old, now] = [indexOf(before), indexOf(after)];
  const numbers = [...new Set([...before.numbers, ...after.numbers])].sort((a, b) => a - b);
  const rows: RowDifference[] = [];
  for (const number of numbers) {
    const [a, b] = [contentsOf(before, old.get(number)), contentsOf(after, now.get(number))];
    for (let at = 0; at < PAGE_BYTES; at += ROW_BYTES) {
      if (rows.length === rowsMax) return rows;
      const [x, y] = [a.subarray(at, at + ROW_BYTES), b.subarray(at, at + ROW_BYTES)];
      if (x.some((byte, i) => byte !== y[i]))
        rows.push({ address: number * PAGE_BYTES + at, before: x, after: y });
    }
  }
  return rows;
}

const indexOf = ({ numbers }: PageSet): Map<number, number> =>
  new Map(Array.from(numbers, (number, index) => [number, index]));
const contentsOf = (set: PageSet, index: number | undefined): Uint8Array =>
  index === undefined ? new Uint8Array(PAGE_BYTES) : pageAt(set, index);
