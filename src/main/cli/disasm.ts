/** `latchwork disasm`: shows a file's bytes as s390 instructions. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";

interface DisasmFlags {
  readonly offset: number;
  readonly length?: number;
  readonly at?: number;
}

export function addDisasmCommand(program: Command, context: CliContext): void {
  program
    .command("disasm")
    .description("show a raw file's bytes as s390 instructions")
    .argument("<file>")
    .option("--offset <n>", "first byte of the file, decimal or 0x…", numberFlag, 0)
    .option("--length <n>", "bytes to show", numberFlag)
    .option("--at <n>", "address of the first byte, if not its offset", numberFlag)
    .action((file: string, flags: DisasmFlags) => disasm(file, flags, context));
}

async function disasm(file: string, flags: DisasmFlags, { io }: CliContext): Promise<void> {
  const bytes = await readFile(file).catch((error: Error) => {
    throw new CommandEnd(exitCodes.usage, `${file} cannot be read: ${error.message}.`);
  });
  if (flags.offset >= bytes.length)
    throw new CommandEnd(exitCodes.usage, `${file} has ${bytes.length} bytes, and none at ${flags.offset}.`);
  // Loaded here: the instruction tables are large, and no other command needs them.
  const { disassemble } = await import("../../engine/isa/s390/disassemble.ts");
  const end = Math.min(bytes.length, flags.offset + (flags.length ?? bytes.length));
  const base = (flags.at ?? flags.offset) - flags.offset;
  const lines: string[] = [];
  for (let at = flags.offset & ~1; at + 2 <= end;) {
    const halfword = (index: number): number =>
      at + 2 * index + 2 <= bytes.length ? bytes.readUInt16BE(at + 2 * index) : 0;
    const address = base + at;
    const { mnemonic, operands, length } = disassemble(
      [halfword(0), halfword(1), halfword(2)],
      BigInt(address),
    );
    const hex = bytes
      .subarray(at, at + length)
      .toString("hex")
      .padEnd(12);
    lines.push(
      `${address.toString(16).padStart(8)}  ${hex}  ${`${mnemonic.padEnd(8)} ${operands}`.trimEnd()}\n`,
    );
    at += length;
  }
  io.stdout.write(lines.join(""));
}

function numberFlag(text: string): number {
  const value = /^(?:0x[0-9a-f]{1,12}|\d{1,12})$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value))
    throw new CommandEnd(exitCodes.usage, `"${text}" is no number; write decimal or 0x and hex digits.`);
  return value;
}
