/**
 * Unpacks .xz files. Source: The .xz File Format 1.2 (sections 2 to 4).
 * Taken: one stream, any number of blocks, LZMA2 alone. The caller has checked the file's SHA-256, so the
 * blocks' own check values are passed over; headers and index are checked by their CRC-32.
 * Invariant: the index bounds the output before a byte is decoded.
 */
import { crc32 } from "node:zlib";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { formatBytes } from "./hostileInput.ts";
import { Lzma2Decoder } from "./lzma2.ts";

const magic = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const streamHeaderBytes = 12;
const lzma2FilterId = 0x21;
/** Lengths of the check that follows each block, by check type. */
const checkBytes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
/** The event loop gets a turn after so many output bytes. */
const turnBytes = 0x40_0000;

export interface UnpackOptions {
  /** The most that may come out. */
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
}

export const isXz = (file: Uint8Array): boolean => magic.every((byte, i) => file[i] === byte);

/** The contents of an .xz file. Gives other work a turn every few milliseconds. */
export async function unpackXz(
  file: Uint8Array,
  options: UnpackOptions,
): Promise<Result<Uint8Array, string>> {
  const index = readIndex(file);
  if (!index.ok) return index;
  const total = index.value.blocks.reduce((sum, block) => sum + block.uncompressed, 0);
  if (total > options.bytesMax)
    return refuse(
      `The .xz file unpacks to ${formatBytes(total)}; ${formatBytes(options.bytesMax)} are allowed.`,
    );
  const output = new Uint8Array(total);
  let inputAt = streamHeaderBytes;
  let outputAt = 0;
  for (const block of index.value.blocks) {
    const blockEnd = inputAt + roundUpTo4(block.unpadded);
    const data = readBlockHeader(file, inputAt, blockEnd);
    if (!data.ok) return data;
    const outputEnd = outputAt + block.uncompressed;
    const dataEnd = inputAt + block.unpadded - index.value.checkBytes;
    const input = file.subarray(0, dataEnd);
    const decoder = new Lzma2Decoder(input, data.value, output.subarray(0, outputEnd), outputAt);
    const finished = await decodeBlock(decoder, options.signal);
    if (!finished.ok) return finished;
    if (decoder.outputAt !== outputEnd || decoder.inputAt !== dataEnd)
      return refuse("An .xz block is not as long as its index says.");
    inputAt = blockEnd;
    outputAt = outputEnd;
  }
  if (inputAt !== index.value.start) return refuse("The .xz blocks do not end where the index begins.");
  return ok(output);
}

async function decodeBlock(
  decoder: Lzma2Decoder,
  signal: AbortSignal | undefined,
): Promise<Result<void, string>> {
  let nextTurn = decoder.outputAt + turnBytes;
  for (;;) {
    const chunk = decoder.chunk();
    if (!chunk.ok) return chunk;
    if (chunk.value) return ok(undefined);
    if (decoder.outputAt < nextTurn) continue;
    nextTurn = decoder.outputAt + turnBytes;
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (signal?.aborted === true) return refuse("Unpacking was cancelled; what was downloaded is kept.");
  }
}

interface XzIndex {
  readonly start: number;
  readonly checkBytes: number;
  readonly blocks: readonly { readonly unpadded: number; readonly uncompressed: number }[];
}

/** Reads header, footer and index of the one stream. */
function readIndex(file: Uint8Array): Result<XzIndex, string> {
  const cutShort = refuse("The .xz file is cut short or damaged: header, footer and index do not agree.");
  if (!isXz(file)) return refuse("The file is no .xz file: its first bytes are others.");
  if (file.length < 32 || file.length % 4 !== 0) return cutShort;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const footer = file.length - 12;
  if (
    view.getUint16(footer + 10) !== 0x595a ||
    view.getUint32(footer, true) !== crc32(file.subarray(footer + 4, footer + 10))
  )
    return cutShort;
  if (
    view.getUint32(8, true) !== crc32(file.subarray(6, 8)) ||
    view.getUint16(6) !== view.getUint16(footer + 8)
  )
    return cutShort;
  const start = footer - (view.getUint32(footer + 4, true) + 1) * 4;
  if (start < streamHeaderBytes || file[start] !== 0) return cutShort;
  if (view.getUint32(footer - 4, true) !== crc32(file.subarray(start, footer - 4))) return cutShort;
  const blocks = readIndexRecords(file, start + 1, footer - 4);
  if (blocks === undefined || file[6] !== 0 || file[7]! > 15) return cutShort;
  const used = blocks.reduce((sum, block) => sum + roundUpTo4(block.unpadded), streamHeaderBytes);
  return used === start ? ok({ start, checkBytes: checkBytes[file[7]!]!, blocks }) : cutShort;
}

function readIndexRecords(file: Uint8Array, at: number, end: number): XzIndex["blocks"] | undefined {
  const numbers: number[] = [];
  const count = readVli(file, at, end);
  if (count === undefined || count.value > end - at) return undefined;
  let next = count.next;
  for (let i = 0; i < 2 * count.value; i++) {
    const number = readVli(file, next, end);
    if (number === undefined) return undefined;
    numbers.push(number.value);
    next = number.next;
  }
  const blocks = Array.from({ length: count.value }, (_, i) => ({
    unpadded: numbers[2 * i]!,
    uncompressed: numbers[2 * i + 1]!,
  }));
  return blocks.every((block) => block.unpadded >= 5) ? blocks : undefined;
}

/** Where the block's compressed data begins. */
function readBlockHeader(file: Uint8Array, at: number, end: number): Result<number, string> {
  const damaged = refuse(
    `The .xz block header at byte ${at} is damaged or asks for a filter other than LZMA2.`,
  );
  const headerBytes = (file[at]! + 1) * 4;
  if (file[at] === 0 || at + headerBytes > end) return damaged;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const crcAt = at + headerBytes - 4;
  if (view.getUint32(crcAt, true) !== crc32(file.subarray(at, crcAt))) return damaged;
  const flags = file[at + 1]!;
  if ((flags & 0x3f) !== 0) return damaged;
  let next = at + 2;
  for (const present of [flags & 0x40, flags & 0x80]) {
    if (present === 0) continue;
    const size = readVli(file, next, crcAt);
    if (size === undefined) return damaged;
    next = size.next;
  }
  if (next + 3 > crcAt || file[next] !== lzma2FilterId || file[next + 1] !== 1 || file[next + 2]! > 40)
    return damaged;
  return ok(at + headerBytes);
}

/** A variable-length integer, at most 2^53 - 1; seven bits a byte, least significant first. */
function readVli(file: Uint8Array, at: number, end: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let i = 0; i < 8 && at + i < end; i++) {
    const byte = file[at + i]!;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (!Number.isSafeInteger(value)) return undefined;
    if ((byte & 0x80) === 0) return { value, next: at + i + 1 };
  }
  return undefined;
}

const roundUpTo4 = (length: number): number => Math.ceil(length / 4) * 4;
