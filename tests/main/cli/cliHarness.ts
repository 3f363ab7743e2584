/** Runs one command line in this process, with streams in place of a terminal and the fake engine. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { CliIo, TerminalInput, TerminalOutput } from "../../../src/main/cli/context.ts";
import type { Places } from "../../../src/main/cli/places.ts";
import { runCli } from "../../../src/main/cli/program.ts";
import { buildApp, builtWorkers } from "../../kit/builtApp.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

export const testPlaces = (dataDir: string): Places => ({
  storeWorker: builtWorkers.storeWorker,
  scriptWorker: builtWorkers.scriptWorker,
  engineWorker: new URL("fakeEngine.ts", import.meta.url),
  root,
  resourcesDir: `${root}resources`,
  dataDir,
  pageFolder: `${root}out/renderer`,
});

/** Nothing is there until a command writes it. */
export const ownFolder = mkdtempSync(join(tmpdir(), "latchwork-cli-data-"));

class Sink extends Writable {
  private readonly chunks: Buffer[] = [];
  onText: (text: string) => void = () => undefined;
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    this.onText(this.text);
    done();
  }
}

export interface CliOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HarnessOptions {
  readonly stdin?: Readable;
  readonly places?: Places;
  /** Called with everything printed so far, after every write. */
  onStdout?(text: string): void;
}

export async function cli(args: readonly string[], options: HarnessOptions = {}): Promise<CliOutcome> {
  await buildApp();
  const stdout = new Sink();
  const stderr = new Sink();
  if (options.onStdout !== undefined) stdout.onText = options.onStdout;
  const io: CliIo = {
    stdin: options.stdin ?? Readable.from([]),
    stdout: stdout as TerminalOutput,
    stderr: stderr as TerminalOutput,
  };
  const code = await runCli(args, io, options.places ?? testPlaces(join(ownFolder, "data")));
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** A terminal's input that remembers its mode. */
export class FakeTerminal extends PassThrough implements TerminalInput {
  readonly isTTY = true;
  readonly modes: boolean[] = [];
  setRawMode(isRaw: boolean): this {
    this.modes.push(isRaw);
    return this;
  }
}
