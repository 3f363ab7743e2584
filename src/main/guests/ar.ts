/**
 * Reads a Unix "ar" archive in its common form, the outer shell of a .deb. Source: deb(5), ar(5).
 * Invariant: every member lies inside the archive; names and sizes are checked before use.
 */
import { ok, refuse, type Result } from "../../engine/base/result.ts";

export interface ArMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const magic = "!<arch>\n";
const headerBytes = 60;
const membersMax = 16;

/** The members in file order. A .deb has three; at most 16 are taken. */
export function readAr(archive: Uint8Array): Result<ArMember[], string> {
  if (text(archive, 0, magic.length) !== magic)
    return refuse("The file is no ar archive: its first line is not !<arch>.");
  const members: ArMember[] = [];
  let at = magic.length;
  while (at < archive.length) {
    if (members.length === membersMax) return refuse(`The ar archive has more than ${membersMax} members.`);
    if (at + headerBytes > archive.length)
      return refuse(`The ar archive is cut short in the header at byte ${at}.`);
    if (text(archive, at + 58, 2) !== "`\n")
      return refuse(`The ar header at byte ${at} does not end as it must.`);
    const sizeField = text(archive, at + 48, 10).trimEnd();
    if (!/^\d{1,10}$/.test(sizeField))
      return refuse(`The ar header at byte ${at} has the size "${sizeField}", no number.`);
    const size = Number(sizeField);
    const start = at + headerBytes;
    if (start + size > archive.length)
      return refuse(
        `The ar member at byte ${at} claims ${size} bytes; only ${archive.length - start} follow.`,
      );
    members.push({
      name: text(archive, at, 16).trimEnd().replace(/\/$/, ""),
      bytes: archive.subarray(start, start + size),
    });
    at = start + size + (size & 1);
  }
  return ok(members);
}

const text = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));
