/**
 * Runs seeded sequences about every entry of the instruction tables on twin cores and counts what was
 * reached.
 */
import type { Instruction } from "../../../src/engine/isa/s390/instruction.ts";
import { instructions } from "../../../src/engine/isa/s390/instructions.ts";
import { describeSequence } from "./describeSequence.ts";
import { makeSequence, type Sequence } from "./sequence.ts";
import { TwinCores, type Outcome } from "./twinCores.ts";

export interface Coverage {
  readonly sequences: number;
  readonly instructions: number;
  readonly compiled: number;
  /**
   * Entries that were to be met, those never begun and those that never came to their end without an
   * interruption.
   */
  readonly entries: number;
  readonly missing: readonly string[];
  readonly neverCompleted: readonly string[];
  readonly differences: readonly string[];
}

const DIFFERENCES_MAX = 5;

export class EntryRun {
  private readonly twins: TwinCores;
  private readonly subjects: readonly Instruction[];
  private readonly begun = new Set<Instruction>();
  private readonly completed = new Set<Instruction>();
  private readonly differences: string[] = [];
  private sequences = 0;
  private ran = 0;
  private compiled = 0;

  /** Every `of`-th entry of the tables, beginning with the `part`-th. */
  constructor(part: number, of: number) {
    this.subjects = instructions.filter((_, i) => i % of === part);
    this.twins = new TwinCores(part + 1);
  }

  run(firstSeed: number, count: number): Coverage {
    for (let i = 0; i < count && this.differences.length < DIFFERENCES_MAX; i++) {
      const subject = this.subjects[i % this.subjects.length]!;
      const sequence = makeSequence(firstSeed + i, subject, instructions);
      const outcome = this.twins.run(sequence);
      this.note(sequence, outcome);
      if (outcome.difference) this.differences.push(describeSequence(sequence, outcome));
    }
    const names = (seen: ReadonlySet<Instruction>): string[] =>
      this.subjects.filter((i) => !seen.has(i)).map((i) => i.mnemonic);
    return {
      sequences: this.sequences,
      instructions: this.ran,
      compiled: this.compiled,
      entries: this.subjects.length,
      missing: names(this.begun),
      neverCompleted: names(this.completed),
      differences: this.differences,
    };
  }

  private note(sequence: Sequence, outcome: Outcome): void {
    this.sequences++;
    this.ran += outcome.instructions;
    this.compiled += outcome.compiled;
    const at = new Map(sequence.code.map((i) => [i.address, i.instruction]));
    for (const step of outcome.trace) {
      const instruction = at.get(step.at);
      if (!instruction) continue;
      this.begun.add(instruction);
      if (!step.code) this.completed.add(instruction);
    }
  }
}

export function coverageLine(c: Coverage): string {
  const share = (n: number): string => `${((100 * (c.entries - n)) / c.entries).toFixed(1)} %`;
  return [
    `${c.sequences} sequences, ${c.instructions} instructions,`,
    `${((100 * c.compiled) / c.instructions).toFixed(0)} % of them compiled;`,
    `table entries covered: ${share(c.missing.length)} of ${c.entries},`,
    `completed without an interruption: ${share(c.neverCompleted.length)};`,
    c.neverCompleted.length ? `(not: ${c.neverCompleted.join(" ")})` : "",
  ].join(" ");
}
