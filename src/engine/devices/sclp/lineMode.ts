/**
 * Line-mode console: messages out as message data blocks (event type 0x02), operator commands in as MDS
 * message units (event type 0x01). Text is EBCDIC on the wire, ISO 8859-1 for the person.
 */
import { ebcdicToLatin, latinToEbcdic } from "./ebcdic.ts";
import { response } from "./sccb.ts";

const EVENT_HEADER_BYTES = 6;
const MDB_HEADER_BYTES = 12;
/** Message text object: length, type, line flags, alarm control, three reserved bytes. */
const TEXT_OBJECT_HEADER_BYTES = 10;
const TEXT_OBJECT = 4;
const CR = 0x0d;
const LF = 0x0a;

/** Longest command that the one-byte lengths of its two nested subvectors can say. */
export const COMMAND_BYTES_MAX = 251;

/** One event buffer of type message. Returns the text to show, or the response code that refuses it. */
export function decodeMessage(event: Uint8Array): Uint8Array | number {
  const view = new DataView(event.buffer, event.byteOffset, event.byteLength);
  const body = event.length - EVENT_HEADER_BYTES;
  if (body < MDB_HEADER_BYTES) return response.inconsistentLengths;
  const mdbLength = view.getUint16(EVENT_HEADER_BYTES);
  if (mdbLength < MDB_HEADER_BYTES || mdbLength > body) return response.inconsistentLengths;
  const end = EVENT_HEADER_BYTES + mdbLength;
  const text: number[] = [];
  for (let at = EVENT_HEADER_BYTES + MDB_HEADER_BYTES; at < end;) {
    if (at + 4 > end) return response.inconsistentLengths;
    const length = view.getUint16(at);
    if (length < 4 || at + length > end) return response.inconsistentLengths;
    if (view.getUint16(at + 2) === TEXT_OBJECT && length >= TEXT_OBJECT_HEADER_BYTES)
      text.push(...ebcdicToLatin(event.subarray(at + TEXT_OBJECT_HEADER_BYTES, at + length)), CR, LF);
    at += length;
  }
  return Uint8Array.from(text);
}

/** The event buffer that carries one operator command: nested MDS-MU, CP-MSU and text-command vectors. */
export function encodeCommand(line: Uint8Array): Uint8Array {
  const text = latinToEbcdic(line.subarray(0, COMMAND_BYTES_MAX));
  const event = new Uint8Array(EVENT_HEADER_BYTES + 16 + text.length);
  const view = new DataView(event.buffer);
  const total = event.length;
  view.setUint16(0, total);
  event[2] = 0x01;
  for (const [offset, id] of [[6, 0x1310], [10, 0x1212], [14, 0x1320]] as const) {
    view.setUint16(offset, total - offset);
    view.setUint16(offset + 2, id);
  }
  // Self-defining text message (0x31) holding the text message (0x30).
  event[18] = total - 18;
  event[19] = 0x31;
  event[20] = text.length + 2;
  event[21] = 0x30;
  event.set(text, 22);
  return event;
}
