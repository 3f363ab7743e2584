/** `snapshot save` and `snapshot restore`: machines under a `latchwork serve` on this data folder. */
import type { Command } from "commander";
import { snapshotLimits, type SnapshotAnswer, type SnapshotCall } from "../../engine/api/snapshotCalls.ts";
import type { SnapshotSummary } from "../../engine/api/snapshot.ts";
import type { MachineSummary, Outcome } from "../../engine/api/workbench.ts";
import { formatBytes } from "../guests/hostileInput.ts";
import { connectHost } from "../hostConnection.ts";
import { findServed } from "../hosts/servedAddress.ts";
import { CommandEnd, exitCodes, interruptible, signalExitCode, type CliContext } from "./context.ts";
import { snapshotId } from "./snapshotId.ts";

const TASK = "command-line";

export function addServedSnapshotCommands(snapshot: Command, context: CliContext): void {
  const { stdout } = context.io;
  snapshot
    .command("save")
    .description("save a machine that runs under `latchwork serve`; it runs on")
    .argument("<machine>", "its name, as in `guests list`")
    .option("--note <text>", "what it is", "")
    .action(async (machine: string, { note }: { note: string }) => {
      const { noteCharactersMax } = snapshotLimits;
      if (note.length > noteCharactersMax)
        throw new CommandEnd(exitCodes.usage, `A note has at most ${noteCharactersMax} characters.`);
      const saved = (await ask(context, { name: "save", machine, note, task: TASK })) as SnapshotSummary;
      const pause = `longest stop ${saved.pauseMs.toFixed(1)} ms`;
      stdout.write(`Snapshot ${saved.id}: ${formatBytes(saved.newBytes)} new, ${pause}.\n`);
    });
  snapshot
    .command("restore")
    .description("let a machine under `latchwork serve` go on from a snapshot")
    .argument("<snapshot>", "its number", snapshotId)
    .option("--new", "in a machine of its own; otherwise in the one of its guest, whatever that does", false)
    .action(async (id: number, flags: { new: boolean }) => {
      const into = flags.new ? "new" : "same";
      const call: SnapshotCall = { name: "restore", snapshot: id, into, task: TASK };
      const machine = (await ask(context, call)) as MachineSummary;
      stdout.write(`${machine.id} goes on from snapshot ${id}.\n`);
    });
}

/** Asks the running server; Ctrl-C gives the work up. Ends the command where there is no answer. */
async function ask({ places }: CliContext, call: SnapshotCall): Promise<SnapshotAnswer> {
  const found = await findServed(places.dataDir);
  if (!found.ok) throw new CommandEnd(exitCodes.failed, found.error);
  const connected = await connectHost(found.value);
  if (!connected.ok) throw new CommandEnd(exitCodes.failed, connected.error);
  const { host, close } = connected.value;
  const { value, signal } = await interruptible(async (abort) => {
    abort.addEventListener("abort", () => void host.snapshots({ call: { name: "cancel", task: TASK } }));
    return host.snapshots({ call }).catch((error: Error): Outcome<SnapshotAnswer> => {
      const sentence = `The connection to the server broke (${error.message}); see \`snapshot list\`.`;
      return { ok: false, error: sentence };
    });
  });
  close();
  if (!value.ok)
    throw new CommandEnd(signal === undefined ? exitCodes.failed : signalExitCode(signal), value.error);
  return value.value;
}
