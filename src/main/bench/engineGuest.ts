/**
 * A measured guest in our engine's worker.
 * Invariant: idle time is skipped, as in tests: a guest that only waits costs no measured time.
 */
import type { MachineConfig, MachineEvent, MachineStats } from "../../engine/api/machine.ts";
import { EngineHost, engineTiming } from "../engineHost.ts";
import { ConsoleLines } from "./consoleLines.ts";
import type { GuestImages, MeasuredGuest } from "./measuredGuest.ts";

export class EngineGuest implements MeasuredGuest {
  readonly lines = new ConsoleLines();
  readonly startedAtMs: number;
  private readonly host: EngineHost;
  /** What this process held and had used before the engine was in it. */
  private readonly processorBefore = process.cpuUsage();
  private readonly residentBefore = process.memoryUsage.rss();
  private asked: ((stats: MachineStats | undefined) => void)[] = [];
  private paused: (() => void)[] = [];
  private isEnded = false;

  constructor(images: GuestImages, workerUrl: URL) {
    const config: MachineConfig = {
      board: "s390-ccw",
      cpus: 1,
      seed: 1,
      interpreterOnly: false,
      pace: "skip",
      trace: false,
      ...images,
    };
    this.startedAtMs = performance.now();
    this.host = new EngineHost({
      workerUrl,
      config,
      timing: engineTiming,
      onEvent: (event) => this.take(event, performance.now()),
    });
  }

  private take(event: MachineEvent, atMs: number): void {
    if (event.type === "console") this.lines.take(event.bytes, atMs);
    else if (event.type === "progress") for (const tell of this.asked.splice(0)) tell(event.stats);
    else if (event.type === "refused") this.end(event.sentence);
    else if (event.type === "state" && event.state === "paused")
      for (const tell of this.paused.splice(0)) tell();
    else if (event.type === "state" && (event.state === "stopped" || event.state === "crashed"))
      this.end(
        event.reason !== undefined && "sentence" in event.reason
          ? event.reason.sentence
          : "The guest stopped by itself.",
      );
  }

  private end(sentence: string): void {
    this.isEnded = true;
    this.lines.end(sentence);
    for (const tell of this.asked.splice(0)) tell(undefined);
    for (const tell of this.paused.splice(0)) tell();
  }

  type(text: string): void {
    this.host.post({ type: "console-input", bytes: new TextEncoder().encode(text) });
  }

  freeze(): Promise<void> {
    if (this.isEnded) return Promise.resolve();
    return new Promise((resolve) => {
      this.paused.push(resolve);
      this.host.post({ type: "pause" });
    });
  }

  thaw(): void {
    this.host.post({ type: "resume" });
  }

  figures(): Promise<MachineStats | undefined> {
    if (this.isEnded) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.asked.push(resolve);
      this.host.post({ type: "stats", id: 0 });
    });
  }

  /** Of this whole process, which does nothing else meanwhile. */
  processorMs(): number {
    const { user, system } = process.cpuUsage(this.processorBefore);
    return (user + system) / 1000;
  }

  residentBytes(): number {
    return Math.max(0, process.memoryUsage.rss() - this.residentBefore);
  }

  close(): Promise<void> {
    this.end("The guest was ended.");
    return this.host.dispose();
  }
}
