/** `latchwork snapshot`: what was saved, as a tree; compares, exports, imports, removes and checks it. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { RowDifference, SnapshotSummary } from "../../engine/api/snapshot.ts";
import type { SnapshotDiff } from "../../engine/api/snapshotCalls.ts";
import type { Result } from "../../engine/base/result.ts";
import { formatBytes } from "../guests/hostileInput.ts";
import { withSnapshots } from "../openSnapshots.ts";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";
import { writeOutput } from "./outputFile.ts";
import { addServedSnapshotCommands } from "./servedSnapshot.ts";
import { snapshotId } from "./snapshotId.ts";

const ROWS_MAX = 64;

export function addSnapshotCommand(program: Command, context: CliContext): void {
  const snapshot = program
    .command("snapshot")
    .description("machines as they were saved (`snapshot save`, `run --save NOTE`)");
  const { io, places } = context;
  const service = <T>(work: Parameters<typeof withSnapshots<T>>[1]): Promise<T> =>
    withSnapshots(places, work);
  addServedSnapshotCommands(snapshot, context);
  snapshot
    .command("list")
    .description("the tree of snapshots")
    .option("--json", "as JSON")
    .action(async (flags: { json?: boolean }) => {
      const all = valueOf(await service((snapshots) => snapshots.list()));
      io.stdout.write(flags.json ? `${JSON.stringify(all, undefined, 2)}\n` : treeText(all));
    });
  snapshot
    .command("show")
    .description("one snapshot, and the end of its console")
    .argument("<snapshot>", "its number", snapshotId)
    .action(async (id: number) => {
      io.stdout.write(cardText(valueOf(await service((snapshots) => snapshots.show(id)))));
    });
  snapshot
    .command("diff")
    .description("what differs between two: fields by name, memory in rows of 16 bytes")
    .argument("<before>", "number of one", snapshotId)
    .argument("<after>", "number of another", snapshotId)
    .option("--rows <n>", "most rows of memory", snapshotId, ROWS_MAX)
    .action(async (before: number, after: number, flags: { rows: number }) => {
      const order = { before, after, rowsMax: flags.rows };
      io.stdout.write(diffText(valueOf(await service((snapshots) => snapshots.diff(order)))));
    });
  snapshot
    .command("note")
    .description("say what a snapshot is")
    .argument("<snapshot>", "its number", snapshotId)
    .argument("<text>")
    .action(async (id: number, text: string) =>
      valueOf(await service((snapshots) => snapshots.setNote(id, text))),
    );
  snapshot
    .command("export")
    .description("write one snapshot to one file")
    .argument("<snapshot>", "its number", snapshotId)
    .argument("<file>")
    .action(async (id: number, path: string) => {
      const bytes = valueOf(await service((snapshots) => snapshots.export(id)));
      await writeOutput(path, bytes);
      io.stdout.write(`${path}: ${formatBytes(bytes.length)}.\n`);
    });
  snapshot
    .command("import")
    .description("take a snapshot from a file")
    .argument("<file>")
    .action(async (path: string) => {
      const bytes = await readFile(path).catch((error: Error) => {
        throw new CommandEnd(exitCodes.usage, `${path} cannot be read: ${error.message}.`);
      });
      const { id } = valueOf(await service((snapshots) => snapshots.import(new Uint8Array(bytes))));
      io.stdout.write(`${id}\n`);
    });
  snapshot
    .command("remove")
    .description("delete a snapshot; those that were made after it stay")
    .argument("<snapshot>", "its number", snapshotId)
    .action(async (id: number) => {
      valueOf(await service((snapshots) => snapshots.remove(id)));
      io.stdout.write(`Snapshot ${id} is removed.\n`);
    });
  snapshot
    .command("check")
    .description("read everything that is stored and compare it with its hashes")
    .action(async () => {
      const found = valueOf(await service((snapshots) => snapshots.check()));
      if (found.length > 0) throw new CommandEnd(exitCodes.failed, found.join("\n"));
      io.stdout.write("Every snapshot is whole.\n");
    });
}

function valueOf<T>(result: Result<T, string>): T {
  if (!result.ok) throw new CommandEnd(exitCodes.failed, result.error);
  return result.value;
}

/** Children under their parents, each as old as its number. */
function treeText(all: readonly SnapshotSummary[]): string {
  if (all.length === 0)
    return "Nothing is saved yet. `run GUEST --until TEXT --save NOTE` saves a machine.\n";
  const lines: string[] = [];
  const add = (parent: number | null, depth: number): void => {
    for (const one of all.filter((candidate) => candidate.parent === parent)) {
      const size = `${formatBytes(one.newBytes)} new of ${formatBytes(one.pages * 4096)}`;
      const when = new Date(one.createdMs).toISOString().slice(0, 19).replace("T", " ");
      lines.push(`${"  ".repeat(depth)}${one.id}  ${one.guest}  ${when}  ${size}  ${one.note}`.trimEnd());
      add(one.id, depth + 1);
    }
  };
  add(null, 0);
  return lines.map((line) => `${line}\n`).join("");
}

function cardText(one: SnapshotSummary): string {
  const rows = [
    ["Snapshot", String(one.id)],
    ["After", one.parent === null ? "none" : String(one.parent)],
    ["Guest", `${one.guest} (${one.title})`],
    ["Note", one.note],
    ["Saved", new Date(one.createdMs).toISOString()],
    ["Machine", `${formatBytes(one.memoryBytes)}, ${one.cpus} CPU${one.cpus === 1 ? "" : "s"}`],
    ["Instructions", String(one.instructions)],
    ["Virtual time", `${one.virtualSeconds.toFixed(3)} s`],
    ["Pause", `${one.pauseMs.toFixed(1)} ms`],
    ["Pages", `${one.pages} (${formatBytes(one.pages * 4096)})`],
    ["Added", formatBytes(one.newBytes)],
  ];
  const card = rows.map(([name, value]) => `${name!.padEnd(13)} ${value}\n`).join("");
  // What a guest printed is data here: control characters would act on this terminal.
  const console = one.console
    .replaceAll(/[^\n\x20-\x7e]/g, "")
    .split("\n")
    .slice(-24);
  return `${card}\n${console.map((line) => `  | ${line}\n`).join("")}`;
}

function diffText({ fields, rows, isComplete }: SnapshotDiff): string {
  if (fields.length + rows.length === 0) return "The two are the same.\n";
  const named = (value: string | undefined): string => value ?? "none";
  const lines = fields.map(({ path, before, after }) => `${path}: ${named(before)} -> ${named(after)}\n`);
  const more = isComplete ? "" : `(the first ${rows.length} rows; --rows shows more)\n`;
  return lines.join("") + rows.map(rowText).join("") + more;
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
const rowText = ({ address, before, after }: RowDifference): string =>
  `${address.toString(16).padStart(8, "0")} - ${hex(before)}\n         + ${hex(after)}\n`;
