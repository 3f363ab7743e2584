/** Random single instructions in our engine and on the peer, and what came out differently. */
import type { Prng } from "../../../../src/engine/base/prng.ts";
import type { FieldName, RawFields } from "../../../../src/engine/isa/s390/format.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";
import { bytesOf, encode } from "../../../../src/engine/isa/s390/operands.ts";
import { OwnMachine } from "./ownMachine.ts";
import { runOnPeer, type Outcome, type State } from "./peer.ts";
import { randomFields, randomState } from "./randomState.ts";

export interface Case {
  readonly instruction: Instruction;
  readonly fields: Partial<RawFields>;
  readonly text: Uint8Array;
  readonly state: State;
}

export function randomCase(
  prng: Prng,
  instruction: Instruction,
  allowed: Partial<Record<FieldName, readonly number[]>>,
  masks: readonly number[] = [0],
): Case {
  const fields = randomFields(prng, instruction, allowed);
  const text = bytesOf(encode(instruction, fields), instruction.format.length);
  return { instruction, fields, text, state: randomState(prng, { masks }) };
}

const hex = (value: bigint | number): string => value.toString(16);

/** Instructions that do not the same when interpreted and when compiled: the case and what differs. */
export function disagreements(cases: readonly Case[]): unknown[] {
  const [interpreting, compiling] = [new OwnMachine(), new OwnMachine(true)];
  const found = cases.flatMap((one) => {
    const lines = compareOutcomes(compiling.run(one.text, one.state), interpreting.run(one.text, one.state));
    return lines.length ? [{ name: one.instruction.mnemonic, ...describe(one), lines }] : [];
  });
  if (compiling.core.compiledInstructions < cases.length) return ["not everything was compiled"];
  return found;
}

/** Compiled meanings against the exact core behind them. */
export function departures(cases: readonly Case[]): unknown[] {
  const [compiled, exact] = [new OwnMachine(), new OwnMachine()];
  return cases.flatMap((one) => {
    const { instruction, fields, text, state } = one;
    const lines = compareOutcomes(
      compiled.run(text, state),
      exact.call(instruction, instruction.slow!, fields, state),
    );
    return lines.length ? [{ name: instruction.mnemonic, ...describe(one), lines }] : [];
  });
}

/** What differs, as text; nothing if the outcomes are equal. */
export function compareOutcomes(ours: Outcome, theirs: Outcome): string[] {
  const lines: string[] = [];
  const note = (what: string, a: string, b: string): void => {
    if (a !== b) lines.push(`${what}: ours ${a}, peer ${b}`);
  };
  note("kind", ours.kind, theirs.kind);
  note("cc", String(ours.cc), String(theirs.cc));
  note("fpc", hex(ours.fpc), hex(theirs.fpc));
  ours.gr.forEach((value, n) => note(`gr${n}`, hex(value), hex(theirs.gr[n]!)));
  ours.vr.forEach((value, n) => note(`vr${n}`, hex(value), hex(theirs.vr[n]!)));
  note("window", Buffer.from(ours.window).toString("hex"), Buffer.from(theirs.window).toString("hex"));
  return lines;
}

/**
 * Mnemonics with differences: how many, and the first. `skip` sees whether ours was interrupted;
 * `unpredictable` gives the bits of the first operand that the manual leaves open.
 */
export function differences(
  cases: readonly Case[],
  skip: (one: Case, interrupted: boolean) => boolean,
  unpredictable: (one: Case) => bigint = () => 0n,
): unknown[] {
  const machine = new OwnMachine();
  const theirs = runOnPeer(cases);
  const wrong = new Map<string, { count: number; first: unknown }>();
  cases.forEach((one, i) => {
    const ours = machine.run(one.text, one.state);
    if (skip(one, ours.kind !== "")) return;
    const open = unpredictable(one);
    const closed = (outcome: Outcome): Outcome => ({
      ...outcome,
      vr: outcome.vr.map((value, n) => (n === one.fields.v1 ? value & ~open : value)),
    });
    const lines = open
      ? compareOutcomes(closed(ours), closed(theirs[i]!))
      : compareOutcomes(ours, theirs[i]!);
    if (lines.length === 0) return;
    const { mnemonic } = one.instruction;
    const known = wrong.get(mnemonic);
    if (known) known.count++;
    else wrong.set(mnemonic, { count: 1, first: { ...describe(one), lines } });
  });
  return [...wrong].map(([name, { count, first }]) => ({ name, count, first }));
}

function describe({ fields, state }: Case): Record<string, string> {
  const registers = ["v1", "v2", "v3", "v4", "r1", "r2", "r3"].filter((name) => name in fields);
  const operands = registers.map(
    (name) => `${name}=${hex(state.vr[fields[name as "v1"]!]!).padStart(32, "0")}`,
  );
  return {
    fields: JSON.stringify(fields),
    fpc: hex(state.fpc),
    cc: String(state.cc),
    operands: operands.join(" "),
  };
}
