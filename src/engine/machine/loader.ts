/**
 * Puts a kernel, its initrd and its command line into guest RAM.
 * Two forms are taken: the raw s390 Linux image (facts: Linux 6.1 arch/s390/boot/head.S, "parmarea" of
 * asm/setup.h) and a bare-metal ELF64 big-endian ET_EXEC (System V ABI, chapters 4 and 5; s390x supplement).
 *
 * Invariant: files are hostile; every header field is bounded before use, and nothing is written before
 * everything was checked, so a refusal leaves RAM as it was.
 */
import { ok, refuse, type Result } from "../base/result.ts";
import type { GuestMemory } from "../memory/guestMemory.ts";

/** The PSW the first vCPU starts with: z/Architecture mask and a 64-bit instruction address. */
export interface StartPsw {
  readonly pswMask: bigint;
  readonly pswAddress: bigint;
}

/** PSW bits 31 and 32 (MSB0): 64-bit addressing, interruptions and DAT off. */
const startPswMask = 0x0000_0001_8000_0000n;

/** Absolute byte addresses in the Linux image, which is loaded at 0. */
const linux = {
  start: 0x10000,
  magic: 0x10008,
  initrdStart: 0x10408,
  initrdSize: 0x10410,
  commandLineSizeMax: 0x10430,
  commandLine: 0x10480,
} as const;
const linuxMagic = "S390EP";
/** Room for the command line, with its NUL, in kernels that leave `commandLineSizeMax` zero. */
const legacyCommandLineBytes = 0x380;
const mib = 0x10_0000;
/** Above what a Debian kernel unpacks to, so that the kernel need not move the initrd out of its own way. */
const initrdStartPreferred = 64 * mib;
/** The lowest start other loaders use; the kernel itself moves an initrd that it would unpack over. */
const initrdStartLowest = 8 * mib;

/**
 * Loads `image` and says where to start. Refusals are sentences. `initrd` and a command line are for Linux
 * only.
 */
export function loadGuest(
  memory: GuestMemory,
  image: Uint8Array,
  initrd: Uint8Array | undefined,
  commandLine: string,
): Result<StartPsw, string> {
  if (isElf(image)) return loadElf(memory, image, initrd, commandLine);
  if (hasLinuxMagic(image)) return loadLinux(memory, image, initrd, commandLine);
  return refuse(
    `The kernel file (${image.length} bytes) is neither a raw s390 Linux image ` +
      `("${linuxMagic}" at 0x10008) nor an ELF file; give one of the two.`,
  );
}

function loadLinux(
  memory: GuestMemory,
  image: Uint8Array,
  initrd: Uint8Array | undefined,
  commandLine: string,
): Result<StartPsw, string> {
  if (image.length <= linux.commandLine + legacyCommandLineBytes)
    return refuse(
      `The Linux image ends after ${image.length} bytes, before its parameter area ends; it is cut short.`,
    );
  if (image.length > memory.size)
    return refuse(
      `The Linux image has ${image.length} bytes, the machine ${memory.size}; give it more memory.`,
    );
  const line = encodeCommandLine(image, commandLine);
  if (!line.ok) return line;
  const initrdStart = initrd === undefined ? ok(0) : placeInitrd(memory.size, image.length, initrd.length);
  if (!initrdStart.ok) return initrdStart;

  memory.write(0, image, "loader");
  memory.write(linux.commandLine, line.value, "loader");
  memory.setU64(linux.initrdStart, BigInt(initrdStart.value), "loader");
  memory.setU64(linux.initrdSize, BigInt(initrd?.length ?? 0), "loader");
  if (initrd !== undefined) memory.write(initrdStart.value, initrd, "loader");
  return ok({ pswMask: startPswMask, pswAddress: BigInt(linux.start) });
}

/** The command line with its NUL, as the kernel's parameter area takes it. */
function encodeCommandLine(image: Uint8Array, commandLine: string): Result<Uint8Array, string> {
  const declared = viewOf(image).getBigUint64(linux.commandLineSizeMax);
  const room = BigInt(image.length - linux.commandLine);
  if (declared > room)
    return refuse(
      `The Linux image declares ${declared} bytes of command line but has room for ${room}; ` +
        "its header is damaged.",
    );
  const bytesMax = declared === 0n ? legacyCommandLineBytes : Number(declared);
  // One byte above 0x7f would make the kernel take the whole line for EBCDIC.
  const stranger = /[^\x20-\x7e\t]/.exec(commandLine);
  if (stranger !== null)
    return refuse(
      `The command line has the character U+${stranger[0].charCodeAt(0).toString(16).padStart(4, "0")} ` +
        `at position ${stranger.index}; only printable ASCII is allowed.`,
    );
  if (commandLine.length + 1 > bytesMax)
    return refuse(
      `The command line has ${commandLine.length} characters; this kernel takes at most ${bytesMax - 1}.`,
    );
  return ok(new TextEncoder().encode(`${commandLine}\0`));
}

