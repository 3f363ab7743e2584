/** What a measurement of snapshots asks of a Debian guest, whichever virtual machine runs it. */
import type { Result } from "../../../engine/base/result.ts";
import type { ConsoleLines } from "../consoleLines.ts";

export interface SaveFigures {
  /** From the request until it is told that everything is kept. Milliseconds. */
  readonly ms: number;
  /** The longest time for which the guest stood still in one piece. Milliseconds. */
  readonly pauseMs: number;
}

export interface SavingGuest {
  readonly lines: ConsoleLines;
  /** Types on the guest's console. */
  type(text: string): void;
  /** Saves the running guest, which runs on. */
  save(): Promise<Result<SaveFigures, string>>;
  /** Has the guest go on from its last save; it runs when this settles. */
  restore(): Promise<Result<void, string>>;
  /** Bytes of the pages in which the last save differs from the one before; undefined where unknown. */
  changedBytes(): Promise<number | undefined>;
  /** Bytes that all saves together take in the file system. */
  storedBytes(): Promise<number>;
  /** Processor time of the virtual machine and its store since the start, in milliseconds. */
  processorMs(): number | undefined;
  close(): Promise<void>;
}
