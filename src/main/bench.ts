/**
 * `latchwork bench`: the Debian guest, a dozen programs and snapshots, in our engine and in QEMU on the same
 * host, in turn. What is missing here (QEMU, a compiler, the guest) is said in a sentence; the rest is
 * measured.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { arch, cpus, loadavg } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { withPrograms, type GuestProgram } from "./bench/benchImage.ts";
import { bootName, select, type Selection } from "./bench/catalogue.ts";
import { EngineGuest } from "./bench/engineGuest.ts";
import { runOnHost } from "./bench/hostRun.ts";
import { measure, type GuestKind } from "./bench/measure.ts";
import type { GuestImages, MeasuredGuest, Side } from "./bench/measuredGuest.ts";
import { QemuGuest, qemuProgram, writeQemuFiles, type QemuFiles } from "./bench/qemuGuest.ts";
import { reportText } from "./bench/report.ts";
import { benchSnapshots } from "./bench/snapshot/snapshotBench.ts";
import type { MeasuredSnapshots } from "./bench/snapshot/measureSnapshots.ts";
import { snapshotRows } from "./bench/snapshot/snapshotRows.ts";
import { summarize, type HostTime } from "./bench/summary.ts";
import { compileProgram, crossCompiler, hostCompiler, versionOf, type Toolchain } from "./bench/toolchain.ts";
import { CommandEnd, exitCodes, interruptible, signalExitCode, type CliContext } from "./cli/context.ts";
import { debianGuestId } from "./guests/debianGuest.ts";

export interface BenchOptions {
  /** One round in place of three. */
  readonly quick?: boolean;
  /** Where the result goes as JSON; `out/bench/result.json` unless named. */
  readonly json?: string;
  /** Fetch the guest without asking where it is not here yet. */
  readonly fetch?: boolean;
}

const memoryBytes = 512 * 2 ** 20;
const fullRounds = 3;
const bootTimeoutMs = 180_000;
const programTimeoutMs = 120_000;
/** One guest is measured at a time: on a host with this load already, it may have to wait. */
const busyLoad = 1;
const noSnapshots: MeasuredSnapshots = { samples: [], failures: [] };

/** Prints the table. Ends with an error where a checksum is wrong or a run failed. */
export async function bench(
  context: CliContext,
  names: readonly string[],
  options: BenchOptions = {},
): Promise<void> {
  const selected = select(names);
  if (!selected.ok) throw new CommandEnd(exitCodes.usage, selected.error);
  const { signal } = await interruptible((abort) =>
    new BenchRun(context, options, abort).run(selected.value),
  );
  if (signal !== undefined) throw new CommandEnd(signalExitCode(signal), "");
}

class BenchRun {
  private readonly context: CliContext;
  private readonly options: BenchOptions;
  private readonly signal: AbortSignal;
  private readonly folder: string;
  private readonly tools: Toolchain;
  private readonly notes: string[] = [];
  private readonly versions: Record<string, string> = { node: process.versions.node };

  constructor(context: CliContext, options: BenchOptions, signal: AbortSignal) {
    this.context = context;
    this.options = options;
    this.signal = signal;
    this.folder = join(context.places.root, "out", "bench");
    const sourceFolder = join(context.places.resourcesDir, "bench");
    this.tools = { sourceFolder, buildFolder: this.folder, signal };
  }

