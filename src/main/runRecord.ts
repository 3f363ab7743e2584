/**
 * A run as a file that repeats it: one line of JSON that says what machine it was, then one for each thing
 * that came from outside and each mark with a trace hash, in the order of their moments
 * (`engine/api/history.ts`). Lines are written as they come, so a run that is killed leaves a record of all
 * that it was given.
 */
import { closeSync, writeSync } from "node:fs";
import * as v from "valibot";
import { isDebugWrite, type OutsideAction, type OutsideEvent } from "../engine/api/history.ts";
import type { MachineConfig } from "../engine/api/machine.ts";
import { ok, refuse, type Result } from "../engine/base/result.ts";
import { debugCall } from "./debugContract.ts";
import { sha256Of } from "./guests/fileHash.ts";
import { objectionOf } from "./shapeObjection.ts";

const whole = "a whole number from 0 on";
const count = v.pipe(v.number(whole), v.safeInteger(whole), v.minValue(0, whole));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "64 digits of a SHA-256"));
const numbers = v.array(v.pipe(count, v.maxValue(255)));
const header = v.strictObject({
  latchworkRecord: v.literal(2, "2, the form of records that this version reads"),
  /** Of kernel, initrd, disk, command line, load parameter and demonstration adapters. */
  imageSha256: sha256,
  memoryBytes: count,
  cpus: count,
  seed: count,
  ap: v.optional(v.strictObject({ adapters: numbers, domains: numbers })),
  /** Of the state that a restored machine went on from. */
  stateSha256: v.optional(sha256),
});
const WRITE = "a debugger's call that changes the machine";
const HASH = "16 digits of a trace hash";
const action: v.GenericSchema<unknown, OutsideAction> = v.variant("kind", [
  v.strictObject({ kind: v.literal("console"), bytes: v.instance(Uint8Array) }),
  v.strictObject({ kind: v.literal("debug"), call: v.pipe(debugCall, v.guard(isDebugWrite, WRITE)) }),
  v.strictObject({ kind: v.literal("quiesce") }),
  v.strictObject({ kind: v.literal("reset") }),
  v.strictObject({ kind: v.literal("mark"), traceHash: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, HASH)) }),
]);
const event = v.strictObject({ instructions: count, virtualNs: count, action });

type RecordedMachine = v.InferOutput<typeof header>;
export interface RunRecord {
  readonly machine: RecordedMachine;
  /** At least one. */
  readonly journal: readonly OutsideEvent[];
}

/** `state`: of a machine that goes on from there. */
function describeMachine(config: MachineConfig, state?: Uint8Array): RecordedMachine {
  const { memoryBytes, cpus, seed, ap } = config;
  return {
    latchworkRecord: 2,
    imageSha256: sha256Of(imageOf(config)),
    memoryBytes, cpus, seed,
    ...(ap && { ap: { adapters: [...ap.adapters], domains: [...ap.domains] } }),
    ...(state && { stateSha256: sha256Of(state) }),
  };
}

/** Everything that was loaded, each part behind its length. */
function imageOf(config: MachineConfig): Uint8Array {
  const { kernel, initrd, disk, commandLine, loadParameter, demoAdapters } = config;
  const texts = [commandLine, loadParameter ?? "", JSON.stringify(demoAdapters ?? [])];
  const empty = new Uint8Array();
  const parts = [kernel, initrd ?? empty, disk ?? empty, ...texts.map((text) => Buffer.from(text))];
  return Buffer.concat(parts.flatMap((part) => [Buffer.from(`${part.length} `), part]));
}

/** Bytes as base64, so that any action is a line of text. */
const lineOf = (content: object): string =>
  `${JSON.stringify(content, (_key, value: unknown) =>
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value)}\n`;

/** The lines of a record that is there as a whole. */
export const recordText = (
  config: MachineConfig, journal: readonly OutsideEvent[], state?: Uint8Array,
): string =>
  [describeMachine(config, state), ...journal.map(plainEvent)].map(lineOf).join("");
const plainEvent = ({ instructions, virtualNs, action: done }: OutsideEvent): OutsideEvent =>
  ({ instructions, virtualNs, action: done });

export class RecordWriter {
  private readonly file: number;
  /** Why the file ends before the run does, if it does: the file system's own words. */
  failure: string | undefined;

  /** Writes to a descriptor, which `close` closes. */
  constructor(file: number, config: MachineConfig, state?: Uint8Array) {
    this.file = file;
    this.write(describeMachine(config, state));
  }
  add(outside: OutsideEvent): void {
    this.write(plainEvent(outside));
  }
  private write(content: object): void {
    if (this.failure !== undefined) return;
    try {
      writeSync(this.file, lineOf(content));
    } catch (error) {
      this.failure = (error as Error).message;
    }
  }
  close(): void {
    closeSync(this.file);
  }
}

/** Refuses what is no record with the number of the line that says so. */
export function parseRecord(text: string): Result<RunRecord, string> {
  const [head, ...rest] = text.split("\n").filter((line) => line !== "");
  if (head === undefined) return refuse("it is empty");
  const machine = v.safeParse(header, parseLine(head));
  if (!machine.success)
    return refuse(`line 1 is not the machine of a record: ${objectionOf(machine.issues)}`);
  const journal: OutsideEvent[] = [];
  for (const [index, line] of rest.entries()) {
    const checked = v.safeParse(event, parseLine(line));
    const where = `line ${index + 2}`;
    if (!checked.success)
      return refuse(`${where} is not what came from outside at a moment: ${objectionOf(checked.issues)}`);
    const { instructions, virtualNs } = journal.at(-1) ?? { instructions: 0, virtualNs: 0 };
    if (checked.output.instructions < instructions || checked.output.virtualNs < virtualNs)
      return refuse(`${where} lies before the moment of the line above it`);
    journal.push(checked.output);
  }
  return journal.length > 0 ? ok({ machine: machine.output, journal }) : refuse("nothing was recorded in it");
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line, (_key, value: unknown) => bytesOf(value) ?? value);
  } catch {
    return undefined;
  }
}
function bytesOf(value: unknown): Uint8Array | undefined {
  const coded = v.safeParse(v.strictObject({ base64: v.pipe(v.string(), v.base64()) }), value);
  return coded.success ? new Uint8Array(Buffer.from(coded.output.base64, "base64")) : undefined;
}

/** The sentence that says in what this machine differs from the recorded one; undefined: in nothing. */
export function differenceFrom(
  { machine }: RunRecord, config: MachineConfig, state?: Uint8Array,
): string | undefined {
  const mine = describeMachine(config, state);
  if (mine.imageSha256 !== machine.imageSha256)
    return (
      "The record was made with another kernel, initrd, disk, command line, load parameter or set of " +
      "demonstration adapters; a run repeats only with the same."
    );
  if (mine.stateSha256 !== machine.stateSha256)
    return machine.stateSha256 === undefined
      ? "The record begins with the start of a machine; leave out --from."
      : "The record goes on from a snapshot; name the same one with --from.";
  for (const key of ["memoryBytes", "cpus", "seed"] as const)
    if (mine[key] !== machine[key])
      return `The record was made with ${key} ${machine[key]}, this machine has ${mine[key]}.`;
  if (JSON.stringify(mine.ap) !== JSON.stringify(machine.ap))
    return "The record was made with other AP queues than this machine has.";
  return undefined;
}
