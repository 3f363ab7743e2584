/** The GNU tools for s390x, where they are installed: the other side of differential tests. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "s390x-linux-gnu-";

export const haveBinutils = ((): boolean => {
  try {
    for (const tool of ["as", "ld", "objcopy", "objdump"])
      execFileSync(prefix + tool, ["--version"], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
})();

const run = (tool: string, args: string[]): string =>
  execFileSync(prefix + tool, args, { encoding: "utf8", maxBuffer: 1 << 28 });

function inFolder<T>(body: (path: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "latchwork-binutils-"));
  try {
    return body((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * objdump's line for each text, blanks between mnemonic and operands made one. Undefined where it shows data.
 */
export function objdumpLines(texts: readonly Uint8Array[]): (string | undefined)[] {
  return inFolder((path) => {
    // Each text has 12 bytes, padded with nopr, so an unknown one cannot put the next out of step.
    const slot = 12;
    const bytes = new Uint8Array(texts.length * slot).fill(7);
    texts.forEach((text, index) => bytes.set(text, index * slot));
    writeFileSync(path("code"), bytes);
    const lines = new Map<number, string>();
    for (const line of run("objdump", ["-D", "-b", "binary", "-m", "s390:64-bit", path("code")]).split(
      "\n",
    )) {
      const [at, , ...words] = line.split("\t");
      if (words.length) lines.set(parseInt(at!, 16), words.join(" ").trim());
    }
    return texts.map((_, index) => {
      const line = lines.get(index * slot);
      return line === undefined || line.startsWith(".") ? undefined : line;
    });
  });
}

/** Flat bytes from address 0 of a source through as, ld and objcopy; or what they complain. */
export function gnuAssemble(source: string, ldArguments: readonly string[] = []): Uint8Array {
  return inFolder((path) => {
    writeFileSync(path("s"), source);
    run("as", ["-march=z16", path("s"), "-o", path("o")]);
    run("ld", ["-Ttext=0", "-e0", "--no-warn-rwx-segments", ...ldArguments, path("o"), "-o", path("elf")]);
    run("objcopy", ["-O", "binary", path("elf"), path("flat")]);
    return readFileSync(path("flat"));
  });
}
