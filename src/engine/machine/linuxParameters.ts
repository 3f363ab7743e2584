/**
 * Where a Linux kernel for s390 finds its initrd and its command line (facts: Linux 6.1, head.S of its boot
 * code and "parmarea" of asm/setup.h). Loaders fill the same places for a bare program that is linked to
 * begin where a kernel does.
 *
 * Invariant: everything is checked before anything is written.
 */
import { ok, refuse, type Result } from "../base/result.ts";
import type { GuestMemory } from "../memory/guestMemory.ts";

/** Absolute byte addresses. */
export const linux = {
  start: 0x10000,
  magic: 0x10008,
  initrdStart: 0x10408,
  initrdSize: 0x10410,
  commandLineSizeMax: 0x10430,
  commandLine: 0x10480,
} as const;
/** Room for the command line, with its NUL, in kernels that leave `commandLineSizeMax` zero. */
export const legacyCommandLineBytes = 0x380;
const mib = 0x10_0000;
/** Above what a Debian kernel unpacks to, so that the kernel need not move the initrd out of its own way. */
const initrdStartPreferred = 64 * mib;
/** The lowest start other loaders use; the kernel itself moves an initrd that it would unpack over. */
const initrdStartLowest = 8 * mib;

/** What a person gives beside the kernel file. */
export interface Extras {
  readonly initrd: Uint8Array | undefined;
  readonly commandLine: string;
}

export interface LinuxParameters {
  readonly initrd: { readonly start: number; readonly bytes: Uint8Array } | undefined;
  /** With its NUL. */
  readonly commandLine: Uint8Array;
}

/**
 * `programBytes`: where the program ends, from absolute 0. `commandLineBytesMax` counts the NUL. Refusals are
 * sentences.
 */
export function linuxParameters(
  { initrd, commandLine }: Extras,
  commandLineBytesMax: number,
  programBytes: number,
  memoryBytes: number,
): Result<LinuxParameters, string> {
  const line = encodeCommandLine(commandLine, commandLineBytesMax);
  if (!line.ok) return line;
  if (initrd === undefined) return ok({ initrd, commandLine: line.value });
  const start = placeInitrd(memoryBytes, programBytes, initrd.length);
  return start.ok ? ok({ initrd: { start: start.value, bytes: initrd }, commandLine: line.value }) : start;
}

/** Puts what was given where a kernel looks for it. */
export function writeParameters(memory: GuestMemory, { initrd, commandLine }: LinuxParameters): void {
  memory.write(linux.commandLine, commandLine, "loader");
  if (!initrd) return;
  memory.setU64(linux.initrdStart, BigInt(initrd.start), "loader");
  memory.setU64(linux.initrdSize, BigInt(initrd.bytes.length), "loader");
  memory.write(initrd.start, initrd.bytes, "loader");
}

/** The command line with its NUL. */
function encodeCommandLine(commandLine: string, bytesMax: number): Result<Uint8Array, string> {
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

/** A 1 MiB boundary past the program with room for the initrd. */
function placeInitrd(memoryBytes: number, programBytes: number, initrdBytes: number): Result<number, string> {
  if (initrdBytes === 0) return refuse("The initrd is empty; give a file with contents, or none.");
  const pastProgram = Math.ceil(programBytes / mib) * mib + mib;
  for (const lowest of [initrdStartPreferred, initrdStartLowest]) {
    const start = Math.max(lowest, pastProgram);
    if (start + initrdBytes <= memoryBytes) return ok(start);
  }
  return refuse(
    `The initrd has ${initrdBytes} bytes and must lie past ${Math.max(initrdStartLowest, pastProgram)}, ` +
      `but the machine has ${memoryBytes} bytes; give it more memory.`,
  );
}
