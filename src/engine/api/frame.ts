/**
 * One message as bytes, the same over a WebSocket and over Electron's IPC: a header of JSON, then the byte
 * arrays it names. Layout: u32 little-endian length of the JSON, the JSON (UTF-8), the arrays one after
 * another. A byte array stands in the JSON as `{"$bytes": [offset, length]}`, counted from the end of the
 * JSON.
 *
 * Invariant: a frame from the other side can be refused, never believed: every length is checked before use.
 */
const KEY = "$bytes";
const HEADER_BYTES = 4;

export function encodeFrame(message: unknown): Uint8Array<ArrayBuffer> {
  const arrays: Uint8Array[] = [];
  let arrayBytes = 0;
  const json = JSON.stringify(message, (_key, value: unknown) => {
    if (value instanceof Error) return { message: value.message };
    if (!(value instanceof Uint8Array)) return value;
    const reference = { [KEY]: [arrayBytes, value.length] };
    arrays.push(value);
    arrayBytes += value.length;
    return reference;
  });
  const text = new TextEncoder().encode(json);
  const frame = new Uint8Array(HEADER_BYTES + text.length + arrayBytes);
  new DataView(frame.buffer).setUint32(0, text.length, true);
  frame.set(text, HEADER_BYTES);
  let at = HEADER_BYTES + text.length;
  for (const bytes of arrays) {
    frame.set(bytes, at);
    at += bytes.length;
  }
  return frame;
}

/** Throws a sentence for anything `encodeFrame` cannot have made; the caller drops the connection. */
export function decodeFrame(frame: Uint8Array): unknown {
  if (frame.length < HEADER_BYTES)
    throw new Error(`The frame has ${frame.length} bytes; a frame begins with 4.`);
  const textBytes = new DataView(frame.buffer, frame.byteOffset, frame.length).getUint32(0, true);
  const end = HEADER_BYTES + textBytes;
  if (end > frame.length)
    throw new Error(`The frame promises ${textBytes} bytes of JSON and has ${frame.length - 4}.`);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(frame.subarray(HEADER_BYTES, end));
  const payload = frame.subarray(end);
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, KEY)) return value;
    return bytesAt(payload, (value as Record<string, unknown>)[KEY]);
  });
}

function bytesAt(payload: Uint8Array, reference: unknown): Uint8Array {
  const [offset, length] = Array.isArray(reference) ? (reference as unknown[]) : [];
  if (!isCount(offset) || !isCount(length) || offset + length > payload.length)
    throw new Error(`The frame refers to bytes it does not carry (${payload.length} bytes follow the JSON).`);
  // A copy: the frame's buffer belongs to the transport.
  return payload.slice(offset, offset + length);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
