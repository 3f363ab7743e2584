/**
 * What a script may ask of the workbench's machines, on the host's side: the grant first, then the shape,
 * then the service. Refusals are sentences.
 */
import * as v from "valibot";
import type {
  GuestInfo, Halt, MachineInfo, MachinePhase,
} from "../../../resources/scripts/api/machines.d.ts";
import { lookNames, type DebugAnswer, type DebugCall } from "../../engine/api/debug.ts";
import type { PastGoal } from "../../engine/api/history.ts";
import { grants, type Grant } from "../../engine/api/script.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { debugCall } from "../debugContract.ts";
import { pastGoal } from "../pastContract.ts";
import { objectionOf } from "../shapeObjection.ts";
import type { Machines } from "../services/machines.ts";
import type { Workbench } from "../services/workbench.ts";
import type { AskAnswers, AskEntries, AskEntry } from "./askTable.ts";
import { infoOf } from "./machineInfo.ts";
import { SnapshotAsks, snapshotEntries, type SnapshotQuestions } from "./snapshotAsks.ts";

type ById = { readonly id: string };
/** Each question with its answer. */
export interface Asks extends SnapshotQuestions {
  guests(argument: object): GuestInfo[];
  list(argument: object): MachineInfo[];
  info(argument: ById): MachineInfo;
  start(argument: ById): void;
  pause(argument: ById): void;
  resume(argument: ById): void;
  reset(argument: ById): void;
  powerOff(argument: ById): void;
  waitForPhase(argument: ById & { readonly phase: MachinePhase }): MachineInfo;
  /** Why it is paused; undefined where it was paused from outside. */
  waitForStop(argument: ById & { readonly seconds?: number }): Halt | undefined;
  write(argument: ById & { readonly text: string }): void;
  waitFor(
    argument: ById & { readonly text: string; readonly after: number; readonly seconds?: number },
  ): { line: string; end: number };
  consoleText(argument: ById): string;
  debug(argument: ById & { readonly call: DebugCall }): DebugAnswer;
  /** The id of the machine that stands there. */
  goToPast(argument: ById & { readonly goal: PastGoal }): string;
}
export type AskName = keyof Asks;

const byId = v.strictObject({ id: v.string() });
const phases = ["starting", "running", "paused", "stopped", "crashed"] as const;

const entries: AskEntries<Asks> = {
  ...snapshotEntries,
  guests: { grants: ["read"], shape: v.strictObject({}) },
  list: { grants: ["read"], shape: v.strictObject({}) },
  info: { grants: ["read"], shape: byId },
  start: { grants: ["drive"], shape: byId },
  pause: { grants: ["drive"], shape: byId },
  resume: { grants: ["drive"], shape: byId },
  reset: { grants: ["drive"], shape: byId },
  powerOff: { grants: ["drive"], shape: byId },
  waitForPhase: { grants: ["read"], shape: v.strictObject({ id: v.string(), phase: v.picklist(phases) }) },
  waitForStop: {
    grants: ["read"], shape: v.strictObject({ id: v.string(), seconds: v.optional(v.number()) }),
  },
  write: { grants: ["drive"], shape: v.strictObject({ id: v.string(), text: v.string() }) },
  waitFor: {
    grants: ["read"],
    shape: v.strictObject({
      id: v.string(), text: v.string(), after: v.number(), seconds: v.optional(v.number()),
    }),
  },
  consoleText: { grants: ["read"], shape: byId },
  goToPast: { grants: ["drive"], shape: v.strictObject({ id: v.string(), goal: pastGoal }) },
  debug: {
    grants: ({ call }) => [grantOfDebug(call)],
    shape: v.strictObject({ id: v.string(), call: debugCall }),
  },
};
const reading: ReadonlySet<string> = new Set([
  ...lookNames, "find", "together",
] satisfies DebugCall["name"][]);

/** What is not known to read alone is driving; reading an attribute may take what it reads. */
function grantOfDebug({ name }: DebugCall): Grant {
  if (reading.has(name)) return "read";
  return name === "flicAttribute" || name === "readFlicAttribute" ? "inject" : "drive";
}

interface Limit {
  readonly seconds: number;
  /** What is said when they are over. */
  readonly sentence: string;
}

export class MachineAsks {
  private readonly workbench: Workbench;
  private readonly machines: Machines;
  private readonly granted: ReadonlySet<Grant>;
  /** Waits that the end of the run gives up. */
  private readonly waits = new Set<() => void>();
  /** Work that it gives up likewise. */
  private readonly over = new AbortController();
  private readonly answers: AskAnswers<Asks>;

  constructor(workbench: Workbench, granted: readonly Grant[]) {
    this.workbench = workbench;
    this.machines = workbench.machines;
    this.granted = new Set(granted);
    this.answers = { ...this.ofMachines, ...new SnapshotAsks(workbench, this.over.signal).answers };
  }

  async answer(call: string, argument: unknown): Promise<Result<unknown, string>> {
    if (!Object.hasOwn(entries, call)) return refuse(`There is no question "${call}".`);
    const { grants: needed, shape } = entries[call as AskName] as unknown as AskEntry;
    const given = v.safeParse(shape as v.GenericSchema<unknown, never>, argument);
    if (!given.success) return refuse(`The question is malformed: ${objectionOf(given.issues)}.`);
    const all = typeof needed === "function" ? needed(given.output) : needed;
    const missing = all.find((grant) => !this.granted.has(grant));
    if (missing !== undefined)
      return refuse(`This needs the grant "${missing}" (${grants[missing]}), which this run was not given.`);
    const carryOut = this.answers[call as AskName] as (given: unknown) => Promise<Result<unknown, string>>;
    return carryOut(given.output);
  }