  async run(selection: Selection): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    this.noteLoad();
    const base = await this.debianGuest();
    const sides = await this.sides();
    const programs = await this.compile(selection.programs);
    const host = await this.runOnHost(programs.map(({ name }) => name));
    const names = [...(selection.boot ? [bootName] : []), ...programs.map(({ name }) => name)];
    if (names.length === 0 && !selection.snapshot && !this.signal.aborted)
      throw new CommandEnd(exitCodes.failed, "Nothing that was asked for can be measured here.");
    const rounds = this.options.quick === true ? 1 : fullRounds;
    const startGuest = await this.guestStarter(base, programs);
    const measured = await measure({
      rounds,
      sides,
      boot: selection.boot,
      programs: programs.map(({ name }) => name),
      signal: this.signal,
      bootTimeoutMs,
      programTimeoutMs,
      startGuest,
      onStep: (step) => this.say(step),
    });
    const saved = selection.snapshot ? await this.snapshots(base, sides, rounds) : noSnapshots;
    if (this.signal.aborted) return;
    const summary = summarize(names, measured, host);
    const failures = [...measured.failures, ...saved.failures];
    const { residentBytes } = measured;
    const snapshots = selection.snapshot ? snapshotRows(saved.samples) : [];
    const shown = { summary, snapshots, failures, residentBytes, memoryBytes, rounds };
    this.context.io.stdout.write(reportText(shown));
    for (const note of this.notes) this.context.io.stdout.write(`${note}\n`);
    const samples = { samples: measured.samples, snapshotSamples: saved.samples };
    await this.writeJson({ rounds, ...summary, snapshots, residentBytes, failures, ...samples });
    if (failures.length > 0 || summary.rows.some(({ isWrong }) => isWrong))
      throw new CommandEnd(exitCodes.failed, "Not every benchmark ran and computed the same; see above.");
  }

  private snapshots(
    images: GuestImages, sides: readonly Side[], rounds: number,
  ): Promise<MeasuredSnapshots> {
    return benchSnapshots(
      images,
      { ...this.context.places, folder: this.folder },
      {
        rounds, sides, signal: this.signal, bootTimeoutMs,
        commandTimeoutMs: programTimeoutMs, onStep: (step) => this.say(step),
      },
    );
  }

  private say(sentence: string): void {
    this.context.io.stderr.write(`bench: ${sentence}\n`);
  }

  private note(sentence: string): void {
    this.notes.push(sentence);
    this.say(sentence);
  }

  private noteLoad(): void {
    const [load] = loadavg();
    if (load! < busyLoad) return;
    this.note(
      `This host was busy when the measurement began (load ${load!.toFixed(1)} on ${cpus().length} ` +
        "processors): times on the wall say little, processor times more.",
    );
  }

  private async debianGuest(): Promise<GuestImages> {
    const { guests } = this.context;
    const isReady = (await guests.list()).some(({ id, ready }) => id === debianGuestId && ready);
    if (!isReady && (await this.mayFetch())) {
      let said = "";
      const onProgress = ({ step }: { step: string }): void => {
        if (step !== said) this.say(step);
        said = step;
      };
      const fetched = await guests.fetch(debianGuestId, onProgress, this.signal);
      if (!fetched.ok) throw new CommandEnd(exitCodes.failed, fetched.error);
    }
    const config = await guests.machineConfig(debianGuestId, { memoryBytes, cpus: 1 });
    if (!config.ok)
      throw new CommandEnd(
        exitCodes.failed,
        `${config.error} \`latchwork bench --fetch\` does so first.`,
      );
    const { kernel, initrd = new Uint8Array(0), commandLine } = config.value;
    return { kernel, initrd, commandLine, memoryBytes };
  }

  private async mayFetch(): Promise<boolean> {
    const { stdin, stdout, stderr } = this.context.io;
    if (this.options.fetch === true) return true;
    if (stdin.isTTY !== true || stdout.isTTY !== true) return false;
    const reader = createInterface({ input: stdin, output: stderr });
    try {
      const question = "The Debian guest is not here yet. Fetch it now (about 32 MiB)? [y/N] ";
      return /^y(es)?$/i.test(await reader.question(question, { signal: this.signal }).catch(() => ""));
    } finally {
      reader.close();
    }
  }

  private async sides(): Promise<readonly Side[]> {
    const version = await versionOf(qemuProgram, this.signal);
    if (version !== undefined) {
      this.versions.qemu = version;
      return ["ours", "qemu"];
    }
    this.note(`${qemuProgram} is not installed, so there is nothing to compare with: ours only.`);
    return ["ours"];
  }

  private async compile(names: readonly string[]): Promise<GuestProgram[]> {
    if (names.length === 0) return [];
    const version = await versionOf(crossCompiler, this.signal);
    if (version === undefined) {
      this.note(
        `${crossCompiler} is not installed, so the programs cannot be compiled for the guest and are left ` +
          "out; Debian and Ubuntu have it in gcc-s390x-linux-gnu.",
      );
      return [];
    }
    this.versions.crossCompiler = version;
    this.say("compiling the programs");
    const programs: GuestProgram[] = [];
    for (const name of names) {
      const compiled = await compileProgram(name, "guest", this.tools);
      if (compiled.ok) programs.push({ name, bytes: await readFile(compiled.value) });
      else if (!this.signal.aborted) this.note(`${name} is left out: ${compiled.error}`);
    }
    return programs;
  }

  /** Checksums and times of this host's own processor; a compiler that fails costs only its own program. */
  private async runOnHost(names: readonly string[]): Promise<Map<string, HostTime>> {
    const times = new Map<string, HostTime>();
    if (names.length === 0) return times;
    const version = await versionOf(hostCompiler, this.signal);
    if (version === undefined) {
      this.note(`There is no ${hostCompiler} here, so checksums are compared between the guests only.`);
      return times;
    }
    this.versions.hostCompiler = version;
    for (const name of names) {
      const compiled = await compileProgram(name, "host", this.tools);
      const ran = compiled.ok ? await runOnHost(name, compiled.value) : compiled;
      if (ran.ok) times.set(name, ran.value);
      else if (!this.signal.aborted) this.note(`${name} on this host: ${ran.error}`);
    }
    return times;
  }

  private async guestStarter(
    base: GuestImages,
    programs: readonly GuestProgram[],
  ): Promise<(side: Side, kind: GuestKind) => MeasuredGuest> {
    const init = await readFile(join(this.tools.sourceFolder, "init"));
    const images: Record<GuestKind, GuestImages> = {
      boot: base,
      programs: withPrograms(base, init, programs),
    };
    const files: Record<GuestKind, QemuFiles> = {
      boot: await writeQemuFiles(images.boot, this.folder, "boot"),
      programs: await writeQemuFiles(images.programs, this.folder, "programs"),
    };
    return (side, kind) =>
      side === "ours"
        ? new EngineGuest(images[kind], this.context.places.engineWorker)
        : new QemuGuest(files[kind]);
  }

  private async writeJson(figures: object): Promise<void> {
    const path = resolve(this.options.json ?? join(this.folder, "result.json"));
    const processors = cpus();
    const host = { arch: arch(), processor: processors[0]?.model ?? "", processors: processors.length };
    const result = { host, versions: this.versions, memoryBytes, ...figures };
    const text = `${JSON.stringify({ ...result, notes: this.notes }, undefined, 2)}\n`;
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    } catch (error) {
      const reason = (error as Error).message;
      throw new CommandEnd(exitCodes.failed, `The result could not be written to ${path}: ${reason}.`);
    }
    this.say(`the result is in ${path}`);
  }
}
