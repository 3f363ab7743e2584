/**
 * Reads a tar archive: POSIX ustar with GNU long names, as dpkg writes it. Source: tar(5), deb(5).
 * Invariant: an entry's path is relative and never climbs; sizes are checked against the archive before use.
 */
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { limits } from "./hostileInput.ts";

export type TarEntry =
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly bytes: Uint8Array }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

const blockBytes = 512;

/** Files and links whose normalised path (`boot/vmlinuz`) `wanted` accepts; the rest is only checked. */
export function readTar(archive: Uint8Array, wanted: (path: string) => boolean): Result<TarEntry[], string> {
  const entries: TarEntry[] = [];
  let longName: string | undefined;
  let longLink: string | undefined;
  let count = 0;
  let at = 0;
  while (at + blockBytes <= archive.length) {
    const header = archive.subarray(at, at + blockBytes);
    if (header.every((byte) => byte === 0)) return ok(entries);
    if (++count > limits.archiveEntries)
      return refuse(`The tar archive has more than ${limits.archiveEntries} entries.`);
    const parsed = readHeader(header, at);
    if (!parsed.ok) return parsed;
    const { size, type } = parsed.value;
    const start = at + blockBytes;
    if (start + size > archive.length)
      return refuse(
        `The tar entry at byte ${at} claims ${size} bytes; only ${archive.length - start} follow.`,
      );
    const bytes = archive.subarray(start, start + size);
    at = start + Math.ceil(size / blockBytes) * blockBytes;
    if (type === "L" || type === "K") {
      if (size > limits.pathBytes)
        return refuse(`A tar path of ${size} bytes is longer than ${limits.pathBytes}.`);
      if (type === "L") longName = fieldText(bytes);
      else longLink = fieldText(bytes);
      continue;
    }
    const path = normalisePath(longName ?? parsed.value.path);
    const target = longLink ?? parsed.value.target;
    longName = undefined;
    longLink = undefined;
    if (!path.ok) return path;
    if (!wanted(path.value)) continue;
    if (type === "0" || type === "\0")
      entries.push({ kind: "file", path: path.value, mode: parsed.value.mode, bytes });
    else if (type === "1" || type === "2") entries.push({ kind: "link", path: path.value, target });
  }
  return refuse("The tar archive is cut short: its closing block of zeros is missing.");
}

interface TarHeader {
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  readonly type: string;
  readonly target: string;
}

function readHeader(header: Uint8Array, at: number): Result<TarHeader, string> {
  const declared = octal(header.subarray(148, 156));
  let sum = 8 * 0x20;
  for (let i = 0; i < blockBytes; i++) if (i < 148 || i >= 156) sum += header[i]!;
  if (declared !== sum)
    return refuse(`The tar header at byte ${at} has a wrong checksum; the archive is damaged.`);
  const size = octal(header.subarray(124, 136));
  const mode = octal(header.subarray(100, 108));
  if (size === undefined || mode === undefined)
    return refuse(`The tar header at byte ${at} has a size or mode that is no number.`);
  const name = fieldText(header.subarray(0, 100));
  const isPosix = fieldText(header.subarray(257, 263)) === "ustar";
  const prefix = isPosix ? fieldText(header.subarray(345, 500)) : "";
  return ok({
    path: prefix === "" ? name : `${prefix}/${name}`,
    mode: mode & 0o7777,
    size,
    type: String.fromCharCode(header[156]!),
    target: fieldText(header.subarray(157, 257)),
  });
}

function normalisePath(path: string): Result<string, string> {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (path.startsWith("/") || parts.includes(".."))
    return refuse(`The tar path "${path}" leaves the archive; it is refused.`);
  return ok(parts.join("/"));
}

/** An octal field, or undefined where it holds anything else, such as a binary size beyond 8 GiB. */
function octal(field: Uint8Array): number | undefined {
  const digits = fieldText(field).trim();
  return /^[0-7]{1,11}$/.test(digits) ? Number.parseInt(digits, 8) : digits === "" ? 0 : undefined;
}

function fieldText(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}
