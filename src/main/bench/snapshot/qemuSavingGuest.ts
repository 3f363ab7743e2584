/** A guest in QEMU that keeps its saves in a disk of QEMU's own format, which the guest does not see. */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ok, refuse, type Result } from "../../../engine/base/result.ts";
import type { ConsoleLines } from "../consoleLines.ts";
import { QemuGuest, qemuProgram, type QemuFiles } from "../qemuGuest.ts";
import { emptyQcow2 } from "./qcow2.ts";
import { QemuMonitor } from "./qemuMonitor.ts";
import type { SaveFigures, SavingGuest } from "./savingGuest.ts";

/** `stat` counts blocks of this size, whatever the file system has. */
const BLOCK_BYTES = 512;
const diskIn = (folder: string): string => join(folder, "saves.qcow2");
const socketIn = (folder: string): string => join(folder, "monitor");

export class QemuSavingGuest implements SavingGuest {
  private readonly guest: QemuGuest;
  private readonly monitor: Result<QemuMonitor, string>;
  private readonly folder: string;
  private saves = 0;

  /** What it keeps goes to a new folder in `folder`, removed with the guest. */
  static async start(files: QemuFiles, folder: string): Promise<QemuSavingGuest> {
    const own = await mkdtemp(join(folder, "qemu-"));
    await writeFile(diskIn(own), emptyQcow2());
    const guest = new QemuGuest(files, qemuProgram, [
      ...["-drive", `if=none,id=saves,format=qcow2,file=${diskIn(own)}`],
      ...["-qmp", `unix:${socketIn(own)},server=on,wait=off`],
    ]);
    return new QemuSavingGuest(guest, await QemuMonitor.connect(socketIn(own)), own);
  }

  private constructor(guest: QemuGuest, monitor: Result<QemuMonitor, string>, folder: string) {
    this.guest = guest;
    this.monitor = monitor;
    this.folder = folder;
  }

  get lines(): ConsoleLines {
    return this.guest.lines;
  }
  type(text: string): void {
    this.guest.type(text);
  }

  /** The guest stands still all the while. */
  async save(): Promise<Result<SaveFigures, string>> {
    const start = performance.now();
    const saved = await this.command(`savevm save${++this.saves}`);
    const ms = performance.now() - start;
    return saved.ok ? ok({ ms, pauseMs: ms }) : saved;
  }

  restore(): Promise<Result<void, string>> {
    return this.command(`loadvm save${this.saves}`);
  }

  private command(line: string): Promise<Result<void, string>> {
    return this.monitor.ok ? this.monitor.value.command(line) : Promise.resolve(refuse(this.monitor.error));
  }

  changedBytes(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async storedBytes(): Promise<number> {
    return (await stat(diskIn(this.folder))).blocks * BLOCK_BYTES;
  }

  processorMs(): number | undefined {
    return this.guest.processorMs();
  }

  async close(): Promise<void> {
    if (this.monitor.ok) this.monitor.value.close();
    await this.guest.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
