/**
 * A bare-metal program as ELF: 64-bit, big-endian, ET_EXEC (System V ABI, chapters 4 and 5; its s390x
 * supplement). Only physical addresses count.
 *
 * Invariant: files are hostile; every header field is bounded before use, and nothing is written here.
 */
import { ok, refuse, type Result } from "../base/result.ts";

/** A loadable segment, inside the file and inside the machine. */
export interface Segment {
  readonly address: number;
  readonly fileOffset: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

const elf = {
  magic: 0x7f45_4c46,
  headerBytes: 64,
  programHeaderBytes: 56,
  /** PN_XNUM is one more: the count would then stand elsewhere. */
  programHeadersMax: 0xfffe,
  class64: 2,
  bigEndian: 2,
  executable: 2,
  machineS390: 22,
  load: 1,
  dynamic: 2,
  interpreter: 3,
} as const;

export const isElf = (image: Uint8Array): boolean =>
  image.length >= 4 && viewOf(image).getUint32(0) === elf.magic;

/** The address at which the program begins; `readSegments` has been through the header. */
export const entryOf = (image: Uint8Array): bigint => viewOf(image).getBigUint64(24);

/** The loadable segments, every field checked against the file and the machine. */
export function readSegments(image: Uint8Array, memoryBytes: number): Result<Segment[], string> {
  const table = readHeader(image);
  if (!table.ok) return table;
  const view = viewOf(image);
  const segments: Segment[] = [];
  for (let i = 0; i < table.value.count; i++) {
    const at = table.value.offset + i * elf.programHeaderBytes;
    const type = view.getUint32(at);
    if (type === elf.interpreter || type === elf.dynamic)
      return refuse(
        "The ELF file is dynamically linked; a bare machine has no linker, so link it statically.",
      );
    const memorySize = view.getBigUint64(at + 40);
    if (type !== elf.load || memorySize === 0n) continue;
    const segment = readSegment(view, at, image.length, memoryBytes, i);
    if (!segment.ok) return segment;
    segments.push(segment.value);
  }
  if (segments.length === 0)
    return refuse("The ELF file has no loadable segment; there is nothing to start.");
  segments.sort((a, b) => a.address - b.address);
  for (let i = 1; i < segments.length; i++) {
    const before = segments[i - 1]!;
    if (before.address + before.memoryBytes > segments[i]!.address)
      return refuse(`Two ELF segments overlap at physical address 0x${segments[i]!.address.toString(16)}.`);
  }
  return ok(segments);
}

function readHeader(image: Uint8Array): Result<{ offset: number; count: number }, string> {
  if (image.length < elf.headerBytes)
    return refuse(
      `The ELF file has ${image.length} bytes, less than its header of ${elf.headerBytes}; it is cut short.`,
    );
  const view = viewOf(image);
  const type = view.getUint16(16);
  const machine = view.getUint16(18);
  if (image[4] !== elf.class64 || image[5] !== elf.bigEndian || image[6] !== 1 || machine !== elf.machineS390)
    return refuse(
      `The ELF file has class ${image[4]}, data ${image[5]}, version ${image[6]} and machine ${machine}; ` +
        "this machine takes class 2 (64-bit), data 2 (big-endian), version 1 and machine 22 (s390).",
    );
  if (type !== elf.executable)
    return refuse(
      `The ELF file has type ${type}; only type 2, an executable at fixed addresses, can be loaded.`,
    );
  const offset = view.getBigUint64(32);
  const entryBytes = view.getUint16(54);
  const count = view.getUint16(56);
  if (entryBytes !== elf.programHeaderBytes || count === 0 || count > elf.programHeadersMax)
    return refuse(
      `The ELF file has ${count} program headers of ${entryBytes} bytes; ` +
        `1 to ${elf.programHeadersMax} of ${elf.programHeaderBytes} bytes are allowed.`,
    );
  if (offset + BigInt(count * entryBytes) > BigInt(image.length))
    return refuse(`The ELF program headers at ${offset} lie outside the file of ${image.length} bytes.`);
  return ok({ offset: Number(offset), count });
}

function readSegment(
  view: DataView,
  at: number,
  fileLength: number,
  memoryBytes: number,
  index: number,
): Result<Segment, string> {
  const fileOffset = view.getBigUint64(at + 8);
  const address = view.getBigUint64(at + 24);
  const fileBytes = view.getBigUint64(at + 32);
  const size = view.getBigUint64(at + 40);
  if (fileBytes > size)
    return refuse(`ELF segment ${index} has ${fileBytes} bytes in the file but only ${size} in memory.`);
  if (fileOffset + fileBytes > BigInt(fileLength))
    return refuse(
      `ELF segment ${index} ends at ${fileOffset + fileBytes}, past the file's ${fileLength} bytes.`,
    );
  if (address + size > BigInt(memoryBytes))
    return refuse(
      `ELF segment ${index} needs physical memory up to 0x${(address + size).toString(16)}; ` +
        `the machine has 0x${memoryBytes.toString(16)} bytes.`,
    );
  return ok({
    address: Number(address),
    fileOffset: Number(fileOffset),
    fileBytes: Number(fileBytes),
    memoryBytes: Number(size),
  });
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
