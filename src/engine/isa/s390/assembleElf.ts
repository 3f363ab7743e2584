/**
 * Loaded bytes → ELF64 big-endian executable for s390 (System V ABI, chapters 4 and 5; s390x supplement,
 * "Object Files").
 *
 * Invariant: one PT_LOAD per run of bytes, physical address = virtual address, ascending, at most 64 of them.
 */

/** Bytes at an address; `memoryBytes` beyond them are zeros. */
export interface Segment {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly memoryBytes: bigint;
}

const headerBytes = 64;
const programHeaderBytes = 56;
const segmentsMax = 64;
/** Gaps shorter than this are written into the file instead of starting a new segment. */
const gapBytesMin = 4096n;

/** Bytes at an address; without `bytes` they are zeros. */
export interface LoadedRange {
  readonly address: bigint;
  readonly size: bigint;
  readonly bytes: Uint8Array | undefined;
}

interface Run {
  readonly address: bigint;
  fileEnd: bigint;
  memoryEnd: bigint;
}

function runsOf(ranges: readonly LoadedRange[], gap: bigint): Run[] {
  const runs: Run[] = [];
  for (const { address, size, bytes } of ranges) {
    const end = address + size;
    const last = runs.at(-1);
    if (!bytes && last?.memoryEnd === address) last.memoryEnd = end;
    else if (bytes && last && address - last.fileEnd < gap) last.fileEnd = last.memoryEnd = end;
    else runs.push({ address, fileEnd: bytes ? end : address, memoryEnd: end });
  }
  return runs;
}

/**
 * Segments that hold these ranges, which do not overlap; short gaps between them become zeros in the file.
 */
export function segmentsOf(ranges: readonly LoadedRange[]): Segment[] {
  const ascending = [...ranges].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  let runs = runsOf(ascending, gapBytesMin);
  for (let gap = gapBytesMin * 2n; runs.length > segmentsMax; gap *= 2n) runs = runsOf(ascending, gap);
  const segments = runs.map(({ address, fileEnd, memoryEnd }) => (
    { address, bytes: new Uint8Array(Number(fileEnd - address)), memoryBytes: memoryEnd - address }
  ));
  let index = 0;
  for (const { address, bytes } of ascending) {
    while (address >= segments[index]!.address + segments[index]!.memoryBytes) index++;
    if (bytes) segments[index]!.bytes.set(bytes, Number(address - segments[index]!.address));
  }
  return segments;
}

function writeHeader(view: DataView, entry: bigint, segments: number): void {
  // ELF magic, class 64, big-endian, version 1.
  view.setUint32(0, 0x7f454c46);
  view.setUint32(4, 0x02020100);
  // ET_EXEC, EM_S390, version 1.
  view.setUint16(16, 2);
  view.setUint16(18, 22);
  view.setUint32(20, 1);
  view.setBigUint64(24, entry);
  view.setBigUint64(32, BigInt(headerBytes));
  view.setUint16(52, headerBytes);
  view.setUint16(54, programHeaderBytes);
  view.setUint16(56, segments);
  view.setUint16(58, 64);
}

/** The file. Segments are ascending and do not overlap. */
export function executable(entry: bigint, segments: readonly Segment[]): Uint8Array {
  const tableEnd = headerBytes + segments.length * programHeaderBytes;
  const offsets: number[] = [];
  let end = tableEnd;
  for (const segment of segments) {
    // A file offset congruent to the address modulo 8 keeps the p_align rule.
    end += Number((segment.address - BigInt(end)) & 7n);
    offsets.push(end);
    end += segment.bytes.length;
  }
  const file = new Uint8Array(end);
  const view = new DataView(file.buffer);
  writeHeader(view, entry, segments.length);
  segments.forEach((segment, index) => {
    const at = headerBytes + index * programHeaderBytes;
    // PT_LOAD, readable, writable and executable.
    view.setUint32(at, 1);
    view.setUint32(at + 4, 7);
    view.setBigUint64(at + 8, BigInt(offsets[index]!));
    view.setBigUint64(at + 16, segment.address);
    view.setBigUint64(at + 24, segment.address);
    view.setBigUint64(at + 32, BigInt(segment.bytes.length));
    view.setBigUint64(at + 40, segment.memoryBytes);
    view.setBigUint64(at + 48, 8n);
    file.set(segment.bytes, offsets[index]!);
  });
  return file;
}