  /** The run is over: nothing waits any longer, and no save goes on. */
  close(): void {
    this.over.abort();
    for (const give of [...this.waits]) give();
  }

  private readonly ofMachines: AskAnswers<Omit<Asks, keyof SnapshotQuestions>> = {
    guests: async () => ok((await this.workbench.guests()).map(
      ({ id, title, ready, memoryBytes, cpus }) => ({ id, title, ready, memoryBytes, cpus }))),
    list: async () => ok(this.machines.summaries().map(infoOf)),
    info: async ({ id }) => this.info(id),
    start: async ({ id }) => {
      const started = await this.workbench.start(id);
      return started.ok ? this.reach(id, ["running", "paused"]) : started;
    },
    pause: async ({ id }) => this.after(this.machines.pause(id), id, ["paused"]),
    resume: async ({ id }) => this.after(this.machines.resume(id), id, ["running"]),
    reset: async ({ id }) => this.machines.reset(id),
    powerOff: async ({ id }) => this.after(this.machines.powerOff(id), id, ["stopped", "crashed"]),
    waitForPhase: async ({ id, phase }) => {
      const reached = await this.reach(id, [phase]);
      return reached.ok ? this.info(id) : reached;
    },
    waitForStop: async ({ id, seconds = 60 }) => {
      const sentence = `"${id}" has not stopped in ${seconds} s.`;
      const reached = await this.reach(id, ["paused"], { seconds, sentence });
      const info = reached.ok ? this.info(id) : reached;
      return info.ok ? ok(info.value.halt) : info;
    },
    write: async ({ id, text }) => this.machines.input(id, new TextEncoder().encode(text)),
    waitFor: ({ id, text, after, seconds }) => this.waitFor(id, text, after, seconds),
    consoleText: async ({ id }) => {
      const console = this.machines.console(id);
      if (!console.ok) return console;
      const log = console.value;
      return ok(decoded(log.read(log.start, log.end - log.start).bytes));
    },
    debug: ({ id, call }) => this.machines.debug(id, call),
    goToPast: async ({ id, goal }) => {
      const gone = await this.workbench.pasts.go(id, goal);
      if (!gone.ok) return gone;
      const arrived = await this.reach(gone.value.id, ["paused"]);
      return arrived.ok ? ok(gone.value.id) : arrived;
    },
  };

  private info(id: string): Result<MachineInfo, string> {
    const found = this.machines.summaries().find((machine) => machine.id === id);
    return found ? ok(infoOf(found)) : refuse(`"${id}" has not been started. Start it first.`);
  }

  private async after(
    asked: Result<void, string>, id: string, wanted: readonly MachinePhase[],
  ): Promise<Result<void, string>> {
    return asked.ok ? this.reach(id, wanted) : asked;
  }

  /** Resolves when the machine is in one of these phases; refused when it is off instead. */
  private reach(
    id: string, wanted: readonly MachinePhase[], limit?: Limit,
  ): Promise<Result<void, string>> {
    return this.when((changed) => this.machines.listen({
      machineChanged: (machine) => { if (machine.id === id) changed(); },
      consoleGrew: () => undefined,
      machineRefused: () => changed(),
    }), () => {
      const info = this.info(id);
      if (!info.ok) return info;
      const { phase, reason } = info.value;
      if (wanted.includes(phase)) return ok(undefined);
      const isOff = phase === "stopped" || phase === "crashed";
      return isOff ? refuse(`"${id}" is ${phase}${reason ? `: ${reason}` : ""}.`) : undefined;
    }, limit);
  }

  private waitFor(
    id: string, text: string, after: number, seconds = 60,
  ): Promise<Result<{ line: string; end: number }, string>> {
    return this.when((changed) => this.machines.listen({
      consoleGrew: (grown) => { if (grown === id) changed(); },
      machineChanged: (machine) => { if (machine.id === id) changed(); },
      machineRefused: () => undefined,
    }), () => {
      const console = this.machines.console(id);
      if (!console.ok) return console;
      const log = console.value;
      const { offset, bytes } = log.read(after, log.end - log.start);
      const found = findLine(bytes, text);
      if (found) return ok({ line: found.line, end: offset + found.end });
      const info = this.info(id);
      const isOn = info.ok && info.value.phase !== "stopped" && info.value.phase !== "crashed";
      return isOn ? undefined : refuse(`"${id}" is off and never printed ${JSON.stringify(text)}.`);
    }, { seconds, sentence: `"${id}" has not printed ${JSON.stringify(text)} in ${seconds} s.` });
  }

  /** Looks now and after every change until there is an answer, or no time is left. */
  private when<T>(
    listen: (changed: () => void) => () => void,
    look: () => Result<T, string> | undefined,
    limit?: Limit,
  ): Promise<Result<T, string>> {
    return new Promise((resolve) => {
      const finish = (answer: Result<T, string>): void => {
        unlisten();
        clearTimeout(timer);
        this.waits.delete(giveUp);
        resolve(answer);
      };
      const changed = (): void => {
        const answer = look();
        if (answer) finish(answer);
      };
      const giveUp = (): void => finish(refuse("The run is over."));
      const timer = limit && setTimeout(() => finish(refuse(limit.sentence)), limit.seconds * 1000);
      const unlisten = listen(changed);
      this.waits.add(giveUp);
      changed();
    });
  }
}

const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The line of the first occurrence, as far as it is printed, and the place behind the occurrence. */
function findLine(bytes: Uint8Array, text: string): { line: string; end: number } | undefined {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(text);
  if (at < 0) return undefined;
  const end = at + Buffer.byteLength(text);
  const start = bytes.lastIndexOf(10, at) + 1;
  const next = bytes.indexOf(10, end);
  const line = decoded(bytes.subarray(start, next < 0 ? bytes.length : next)).replace(/\r+$/, "");
  return { line, end };
}
