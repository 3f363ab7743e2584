/**
 * Writes a "newc" cpio archive, the form Linux unpacks as an initramfs.
 * Source: Linux Documentation/driver-api/early-userspace/buffer-format.rst.
 * Invariant: the same entries give the same bytes, whatever the host or the day.
 */
import { assert } from "../../engine/base/assert.ts";

export type CpioEntry =
  | { readonly kind: "directory"; readonly path: string; readonly mode: number }
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly bytes: Uint8Array }
  | { readonly kind: "symlink"; readonly path: string; readonly target: string }
  | {
      readonly kind: "character-device";
      readonly path: string;
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    };

const typeBits = {
  directory: 0o040000,
  file: 0o100000,
  symlink: 0o120000,
  "character-device": 0o020000,
} as const;
const headerBytes = 110;
const trailerName = "TRAILER!!!";

/** The archive of `entries`, in the order given: a directory must come before what lies in it. */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const records = entries.map((entry, i) => encodeRecord(entry, i + 1));
  records.push(encodeRecord({ kind: "file", path: trailerName, mode: 0, bytes: new Uint8Array(0) }, 0));
  const archive = new Uint8Array(records.reduce((sum, record) => sum + record.length, 0));
  let at = 0;
  for (const record of records) {
    archive.set(record, at);
    at += record.length;
  }
  return archive;
}

function encodeRecord(entry: CpioEntry, inode: number): Uint8Array {
  const name = new TextEncoder().encode(entry.path);
  assert(name.length > 0 && !entry.path.startsWith("/"), `cpio paths are relative: ${entry.path}`);
  const data = contentOf(entry);
  const mode =
    entry.path === trailerName ? 0 : typeBits[entry.kind] | (entry.kind === "symlink" ? 0o777 : entry.mode);
  const device = entry.kind === "character-device" ? entry : { major: 0, minor: 0 };
  const links = entry.kind === "directory" ? 2 : 1;
  const fields = [
    inode,
    mode,
    0,
    0,
    links,
    0,
    data.length,
    0,
    0,
    device.major,
    device.minor,
    name.length + 1,
    0,
  ];
  const header = "070701" + fields.map((field) => field.toString(16).toUpperCase().padStart(8, "0")).join("");
  // The name is NUL-terminated; header with name, and data, are each padded to four bytes.
  const dataStart = roundUpTo4(headerBytes + name.length + 1);
  const record = new Uint8Array(dataStart + roundUpTo4(data.length));
  record.set(new TextEncoder().encode(header), 0);
  record.set(name, headerBytes);
  record.set(data, dataStart);
  return record;
}

function contentOf(entry: CpioEntry): Uint8Array {
  if (entry.kind === "file") return entry.bytes;
  if (entry.kind === "symlink") return new TextEncoder().encode(entry.target);
  return new Uint8Array(0);
}

const roundUpTo4 = (length: number): number => (length + 3) & ~3;
