/**
 * Virtual time of a machine (Principles of Operation, chapter 4, "Timing"): one instruction is one
 * nanosecond, and time that all CPUs waited is skipped. Invariant: it depends on what the guest executed,
 * never on how that was cut into turns.
 */
import type { Core } from "../cpu/core.ts";
import type { TimeState } from "./state.ts";

/** 2024-01-01 00:00:00 UTC as a TOD clock value: seconds from 1900 × 4,096,000,000. */
const TOD_AT_START = 3_913_056_000n * 4_096_000_000n;

export class VirtualTime {
  private readonly core: Core;
  /** Instructions executed before the current run of the engine. */
  private executed = 0n;
  /** Of the current run: how many it may execute; 0 outside. */
  private inRun = 0;
  private skippedNs = 0n;
  private todOffset = TOD_AT_START;

  constructor(core: Core) {
    this.core = core;
  }

  /** Instructions executed by all CPUs, exact also inside an instruction. */
  get instructions(): bigint {
    return this.executed + BigInt(this.inRun > 0 ? this.inRun - this.core.instructionsLeft : 0);
  }
  /** Nanoseconds since the machine started. */
  now(): bigint {
    return this.instructions + this.skippedNs;
  }
  /** 64-bit TOD clock: bit 51 is one microsecond. */
  tod(): bigint {
    return BigInt.asUintN(64, this.todOffset + (this.now() * 4096n) / 1000n);
  }
  setTod(value: bigint): void {
    this.todOffset += value - this.tod();
  }
  /** Moves time on to `toNs`, if that is ahead. */
  skipTo(toNs: bigint): void {
    const now = this.now();
    if (toNs > now) this.skippedNs += toNs - now;
  }

  /** Between runs only. */
  save(): TimeState {
    const { executed, skippedNs } = this;
    return { executed, skippedNs, todOffset: BigInt.asUintN(64, this.todOffset) };
  }
  load({ executed, skippedNs, todOffset }: TimeState): void {
    Object.assign(this, { executed, skippedNs, todOffset });
  }

  /** Runs the engine for up to `count` instructions; answers how many it executed. */
  run(count: number): { readonly done: number } {
    this.inRun = count;
    this.core.run(count);
    const done = count - this.core.instructionsLeft;
    this.inRun = 0;
    this.executed += BigInt(done);
    return { done };
  }
}
