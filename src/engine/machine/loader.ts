/**
 * Puts a kernel, its initrd and its command line into guest RAM.
 * Three forms are taken: the raw s390 Linux image (facts: Linux 6.1 arch/s390/boot/head.S, "parmarea" of
 * asm/setup.h), a bare-metal ELF program, and a flat image, which begins with the short PSW that an IPL loads
 * from absolute 0 (Principles of Operation, chapter 17, "Initial Program Loading").
 *
 * Invariant: files are hostile; every header field is bounded before use, and nothing is written before
 * everything was checked, so a refusal leaves RAM as it was.
 */
import { ok, refuse, type Result } from "../base/result.ts";
import type { GuestMemory } from "../memory/guestMemory.ts";
import { entryOf, isElf, readSegments, type Segment } from "./elfProgram.ts";
import { isShortPsw, startOfShortPsw, type StartPsw } from "./shortPsw.ts";

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
  if (isFlat(image)) return loadFlat(memory, image, initrd, commandLine);
  return refuse(
    `The kernel file (${image.length} bytes) is neither a raw s390 Linux image ` +
      `("${linuxMagic}" at 0x10008) nor an ELF file, and does not begin with a short PSW that leads into it.`,
  );
}

/** A file that begins with a short PSW, whose instruction address lies in the file. */
function isFlat(image: Uint8Array): boolean {
  if (image.length < 8) return false;
  const short = viewOf(image).getBigUint64(0);
  return isShortPsw(short) && startOfShortPsw(short).pswAddress < BigInt(image.length);
}

function loadFlat(
  memory: GuestMemory,
  image: Uint8Array,
  initrd: Uint8Array | undefined,
  commandLine: string,
): Result<StartPsw, string> {
  const extra = refuseExtras("flat image", initrd, commandLine);
  if (!extra.ok) return extra;
  if (image.length > memory.size)
    return refuse(
      `The flat image has ${image.length} bytes, the machine ${memory.size}; give it more memory.`,
    );
  memory.write(0, image, "loader");
  return ok(startOfShortPsw(viewOf(image).getBigUint64(0)));
}

/** An initrd and a command line are for Linux alone. */
function refuseExtras(
  kind: string,
  initrd: Uint8Array | undefined,
  commandLine: string,
): Result<undefined, string> {
  if (initrd !== undefined)
    return refuse(`An initrd was given, but a bare-metal ${kind} takes none; leave it out.`);
  if (commandLine !== "")
    return refuse(`A command line was given, but a bare-metal ${kind} takes none; leave it empty.`);
  return ok(undefined);
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

function loadElf(
  memory: GuestMemory,
  image: Uint8Array,
  initrd: Uint8Array | undefined,
  commandLine: string,
): Result<StartPsw, string> {
  const segments = readSegments(image, memory.size);
  if (!segments.ok) return segments;
  const entry = entryOf(image);
  const holder = segments.value.find(
    (segment) => entry >= BigInt(segment.address) && entry < BigInt(segment.address + segment.memoryBytes),
  );
  if (holder === undefined || (entry & 1n) !== 0n)
    return refuse(`The ELF entry 0x${entry.toString(16)} is not an even address inside a loaded segment.`);

  // A Linux kernel may come as ELF too: its marker then lies in the segment loaded at 0x10000.
  const flat = flatten(segments.value, image);
  if (entry === BigInt(linux.start) && flat !== undefined && hasLinuxMagic(flat))
    return loadLinux(memory, flat, initrd, commandLine);
  const extra = refuseExtras("ELF program", initrd, commandLine);
  if (!extra.ok) return extra;

  for (const segment of segments.value) {
    const { address, fileOffset, fileBytes, memoryBytes } = segment;
    memory.write(address, image.subarray(fileOffset, fileOffset + fileBytes), "loader");
    memory.fill(address + fileBytes, memoryBytes - fileBytes, 0, "loader");
  }
  return ok({ pswMask: startPswMask, pswAddress: entry });
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
const hasLinuxMagic = (bytes: Uint8Array): boolean =>
  textAt(bytes, linux.magic, linuxMagic.length) === linuxMagic;
