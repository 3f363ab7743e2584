/**
 * A saved state as bytes: the header, then named sections, each with its own version and checksum, so that
 * damage is told by the name of what it hit.
 *
 * One section, little-endian: u8 length of its name, the name (ASCII), u16 version, u32 length of its
 * payload, u32 CRC-32 over all of that and the payload, the payload.
 */
import { assert } from "../base/assert.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import { crc32 } from "./crc32.ts";
import { BODY_BYTES_MAX, decodeHeader, encodeHeader, HEADER_BYTES, type SnapshotHeader } from "./header.ts";

export interface Section {
  readonly name: string;
  readonly version: number;
  readonly payload: Uint8Array;
}
export interface SavedSections {
  readonly header: SnapshotHeader;
  /** In the order in which they were written. */
  readonly sections: ReadonlyMap<string, Section>;
}

const NAME = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const NAME_BYTES_MAX = 64;
const SECTIONS_MAX = 256;
const FIXED_BYTES = 11;

export function encodeSections(
  board: string, writer: string, sections: readonly Section[],
): Uint8Array<ArrayBuffer> {
  const bodyBytes = sections.reduce(
    (sum, { name, payload }) => sum + FIXED_BYTES + name.length + payload.length, 0);
  assert(bodyBytes <= BODY_BYTES_MAX && sections.length <= SECTIONS_MAX, "the state is within its limits");
  const bytes = new Uint8Array(HEADER_BYTES + bodyBytes);
  let at = HEADER_BYTES;
  for (const section of sections) at = putSection(bytes, at, section);
  const bodyCrc = crc32(bytes.subarray(HEADER_BYTES));
  bytes.set(encodeHeader({ board, writer, sections: sections.length, bodyBytes, bodyCrc }));
  return bytes;
}

function putSection(bytes: Uint8Array, start: number, { name, version, payload }: Section): number {
  assert(NAME.test(name) && name.length <= NAME_BYTES_MAX, `section name ${name}`);
  const view = new DataView(bytes.buffer);
  bytes[start] = name.length;
  for (let i = 0; i < name.length; i++) bytes[start + 1 + i] = name.charCodeAt(i);
  const at = start + 1 + name.length;
  view.setUint16(at, version, true);
  view.setUint32(at + 2, payload.length, true);
  view.setUint32(at + 6, crc32(payload, crc32(bytes.subarray(start, at + 6))), true);
  bytes.set(payload, at + 10);
  return at + 10 + payload.length;
}

/** Refuses with a sentence that names the damaged section where one can be told. */
export function decodeSections(bytes: Uint8Array): Result<SavedSections, string> {
  const header = decodeHeader(bytes);
  if (!header.ok) return header;
  const { bodyBytes, bodyCrc, sections: count } = header.value;
  if (bytes.length !== HEADER_BYTES + bodyBytes)
    return refuse(`The state has ${bytes.length} bytes; its header says ${HEADER_BYTES + bodyBytes}.`);
  if (count > SECTIONS_MAX) return refuse(`The state has ${count} sections; ${SECTIONS_MAX} are allowed.`);
  const sections = new Map<string, Section>();
  let at = HEADER_BYTES;
  for (let i = 0; i < count; i++) {
    const section = sectionAt(bytes, at);
    if (!section.ok) return section;
    const { name } = section.value;
    if (sections.has(name)) return refuse(`The state has two sections named ${name}.`);
    sections.set(name, section.value);
    at += FIXED_BYTES + name.length + section.value.payload.length;
  }
  if (at !== bytes.length) return refuse(`${bytes.length - at} bytes follow the state's last section.`);
  if (crc32(bytes.subarray(HEADER_BYTES)) !== bodyCrc)
    return refuse("The state is damaged: its checksum does not fit.");
  return ok({ header: header.value, sections });
}

function sectionAt(bytes: Uint8Array, start: number): Result<Section, string> {
  const cut = refuse(`The state is damaged: it ends inside the section at byte ${start}.`);
  const nameLength = bytes[start] ?? 0;
  const at = start + 1 + nameLength;
  if (at + 10 > bytes.length) return cut;
  const name = String.fromCharCode(...bytes.subarray(start + 1, at));
  if (name.length > NAME_BYTES_MAX || !NAME.test(name))
    return refuse(`The state is damaged: the section at byte ${start} has no readable name.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint32(at + 2, true);
  if (length > bytes.length - at - 10) return cut;
  const payload = bytes.subarray(at + 10, at + 10 + length);
  if (crc32(payload, crc32(bytes.subarray(start, at + 6))) !== view.getUint32(at + 6, true))
    return refuse(`The section ${name} of the state is damaged: its checksum does not fit.`);
  return ok({ name, version: view.getUint16(at, true), payload });
}
