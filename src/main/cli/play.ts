/** One machine on this terminal, from its start to the end of the command. */
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { finished } from "node:stream/promises";
import type { OutsideEvent } from "../../engine/api/history.ts";
import type { MachineConfig } from "../../engine/api/machine.ts";
import { crashFolder, keepCrashRecord } from "../crashRecords.ts";
import { RecordWriter } from "../runRecord.ts";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";
import { MachineRun, type RunEnd, type RunOutcome } from "./machineRun.ts";
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
  const trace = flags.trace === undefined ? undefined : createWriteStream(flags.trace);
  const recorder = flags.record === undefined ? undefined : openRecord(flags.record, machine);
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
      onOutside: (event) => recorder?.add(event),
      onTrace: (lines) => trace?.write(lines.map((line) => `${line}\n`).join("")),
    },
    context.io,
  );
  const outcome = await run.outcome;
  recorder?.close();
  if (trace !== undefined) await finished(trace.end());
  if (flags.stats !== undefined) await writeFile(flags.stats, statsText(outcome));
  if (unsaved !== undefined) throw new CommandEnd(exitCodes.failed, `The machine was not saved: ${unsaved}`);
  const { exitCode, sentence } = verdict(kept(outcome, guest, context));
  throw new CommandEnd(exitCode, sentence);
}

/** The end, with an engine's fault written to the data folder. */
function kept({ end, stats }: RunOutcome, guest: string, { places }: CliContext): RunEnd {
  if (end.kind !== "engine-fault") return end;
  return keepCrashRecord(crashFolder(places.dataDir), guest, end, stats);
}

function openRecord(path: string, { config, from }: PlayedMachine): RecordWriter {
  try {
    return new RecordWriter(path, config, from?.saved.state);
  } catch (error) {
    const { message } = error as Error;
    throw new CommandEnd(exitCodes.usage, `The record ${path} cannot be written: ${message}.`);
  }
}
