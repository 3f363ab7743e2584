/**
 * What a person typed during a run, as a file that repeats the run: one line of JSON that says what machine
 * it was, then one line for each piece of input with its virtual time in nanoseconds. Lines are written as
 * the input comes, so a run that is killed leaves a record of all that it was given.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import * as v from "valibot";
import type { MachineConfig, RecordedInput } from "../engine/api/machine.ts";
import { ok, refuse, type Result } from "../engine/base/result.ts";
import { sha256Of } from "./guests/fileHash.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const header = v.strictObject({
  latchworkInput: v.literal(1),
  /** Of kernel, initrd, disk, command line and load parameter. */
  imageSha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  memoryBytes: count,
  cpus: count,
  seed: count,
});
const piece = v.strictObject({ atNs: count, base64: v.pipe(v.string(), v.base64()) });

export interface InputRecord {
  readonly machine: v.InferOutput<typeof header>;
  readonly input: readonly RecordedInput[];
}

const describeMachine = (config: MachineConfig): InputRecord["machine"] => ({
  latchworkInput: 1,
  imageSha256: sha256Of(imageOf(config)),
  memoryBytes: config.memoryBytes,
  cpus: config.cpus,
  seed: config.seed,
});

/** Everything that was loaded, each part behind its length. */
function imageOf({ kernel, initrd, disk, commandLine, loadParameter }: MachineConfig): Uint8Array {
  const texts = [commandLine, loadParameter ?? ""].map((text) => new TextEncoder().encode(text));
  const empty = new Uint8Array();
  const parts = [kernel, initrd ?? empty, disk ?? empty, ...texts];
  return Buffer.concat(parts.flatMap((part) => [Buffer.from(`${part.length} `), part]));
}

export class InputRecorder {
  private readonly file: number;

  /** Throws the file system's error where the file cannot be made. */
  constructor(path: string, config: MachineConfig) {
    this.file = openSync(path, "w");
    this.line(describeMachine(config));
  }
  private line(content: object): void {
    writeSync(this.file, `${JSON.stringify(content)}\n`);
  }
  add({ atNs, bytes }: RecordedInput): void {
    this.line({ atNs, base64: Buffer.from(bytes).toString("base64") });
  }
  close(): void {
    closeSync(this.file);
  }
}

/** Refuses what is no record with the number of the line that says so. */
export function parseInputRecord(text: string): Result<InputRecord, string> {
  const lines = text.split("\n").filter((line) => line !== "");
  const input: RecordedInput[] = [];
  let machine: InputRecord["machine"] | undefined;
  for (const [index, line] of lines.entries()) {
    const content = parseLine(line);
    const isHead = index === 0;
    const checked = isHead ? v.safeParse(header, content) : v.safeParse(piece, content);
    if (!checked.success) {
      const wanted = isHead ? "the machine of an input record" : "a piece of input";
      return refuse(`line ${index + 1} is not ${wanted}: ${checked.issues[0].message}`);
    }
    if ("latchworkInput" in checked.output) machine = checked.output;
    else {
      const { atNs, base64 } = checked.output;
      input.push({ atNs, bytes: new Uint8Array(Buffer.from(base64, "base64")) });
    }
  }
  return machine ? ok({ machine, input }) : refuse("it is empty");
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The sentence that says in what this machine differs from the recorded one; undefined: in nothing. */
export function differenceFrom(record: InputRecord, config: MachineConfig): string | undefined {
  const mine = describeMachine(config);
  if (mine.imageSha256 !== record.machine.imageSha256)
    return (
      "The record was made with another kernel, initrd, disk, command line or load parameter; " +
      "a run repeats only with the same."
    );
  for (const key of ["memoryBytes", "cpus", "seed"] as const)
    if (mine[key] !== record.machine[key])
      return `The record was made with ${key} ${record.machine[key]}, this machine has ${mine[key]}.`;
  return undefined;
}
