/**
 * The console of a machine that stands in the past: of what the run has printed, as much as it had printed
 * there. A repetition that begins with a checkpoint prints only what came behind it, so the text is that of
 * the run.
 */
import type { ConsoleLog } from "./consoleLog.ts";

export class PastConsole {
  /** As much as the run's console still held when its past was opened. */
  private readonly text: Uint8Array;
  /** Of it, what was there before the record; below 0 where that and more is gone. */
  private readonly before: number;
  private shown = 0;

  /** `from`: where in the run's console the record begins. */
  constructor(run: ConsoleLog, from: number) {
    this.text = run.read(run.start, run.end - run.start).bytes;
    this.before = from - run.start;
  }

  /** Makes `log` what it was when the run had printed so many bytes. */
  show(log: ConsoleLog, printed: number): void {
    const length = Math.min(this.text.length, Math.max(0, this.before + printed));
    if (length < this.shown) {
      log.clear();
      this.shown = 0;
    }
    log.append(this.text.subarray(this.shown, length));
    this.shown = length;
  }
}
