/** What the engine says of a run, and what it asks of a region compiler. */
import type { CodePage } from "./codePage.ts";

/** Why `run` came back. */
export type RunEnd =
  /** The instructions are used up. */
  | "slice"
  /** Mode, masks, timers or devices changed: look at interruptions. */
  | "attention"
  /** The next instruction has a breakpoint. */
  | "breakpoint"
  /** The next instruction was undone: it accesses watched storage and is to be executed alone. */
  | "watched"
  /** The last instruction touched something watched. */
  | "watchpoint";

/** Compiles the region at a hot entry; see regionCompiler. */
export interface RegionCompiler {
  compile(page: CodePage, offset: number): void;
  dropAll(): void;
}
