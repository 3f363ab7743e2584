/** Assembles source files with the engine's assembler, loaded on first use: most starts need none. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ok, refuse, type Result } from "../../engine/base/result.ts";

/** The ELF image of the source at `path`, or a sentence for every place at fault. */
export async function assembleFile(path: string): Promise<Result<Uint8Array, string>> {
  const { assemble } = await import("../../engine/isa/s390/assemble.ts");
  const text = await readFile(path, "utf8").catch((error: Error) => error);
  if (text instanceof Error) return refuse(`The source ${path} cannot be read: ${text.message}.`);
  const program = assemble(text, {
    name: basename(path),
    include: (name) => readIncluded(dirname(path), name),
  });
  return program.ok ? ok(program.value.elf) : refuse(program.error.map(({ message }) => message).join("\n"));
}

/** A source may include files of its own folder only. */
function readIncluded(folder: string, name: string): string | undefined {
  if (!/^[\w-]+\.\w+$/.test(name)) return undefined;
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch {
    return undefined;
  }
}