/** A 1 MiB boundary past the image with room for the initrd. */
function placeInitrd(memoryBytes: number, imageBytes: number, initrdBytes: number): Result<number, string> {
  if (initrdBytes === 0) return refuse("The initrd is empty; give a file with contents, or none.");
  const pastImage = Math.ceil(imageBytes / mib) * mib + mib;
  for (const lowest of [initrdStartPreferred, initrdStartLowest]) {
    const start = Math.max(lowest, pastImage);
    if (start + initrdBytes <= memoryBytes) return ok(start);
  }
  return refuse(
    `The initrd has ${initrdBytes} bytes and must lie past ${Math.max(initrdStartLowest, pastImage)}, ` +
      `but the machine has ${memoryBytes} bytes; give it more memory.`,
  );
}

interface Segment {
  readonly address: number;
  readonly fileOffset: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

const elf = {
  headerBytes: 64,
  programHeaderBytes: 56,
  programHeadersMax: 64,
  class64: 2,
  bigEndian: 2,
  executable: 2,
  machineS390: 22,
  load: 1,
  dynamic: 2,
  interpreter: 3,
} as const;

function loadElf(
  memory: GuestMemory,
  image: Uint8Array,
  initrd: Uint8Array | undefined,
  commandLine: string,
): Result<StartPsw, string> {
  const segments = readSegments(image, memory.size);
  if (!segments.ok) return segments;
  const entry = viewOf(image).getBigUint64(24);
  const holder = segments.value.find(
    (segment) => entry >= BigInt(segment.address) && entry < BigInt(segment.address + segment.memoryBytes),
  );
  if (holder === undefined || (entry & 1n) !== 0n)
    return refuse(`The ELF entry 0x${entry.toString(16)} is not an even address inside a loaded segment.`);

  // A Linux kernel may come as ELF too: its marker then lies in the segment loaded at 0x10000.
  const flat = flatten(segments.value, image);
  if (entry === BigInt(linux.start) && flat !== undefined && hasLinuxMagic(flat))
    return loadLinux(memory, flat, initrd, commandLine);
  if (initrd !== undefined)
    return refuse("An initrd was given, but a bare-metal ELF program takes none; leave it out.");
  if (commandLine !== "")
    return refuse("A command line was given, but a bare-metal ELF program takes none; leave it empty.");

  for (const segment of segments.value) {
    const { address, fileOffset, fileBytes, memoryBytes } = segment;
    memory.write(address, image.subarray(fileOffset, fileOffset + fileBytes), "loader");
    memory.fill(address + fileBytes, memoryBytes - fileBytes, 0, "loader");
  }
  return ok({ pswMask: startPswMask, pswAddress: entry });
}

/** The loadable segments, every field checked against the file and the machine. */
function readSegments(image: Uint8Array, memoryBytes: number): Result<Segment[], string> {
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

/** Loaded segments as one image from address 0, or undefined where they do not begin as Linux does. */
function flatten(segments: readonly Segment[], image: Uint8Array): Uint8Array | undefined {
  const marked = segments.some((segment) => {
    const offset = segment.fileOffset + linux.magic - segment.address;
    return (
      segment.address <= linux.magic &&
      segment.fileBytes >= linux.magic + linuxMagic.length - segment.address &&
      textAt(image, offset, linuxMagic.length) === linuxMagic
    );
  });
  if (!marked) return undefined;
  const last = segments[segments.length - 1]!;
  const flat = new Uint8Array(last.address + last.memoryBytes);
  for (const { address, fileOffset, fileBytes } of segments)
    flat.set(image.subarray(fileOffset, fileOffset + fileBytes), address);
  return flat;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const textAt = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));
const isElf = (bytes: Uint8Array): boolean => textAt(bytes, 0, 4) === "\x7fELF";
const hasLinuxMagic = (bytes: Uint8Array): boolean =>
  textAt(bytes, linux.magic, linuxMagic.length) === linuxMagic;
