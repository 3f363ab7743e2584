/**
 * A measured guest in QEMU, with its console on our pipe.
 * Invariant: no QEMU outlives the guest's end or our own.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConsoleLines } from "./consoleLines.ts";
import type { GuestImages, MeasuredGuest } from "./measuredGuest.ts";

export const qemuProgram = "qemu-system-s390x";

export interface QemuFiles {
  readonly kernel: string;
  readonly initrd: string;
  readonly commandLine: string;
  readonly memoryBytes: number;
}

/** QEMU reads files: writes the images to `folder`, their names beginning with `stem`. */
export async function writeQemuFiles(images: GuestImages, folder: string, stem: string): Promise<QemuFiles> {
  const { commandLine, memoryBytes } = images;
  const files = {
    kernel: join(folder, `${stem}.kernel`),
    initrd: join(folder, `${stem}.initrd`),
    commandLine,
    memoryBytes,
  };
  await writeFile(files.kernel, images.kernel);
  await writeFile(files.initrd, images.initrd);
  return files;
}

export const qemuArguments = (files: QemuFiles): string[] => [
  ...["-M", "s390-ccw-virtio", "-accel", "tcg", "-smp", "1", "-nographic", "-no-reboot"],
  ...["-m", String(files.memoryBytes / 2 ** 20), "-kernel", files.kernel, "-initrd", files.initrd],
  ...(files.commandLine === "" ? [] : ["-append", files.commandLine]),
];

export class QemuGuest implements MeasuredGuest {
  readonly lines = new ConsoleLines();
  readonly startedAtMs: number;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly closed: Promise<void>;
  private readonly killAtExit = (): void => void this.child.kill("SIGKILL");
  private said = "";

  /** `more`: arguments beside those of every measured guest. */
  constructor(files: QemuFiles, program: string = qemuProgram, more: readonly string[] = []) {
    this.startedAtMs = performance.now();
    this.child = spawn(program, [...qemuArguments(files), ...more], { stdio: "pipe" });
    process.once("exit", this.killAtExit);
    this.child.stdout.on("data", (bytes: Buffer) => this.lines.take(bytes, performance.now()));
    this.child.stderr.on("data", (bytes: Buffer) => (this.said = (this.said + bytes).slice(-1000)));
    this.child.stdin.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      this.child.on("error", (error) => {
        this.lines.end(`${program} could not be started: ${error.message}.`);
        resolve();
      });
      this.child.on("close", (code, signal) => {
        process.off("exit", this.killAtExit);
        this.lines.end(`QEMU ended with ${signal ?? code}. ${this.said.trim()}`.trim());
        resolve();
      });
    });
  }

  type(text: string): void {
    this.child.stdin.write(text);
  }

  /** A QEMU whose guest waits uses next to nothing, and stopping it would make its guest's clock jump. */
  freeze(): Promise<void> {
    return Promise.resolve();
  }
  thaw(): void {
    // As `freeze` has it.
  }

  figures(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Linux's schedstat counts nanoseconds, for one thread a file. */
  processorMs(): number | undefined {
    const folder = `/proc/${this.child.pid}/task`;
    try {
      return readdirSync(folder)
        .map((thread) => Number(readFileSync(`${folder}/${thread}/schedstat`, "latin1").split(" ", 1)[0]))
        .reduce((sum, nanoseconds) => sum + nanoseconds / 1e6, 0);
    } catch {
      return undefined;
    }
  }

  residentBytes(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.child.pid}/status`, "latin1");
      const kib = /^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1];
      return kib === undefined ? undefined : Number(kib) * 1024;
    } catch {
      return undefined;
    }
  }

  close(): Promise<void> {
    this.child.kill("SIGKILL");
    return this.closed;
  }
}
