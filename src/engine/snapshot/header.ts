/**
 * The first 64 bytes of a saved state, frozen: every later version reads them, so that it can at least say
 * what it was given. All numbers are little-endian.
 *
 *    0  8 bytes   "LWSTATE" and a newline
 *    8  u16       layout of what follows the header: 1
 *   10  u16       bytes of the header: 64
 *   12  u32       number of sections
 *   16  u32       bytes that follow the header
 *   20  u32       CRC-32 of what follows the header
 *   24  16 bytes  board, ASCII, padded with zeros
 *   40  16 bytes  version of the program that wrote it, ASCII, padded with zeros
 *   56  u32       zero
 *   60  u32       CRC-32 of the 60 bytes before
 */
import { assert } from "../base/assert.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import { crc32 } from "./crc32.ts";

export const HEADER_BYTES = 64;
/** Bytes behind the header that are ever looked at. */
export const BODY_BYTES_MAX = 64 * 2 ** 20;
const MAGIC = Uint8Array.from("LWSTATE\n", (c) => c.charCodeAt(0));
const LAYOUT = 1;
const TEXT_BYTES = 16;
const at = {
  layout: 8, header: 10, sections: 12, body: 16, bodyCrc: 20, board: 24, writer: 40, spare: 56, crc: 60,
} as const;

export interface SnapshotHeader {
  readonly board: string;
  /** Version of the program that wrote it. */
  readonly writer: string;
  readonly sections: number;
  readonly bodyBytes: number;
  readonly bodyCrc: number;
}

export function encodeHeader({ board, writer, sections, bodyBytes, bodyCrc }: SnapshotHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint16(at.layout, LAYOUT, true);
  view.setUint16(at.header, HEADER_BYTES, true);
  view.setUint32(at.sections, sections, true);
  view.setUint32(at.body, bodyBytes, true);
  view.setUint32(at.bodyCrc, bodyCrc, true);
  putText(bytes, at.board, board);
  putText(bytes, at.writer, writer);
  view.setUint32(at.crc, crc32(bytes.subarray(0, at.crc)), true);
  return bytes;
}

/** Of the first bytes of what should be a saved state; refuses with a sentence. */
export function decodeHeader(bytes: Uint8Array): Result<SnapshotHeader, string> {
  if (bytes.length < HEADER_BYTES)
    return refuse(`The state has ${bytes.length} bytes; its header alone has ${HEADER_BYTES}.`);
  if (MAGIC.some((byte, i) => bytes[i] !== byte))
    return refuse("This is no saved state: it does not begin with LWSTATE.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (view.getUint32(at.crc, true) !== crc32(bytes.subarray(0, at.crc)))
    return refuse("The state's header is damaged: its checksum does not fit.");
  const layout = view.getUint16(at.layout, true);
  const writer = textAt(bytes, at.writer);
  if (layout !== LAYOUT)
    return refuse(
      `The state has layout ${layout}, written by version ${writer}; this program reads ${LAYOUT}.`);
  if (view.getUint16(at.header, true) !== HEADER_BYTES || view.getUint32(at.spare, true) !== 0)
    return refuse("The state's header holds what this program does not know.");
  const bodyBytes = view.getUint32(at.body, true);
  if (bodyBytes > BODY_BYTES_MAX)
    return refuse(`The state promises ${bodyBytes} bytes; ${BODY_BYTES_MAX} are allowed.`);
  return ok({
    board: textAt(bytes, at.board), writer, sections: view.getUint32(at.sections, true), bodyBytes,
    bodyCrc: view.getUint32(at.bodyCrc, true),
  });
}

function putText(bytes: Uint8Array, offset: number, text: string): void {
  assert(/^[\x21-\x7e]{1,16}$/.test(text), `"${text}" does not fit the header`);
  for (let i = 0; i < text.length; i++) bytes[offset + i] = text.charCodeAt(i);
}

/** What is not printable shows as a question mark: this goes into sentences. */
function textAt(bytes: Uint8Array, offset: number): string {
  const text = String.fromCharCode(...bytes.subarray(offset, offset + TEXT_BYTES)).replace(/\0+$/, "");
  return text.replaceAll(/[^\x20-\x7e]/g, "?");
}
