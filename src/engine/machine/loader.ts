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
import {
  legacyCommandLineBytes, linux, linuxParameters, writeParameters, type Extras, type LinuxParameters,
} from "./linuxParameters.ts";
import { isShortPsw, startOfShortPsw, type StartPsw } from "./shortPsw.ts";

/** PSW bits 31 and 32 (MSB0): 64-bit addressing, interruptions and DAT off. */
const startPswMask = 0x0000_0001_8000_0000n;

const linuxMagic = "S390EP";

/**
 * Loads `image` and says where to start. Refusals are sentences. `initrd` and a command line are for Linux,
 * and for a program that begins where Linux does and has room where Linux has it for them.
 */
export function loadGuest(
  memory: GuestMemory,
  image: Uint8Array,
  initrd: Uint8Array | undefined,
  commandLine: string,
): Result<StartPsw, string> {
  const extras = { initrd, commandLine };
  if (isElf(image)) return loadElf(memory, image, extras);
  if (hasLinuxMagic(image)) return loadLinux(memory, image, extras);
  if (isFlat(image)) return loadFlat(memory, image, extras);
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

function loadFlat(memory: GuestMemory, image: Uint8Array, extras: Extras): Result<StartPsw, string> {
  const start = startOfShortPsw(viewOf(image).getBigUint64(0));
  const whole = { address: 0, fileOffset: 0, fileBytes: image.length, memoryBytes: image.length };
  const parameters = bareParameters("flat image", start.pswAddress, [whole], memory.size, extras);
  if (!parameters.ok) return parameters;
  if (image.length > memory.size)
    return refuse(
      `The flat image has ${image.length} bytes, the machine ${memory.size}; give it more memory.`,
    );
  memory.write(0, image, "loader");
  if (parameters.value) writeParameters(memory, parameters.value);
  return ok(start);
}

/** What a bare program is given: undefined is nothing. */
function bareParameters(
  kind: string,
  entry: bigint,
  segments: readonly Segment[],
  memoryBytes: number,
  extras: Extras,
): Result<LinuxParameters | undefined, string> {
  const { initrd, commandLine } = extras;
  if (initrd === undefined && commandLine === "") return ok(undefined);
  const end = linux.commandLine + legacyCommandLineBytes;
  const hasRoom = segments.some(
    ({ address, memoryBytes: bytes }) => address <= linux.initrdStart && address + bytes >= end,
  );
  const last = segments.at(-1)!;
  if (entry === BigInt(linux.start) && hasRoom)
    return linuxParameters(extras, legacyCommandLineBytes, last.address + last.memoryBytes, memoryBytes);
  const what = initrd === undefined ? "A command line" : "An initrd";
  return refuse(
    `${what} was given, but this ${kind} takes none: only Linux does, and a program that begins at 0x10000 ` +
      `and fills 0x10408 to 0x${end.toString(16)}, where Linux looks for it. Leave it out.`,
  );
}

function loadLinux(memory: GuestMemory, image: Uint8Array, extras: Extras): Result<StartPsw, string> {
  if (image.length <= linux.commandLine + legacyCommandLineBytes)
    return refuse(
      `The Linux image ends after ${image.length} bytes, before its parameter area ends; it is cut short.`,
    );
  if (image.length > memory.size)
    return refuse(
      `The Linux image has ${image.length} bytes, the machine ${memory.size}; give it more memory.`,
    );
  const declared = viewOf(image).getBigUint64(linux.commandLineSizeMax);
  const room = BigInt(image.length - linux.commandLine);
  if (declared > room)
    return refuse(
      `The Linux image declares ${declared} bytes of command line but has room for ${room}; ` +
        "its header is damaged.",
    );
  const bytesMax = declared === 0n ? legacyCommandLineBytes : Number(declared);
  const parameters = linuxParameters(extras, bytesMax, image.length, memory.size);
  if (!parameters.ok) return parameters;

  memory.write(0, image, "loader");
  memory.setU64(linux.initrdStart, 0n, "loader");
  memory.setU64(linux.initrdSize, 0n, "loader");
  writeParameters(memory, parameters.value);
  return ok({ pswMask: startPswMask, pswAddress: BigInt(linux.start) });
}

function loadElf(memory: GuestMemory, image: Uint8Array, extras: Extras): Result<StartPsw, string> {
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
    return loadLinux(memory, flat, extras);
  const parameters = bareParameters("ELF program", entry, segments.value, memory.size, extras);
  if (!parameters.ok) return parameters;

  for (const segment of segments.value) {
    const { address, fileOffset, fileBytes, memoryBytes } = segment;
    memory.write(address, image.subarray(fileOffset, fileOffset + fileBytes), "loader");
    memory.fill(address + fileBytes, memoryBytes - fileBytes, 0, "loader");
  }
  if (parameters.value) writeParameters(memory, parameters.value);
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
