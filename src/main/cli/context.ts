/** What every command is given, and how a command ends. */
import type { Readable, Writable } from "node:stream";
import { GuestsService } from "../services/guests.ts";
import type { Places } from "./places.ts";

/** Exit codes; the same for every command. */
export const exitCodes = { fine: 0, failed: 1, usage: 2, timeout: 124 } as const;
/** A process ended by signal n exits with 128 + n, as shells have it. */
export const signalExitCode = (signal: number): number => 128 + signal;

/** A terminal, or what stands in its place. */
export interface TerminalInput extends Readable {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
}
export interface TerminalOutput extends Writable {
  readonly isTTY?: boolean;
}

export interface CliIo {
  readonly stdin: TerminalInput;
  readonly stdout: TerminalOutput;
  readonly stderr: TerminalOutput;
}

export interface CliContext {
  readonly io: CliIo;
  readonly places: Places;
  readonly guests: GuestsService;
}

/** Thrown by a command to end with a sentence; caught in one place (`program.ts`). */
export class CommandEnd extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, sentence: string) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

export function makeContext(io: CliIo, places: Places): CliContext {
  return {
    io,
    places,
    guests: new GuestsService({ dataDir: places.dataDir, resourcesDir: places.resourcesDir }),
  };
}

/** Aborts at the first SIGINT or SIGTERM while `work` runs; gives the signal's number with the result. */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ value: T; signal: number | undefined }> {
  const abort = new AbortController();
  let number: number | undefined;
  const stopFor = (value: number) => (): void => {
    number = value;
    abort.abort();
  };
  const handlers = [
    ["SIGINT", stopFor(2)],
    ["SIGTERM", stopFor(15)],
    ["SIGHUP", stopFor(1)],
  ] as const;
  for (const [name, handler] of handlers) process.on(name, handler);
  try {
    return { value: await work(abort.signal), signal: number };
  } finally {
    for (const [name, handler] of handlers) process.off(name, handler);
  }
}
