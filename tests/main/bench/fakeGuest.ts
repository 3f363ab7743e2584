/** A guest that prints what it is told to, at times of its own; no virtual machine. */
import type { MachineStats } from "../../../src/engine/api/machine.ts";
import { ConsoleLines } from "../../../src/main/bench/consoleLines.ts";
import type { MeasuredGuest, Side } from "../../../src/main/bench/measuredGuest.ts";
import { noInterrupts } from "../../kit/noInterrupts.ts";

/** How a program ends: with a checksum, with a status in its place, before it begins, or never. */
export type Fate =
  | { readonly checksum: string; readonly ms: number }
  | "dies"
  | "cannot-start"
  | "ends-guest";

const statsWith = (instructions: number): MachineStats => ({
  instructions,
  interpretedInstructions: 1,
  wallSeconds: 1,
  mips: 1,
  recentMips: 1,
  regionsCompiled: 1,
  compileSeconds: 0,
  deviceSeconds: 0,
  idleSeconds: 0,
  traceHash: "0123456789abcdef",
  virtualSeconds: 1,
  memoryBytes: 2 ** 20,
  interrupts: noInterrupts,
});

export class FakeGuest implements MeasuredGuest {
  readonly lines = new ConsoleLines();
  readonly startedAtMs = 0;
  isClosed = false;
  isFrozen = false;
  private readonly side: Side;
  private readonly fates: Readonly<Record<string, Fate>>;
  private readonly log: string[];
  private atMs = 1000;
  private instructions = 0;
  private processor = 0;

  constructor(side: Side, boots: boolean, fates: Readonly<Record<string, Fate>>, log: string[]) {
    this.side = side;
    this.fates = fates;
    this.log = log;
    if (boots) this.print("GUEST-READY\nBENCH-READY\n");
    else this.lines.end("It will not boot.");
  }

  private print(text: string): void {
    this.lines.take(Buffer.from(text), this.atMs);
  }

  type(text: string): void {
    const name = text.trim();
    this.log.push(`${this.side} ${name}${this.isFrozen ? " while frozen" : ""}`);
    const fate = this.fates[name]!;
    if (fate === "ends-guest") return this.lines.end("The guest is gone.");
    if (fate !== "cannot-start") this.print(`BENCH ${name} start\r\n`);
    if (typeof fate === "object") {
      this.atMs += fate.ms;
      this.print(`BENCH ${name} end ${fate.checksum}\r\n`);
    }
    this.print(`BENCH ${name} exit ${typeof fate === "object" ? 0 : 132}\r\n`);
  }

  freeze(): Promise<void> {
    this.isFrozen = true;
    return Promise.resolve();
  }
  thaw(): void {
    this.isFrozen = false;
  }
  figures(): Promise<MachineStats | undefined> {
    this.instructions += 500;
    return Promise.resolve(this.side === "ours" ? statsWith(this.instructions) : undefined);
  }
  processorMs(): number {
    return (this.processor += 10);
  }
  residentBytes(): number {
    return this.side === "ours" ? 3 : 2;
  }
  close(): Promise<void> {
    this.isClosed = true;
    this.lines.end("The guest was ended.");
    return Promise.resolve();
  }
}
