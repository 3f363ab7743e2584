/** `latchwork asm`: assembles an s390 source into a bare-metal ELF file that `run --kernel` takes. */
import type { Command } from "commander";
import { assembleFile } from "../guests/assembler.ts";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";
import { writeOutput } from "./outputFile.ts";

export function addAsmCommand(program: Command, { io }: CliContext): void {
  program
    .command("asm")
    .description("assemble an s390 source into a bare-metal ELF file")
    .argument("<source>")
    .requiredOption("-o, --output <file>", "the ELF file to write")
    .action(async (source: string, flags: { output: string }) => {
      const image = await assembleFile(source);
      if (!image.ok) throw new CommandEnd(exitCodes.failed, image.error);
      await writeOutput(flags.output, image.value);
      io.stdout.write(`${flags.output}: ${image.value.length} bytes\n`);
    });
}
