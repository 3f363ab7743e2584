/** The rules of the "Add guest" form. Each refusal says what came, what is allowed, and what to do. */
import { machineLimits } from "../../../engine/api/machineLimits.ts";
import type { HostInfo } from "../../../engine/api/workbench.ts";
import { byteSize } from "../../ui/units.ts";

export interface GuestForm {
  readonly title: string;
  readonly kernel: File | undefined;
  readonly initrd: File | undefined;
  readonly commandLine: string;
  readonly memoryMiB: number | "";
  readonly cpus: number;
}

export type FormProblems = Partial<Record<keyof GuestForm, string>>;

const MIB = 2 ** 20;
const TITLE_MAX = 80;
const COMMAND_LINE_MAX = 4096;
const EM_S390 = 22;
const ET_EXEC = 2;

export function formProblems(form: GuestForm, info: HostInfo): FormProblems {
  const problems: FormProblems = {};
  const title = form.title.trim();
  if (title === "") problems.title = "The guest has no name. Give it one to find it in the list.";
  else if (title.length > TITLE_MAX)
    problems.title = `The name has ${title.length} characters; at most ${TITLE_MAX} fit.`;
  if (!form.kernel) problems.kernel = "No file is chosen. Choose a raw s390x kernel or an s390 ELF program.";
  const sizeBytes = (form.kernel?.size ?? 0) + (form.initrd?.size ?? 0);
  if (form.kernel?.size === 0) problems.kernel = `"${form.kernel.name}" is empty. Choose another file.`;
  if (form.initrd?.size === 0)
    problems.initrd = `"${form.initrd.name}" is empty. Choose another file, or none.`;
  if (sizeBytes > info.uploadBytesMax)
    problems[form.initrd ? "initrd" : "kernel"] =
      `The files have ${byteSize(sizeBytes)} together; at most ${byteSize(info.uploadBytesMax)} are allowed.`;
  const memory = memoryProblem(form.memoryMiB, sizeBytes);
  if (memory) problems.memoryMiB = memory;
  const commandLine = commandLineProblem(form.commandLine);
  if (commandLine) problems.commandLine = commandLine;
  if (!Number.isInteger(form.cpus) || form.cpus < 1 || form.cpus > machineLimits.cpusMax)
    problems.cpus = `A machine has 1 to ${machineLimits.cpusMax} vCPUs.`;
  return problems;
}

function memoryProblem(memoryMiB: number | "", filesBytes: number): string | undefined {
  const leastMiB = machineLimits.memoryBytesMin / MIB;
  const mostMiB = machineLimits.memoryBytesMax / MIB;
  const allowed = `Enter a whole number of MiB from ${leastMiB} to ${mostMiB}.`;
  if (memoryMiB === "" || !Number.isInteger(memoryMiB)) return allowed;
  if (memoryMiB < leastMiB || memoryMiB > mostMiB)
    return `${memoryMiB} MiB is outside what is allowed. ${allowed}`;
  if (filesBytes > memoryMiB * MIB)
    return `The files have ${byteSize(filesBytes)}: too much. Enter more memory, or choose smaller files.`;
  return undefined;
}

function commandLineProblem(commandLine: string): string | undefined {
  if (commandLine.length > COMMAND_LINE_MAX)
    return `The command line has ${commandLine.length} characters; the kernel reads ${COMMAND_LINE_MAX}.`;
  const odd = [...commandLine].find((character) => character < " " || character === "\u007f");
  if (odd)
    return `The command line holds a control character (0x${odd.charCodeAt(0).toString(16)}). Take it out.`;
  return undefined;
}

/**
 * What a kernel file's first bytes say against it; nothing where it may be a raw image or an s390 ELF
 * program.
 */
export function kernelProblem(name: string, head: Uint8Array): string | undefined {
  const runs = "A guest is a raw s390x kernel or an s390 ELF program (ELF64, big-endian, EXEC).";
  const starts = (...bytes: number[]): boolean => bytes.every((byte, index) => head[index] === byte);
  if (starts(0x1f, 0x8b) || starts(0xfd, 0x37) || starts(0x28, 0xb5))
    return `"${name}" is compressed. ${runs} Unpack it first, or take the kernel that unpacks itself.`;
  if (starts(0x4d, 0x5a)) return `"${name}" is a kernel for another architecture (a PE image). ${runs}`;
  if (!starts(0x7f, 0x45, 0x4c, 0x46)) return undefined;
  const isBig = head[5] === 2;
  const half = (at: number): number =>
    isBig ? head[at]! * 256 + head[at + 1]! : head[at]! + head[at + 1]! * 256;
  if (half(18) !== EM_S390)
    return `"${name}" is an ELF file for machine ${half(18)}; s390 is ${EM_S390}. ${runs}`;
  if (head[4] !== 2 || !isBig) return `"${name}" is an s390 ELF file, but not 64-bit big-endian. ${runs}`;
  if (half(16) !== ET_EXEC)
    return `"${name}" is an ELF file of type ${half(16)}; EXEC is ${ET_EXEC}. ${runs}`;
  return undefined;
}

/** "vmlinuz-6.1.0-50-s390x.img" → "vmlinuz-6.1.0-50-s390x". */
export const titleFromFile = (name: string): string =>
  name.replace(/\.(img|bin|elf|raw)$/i, "").slice(0, TITLE_MAX);
