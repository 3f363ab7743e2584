/**
 * `latchwork sessions`: machines that were on when their host ended. A `latchwork serve` on this data folder
 * is asked where one runs; without one the store is, and a machine goes on on this terminal.
 */
import type { Command } from "commander";
import type { LeftMachine, Outcome } from "../../engine/api/workbench.ts";
import { connectHost, type HostConnection } from "../hostConnection.ts";
import { findServed } from "../hosts/servedAddress.ts";
import { openSnapshots } from "../openSnapshots.ts";
import type { RunConfig } from "../services/snapshots.ts";
import { LeftSessions } from "../services/leftSessions.ts";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";
import { play } from "./play.ts";
import { restorePoint } from "./runSnapshot.ts";
import { table } from "./table.ts";

/** Who answers: a server, or the store itself. */
interface Keeper {
  list(): Promise<readonly LeftMachine[]>;
  forget(machine: string): Promise<Outcome<unknown>>;
  /** Goes on with it there; undefined where nobody is there to do that. */
  readonly resume: ((machine: string) => Promise<Outcome<unknown>>) | undefined;
}

const ON_A_TERMINAL: RunConfig = { interpreterOnly: false, trace: false, pace: "wall" };

export function addSessionsCommand(program: Command, context: CliContext): void {
  const { stdout } = context.io;
  const sessions = program
    .command("sessions")
    .description("machines that were on when Latchwork ended, `kill -9` included");
  sessions
    .command("list")
    .description("what was on, and the snapshot that it can go on from")
    .option("--json", "as JSON")
    .action(async (flags: { json?: boolean }) => {
      const left = await withKeeper(context, (keeper) => keeper.list());
      stdout.write(flags.json ? `${JSON.stringify(left, undefined, 2)}\n` : listText(left));
    });
  sessions
    .command("resume")
    .description("go on with one from its last snapshot: under `latchwork serve`, or on this terminal")
    .argument("<machine>", "its name, as in `sessions list`")
    .action((machine: string) => resume(machine, context));
  sessions
    .command("forget")
    .description("offer one no more; its snapshots are kept")
    .argument("<machine>", "its name, as in `sessions list`")
    .action(async (machine: string) => {
      valueOf(await withKeeper(context, (keeper) => keeper.forget(machine)));
      stdout.write(`${machine} is offered no more.\n`);
    });
}

async function resume(machine: string, context: CliContext): Promise<void> {
  const snapshot = await withKeeper(context, async (keeper) => {
    const left = (await keeper.list()).find(({ id }) => id === machine);
    if (!left) throw failed(`Nothing was left of "${machine}". See \`sessions list\`.`);
    if (!left.snapshot)
      throw failed(`${machine} was not saved, so what it did is lost. Start it afresh: \`run ${machine}\`.`);
    if (!keeper.resume) return left.snapshot.id;
    valueOf(await keeper.resume(machine));
    context.io.stdout.write(`${machine} goes on from snapshot ${left.snapshot.id}.\n`);
    return undefined;
  });
  if (snapshot === undefined) return;
  const point = await restorePoint(snapshot, ON_A_TERMINAL, context);
  const end = await play(point, {}, context).catch((error: unknown) => error);
  // One that could not begin here, or was killed, is left to be resumed again.
  if (end instanceof CommandEnd && (end.exitCode === exitCodes.fine || end.exitCode === exitCodes.failed))
    await withKeeper(context, (keeper) => keeper.forget(machine));
  throw end;
}

async function withKeeper<T>({ places }: CliContext, work: (keeper: Keeper) => Promise<T>): Promise<T> {
  const found = await findServed(places.dataDir);
  const connected = found.ok ? await connectHost(found.value) : found;
  if (connected.ok) return underServer(connected.value, work);
  const { store, snapshots } = openSnapshots(places);
  const left = new LeftSessions(store);
  try {
    return await work({ list: () => left.all(), forget: (id) => left.forget(id), resume: undefined });
  } finally {
    await snapshots.close();
  }
}

async function underServer<T>(
  { host, close }: HostConnection,
  work: (keeper: Keeper) => Promise<T>,
): Promise<T> {
  try {
    return await work({
      list: async () => (await host.hello()).left,
      forget: (id) => host.forgetLeft({ id }),
      resume: (id) => host.takeUpMachine({ id }),
    });
  } finally {
    close();
  }
}

function listText(left: readonly LeftMachine[]): string {
  if (left.length === 0) return "Nothing was on when Latchwork ended.\n";
  const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
  const rows = left.map(({ id, beganMs, snapshot }) => [
    id,
    time(beganMs),
    snapshot ? String(snapshot.id) : "not saved",
    snapshot ? time(snapshot.createdMs) : "",
    snapshot?.note ?? "",
  ]);
  return table(["MACHINE", "STARTED", "SNAPSHOT", "SAVED", "NOTE"], rows);
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw failed(outcome.error);
  return outcome.value;
}
const failed = (sentence: string): CommandEnd => new CommandEnd(exitCodes.failed, sentence);
