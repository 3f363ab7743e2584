/**
 * How fast a machine has been lately: instructions in the last second of the wall's time. An average over the
 * whole run would keep an idle guest fast for minutes.
 */
const WINDOW_MS = 1000;

interface Sample {
  readonly atMs: number;
  readonly instructions: number;
}

export class InstructionRate {
  /** Oldest first: one from before the window began, if there is one, and those inside it. */
  private samples: Sample[] = [];

  /** Takes the count of now; answers millions of instructions a second. Times never run back. */
  note(atMs: number, instructions: number): number {
    const from = atMs - WINDOW_MS;
    while (this.samples.length > 1 && this.samples[1]!.atMs <= from) this.samples.shift();
    const [first] = this.samples;
    this.samples.push({ atMs, instructions });
    if (!first || atMs <= first.atMs) return 0;
    return (instructions - first.instructions) / (atMs - first.atMs) / 1000;
  }

  /** The count begins again. */
  clear(): void {
    this.samples = [];
  }
}
