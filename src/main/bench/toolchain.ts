/**
 * Compiles the benchmark programs: for the guest with a cross compiler, for this host with its own.
 * Invariant: both come from the same source with the same rules of arithmetic, so their checksums are equal.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ok, type Result } from "../../engine/base/result.ts";
import { runProcess } from "../guests/childProcess.ts";

export const crossCompiler = "s390x-linux-gnu-gcc";
export const hostCompiler = "cc";

/** Loops stay loops and products stay products; signed sums wrap. */
const commonFlags = [
  "-O2",
  "-std=gnu11",
  "-fwrapv",
  "-fno-tree-loop-distribute-patterns",
  "-ffp-contract=off",
];
/** A static file that needs nothing but Linux; z10 is the level Debian's own programs are compiled for. */
const guestFlags = [
  "-march=z10",
  "-ffreestanding",
  "-nostdlib",
  "-static",
  "-no-pie",
  "-fno-pie",
  "-fno-stack-protector",
  "-fno-asynchronous-unwind-tables",
];

export interface Toolchain {
  /** Holds `<name>.c`. */
  readonly sourceFolder: string;
  /** Programs go to `guest/<name>` and `host/<name>` below it. */
  readonly buildFolder: string;
  readonly signal: AbortSignal;
}

/** Whether `program` can be started here, and what it says its version is. */
export async function versionOf(program: string, signal: AbortSignal): Promise<string | undefined> {
  const said = await runProcess(program, ["--version"], { signal });
  return said.ok ? said.value.split("\n", 1)[0]!.trim() : undefined;
}

export type Target = "guest" | "host";

/** Compiles `name` and gives the program's path, or the compiler's last words. */
export async function compileProgram(
  name: string,
  target: Target,
  tools: Toolchain,
): Promise<Result<string, string>> {
  const folder = join(tools.buildFolder, target);
  await mkdir(folder, { recursive: true });
  const output = join(folder, name);
  const flags = target === "guest" ? [...commonFlags, ...guestFlags] : commonFlags;
  const compiler = target === "guest" ? crossCompiler : hostCompiler;
  const source = join(tools.sourceFolder, `${name}.c`);
  const compiled = await runProcess(compiler, [...flags, source, "-o", output], { signal: tools.signal });
  return compiled.ok ? ok(output) : compiled;
}
