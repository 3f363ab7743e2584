/** Files that a command line names for what it is to write. */
import { openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { CommandEnd, exitCodes } from "./context.ts";

/** Ends the command with a sentence where the file cannot be written. */
export const writeOutput = (path: string, content: string | Uint8Array): Promise<void> =>
  writeFile(path, content).catch((error: Error) => {
    throw new CommandEnd(exitCodes.failed, `${path} could not be written: ${error.message}.`);
  });

/** The descriptor of a new file, for what is still to come; bad usage where there can be none. */
export function openOutput(path: string): number {
  try {
    return openSync(path, "w");
  } catch (error) {
    const { message } = error as Error;
    throw new CommandEnd(exitCodes.usage, `${path} cannot be written: ${message}.`);
  }
}
