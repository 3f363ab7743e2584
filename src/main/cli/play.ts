/** One machine on this terminal, from its start to the end of the command. */
import { closeSync, createWriteStream, writeFileSync } from "node:fs";
import { finished } from "node:stream/promises";
import type { OutsideEvent } from "../../engine/api/history.ts";
import type { MachineConfig } from "../../engine/api/machine.ts";
import { crashFolder, keepCrashRecord } from "../crashRecords.ts";
import { RecordWriter } from "../runRecord.ts";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";
import { MachineRun, type RunEnd, type RunOutcome } from "./machineRun.ts";
import { openOutput } from "./outputFile.ts";
import { statsText, verdict } from "./runEnd.ts";
import { saveAtEnd, type RestorePoint } from "./runSnapshot.ts";

/** When it ends, and what is kept of it; files by their paths. */
export interface PlayFlags {
  readonly until?: string;
  readonly inputAfter?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly stats?: string;
  readonly trace?: string;
  readonly record?: string;
  /** The note of a snapshot. */
  readonly save?: string;
}

export interface PlayedMachine {
  readonly config: MachineConfig;
  /** Whose snapshots it makes. */
  readonly guest: string;
  readonly title: string;
  readonly from?: RestorePoint["from"];
  /** What came to a run that is repeated first. */
  readonly repeat?: readonly OutsideEvent[];
}

/** Always ends with a `CommandEnd`. */
export async function play(machine: PlayedMachine, flags: PlayFlags, context: CliContext): Promise<never> {
  const { config, guest, title, from, repeat } = machine;
  const { until, inputAfter, timeout, save } = flags;
  let unsaved: string | undefined;
  const files = openFiles(flags, machine);
  const run = new MachineRun(
    {
      config: { ...config, ...(until !== undefined && { until }) },
      workerUrl: context.places.engineWorker,
      ...(inputAfter !== undefined && { inputAfter }),
      ...(timeout !== undefined && { timeoutSeconds: timeout }),
      ...(from && { from }),
      ...(repeat && { repeat }),
      ...(save !== undefined && {
        beforeEnd: saveAtEnd(context, { guest, title, note: save }, (sentence) => (unsaved = sentence)),
      }),
      onOutside: files.record,
      onTrace: files.trace,
    },
    context.io,
  );
  const outcome = await run.outcome;
  const unwritten = await files.end(outcome);
  if (unsaved !== undefined) throw new CommandEnd(exitCodes.failed, `The machine was not saved: ${unsaved}`);
  if (unwritten !== undefined) throw new CommandEnd(exitCodes.failed, unwritten);
  const { exitCode, sentence } = verdict(kept(outcome, guest, context));
  throw new CommandEnd(exitCode, sentence);
}

/** The end, with an engine's fault written to the data folder. */
function kept({ end, stats }: RunOutcome, guest: string, { places }: CliContext): RunEnd {
  if (end.kind !== "engine-fault") return end;
  return keepCrashRecord(crashFolder(places.dataDir), guest, end, stats);
}

/** What is written of a run, file by file: opened before it begins, so that nothing is lost at its end. */
function openFiles(flags: PlayFlags, { config, from }: PlayedMachine) {
  const [stats, trace, record] = [flags.stats, flags.trace, flags.record].map((path) =>
    path === undefined ? undefined : openOutput(path));
  const recorder = record === undefined ? undefined : new RecordWriter(record, config, from?.saved.state);
  const lines = trace === undefined ? undefined : createWriteStream("", { fd: trace });
  // Heard from the start: a disk that gets full does not end the machine.
  const traced = lines && finished(lines).then(() => undefined, whyOf);
  return {
    record: (event: OutsideEvent): void => recorder?.add(event),
    trace: (more: readonly string[]): void => void lines?.write(more.map((line) => `${line}\n`).join("")),
    /** The sentence that says which file lacks something. */
    async end(outcome: RunOutcome): Promise<string | undefined> {
      recorder?.close();
      lines?.end();
      const failures = [
        [flags.record, recorder?.failure],
        [flags.trace, await traced],
        [flags.stats, stats === undefined ? undefined : written(stats, statsText(outcome))],
      ];
      const failed = failures.find(([, why]) => why !== undefined);
      return failed && `${failed[0]} could not be written whole: ${failed[1]}.`;
    },
  };
}

/** Why not, if it was not. */
function written(file: number, text: string): string | undefined {
  try {
    writeFileSync(file, text);
    return undefined;
  } catch (error) {
    return whyOf(error as Error);
  } finally {
    closeSync(file);
  }
}
const whyOf = ({ message }: Error): string => message;
