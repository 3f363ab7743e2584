/** A sequence as a reader wants it: its code disassembled, and what happened when it ran. */
import { disassemble } from "../../../src/engine/isa/s390/disassemble.ts";
import type { Text } from "../../../src/engine/isa/s390/format.ts";
import type { PlacedInstruction, Sequence } from "./sequence.ts";
import type { Outcome } from "./twinCores.ts";

const hex = (n: number): string => n.toString(16);

function line(i: PlacedInstruction): string {
  const halfword = (at: number): number => (at < i.bytes.length ? (i.bytes[at]! << 8) | i.bytes[at + 1]! : 0);
  const text: Text = [halfword(0), halfword(2), halfword(4)];
  const shown = disassemble(text, BigInt(i.address));
  const aside = i.executed ? "  (target of an EXECUTE)" : "";
  return `  ${hex(i.address)}  ${shown.mnemonic} ${shown.operands}${aside}`;
}

export function describeSequence(s: Sequence, outcome: Outcome): string {
  const steps = outcome.trace.slice(-16).map(({ at, code }) => hex(at) + (code ? `!${hex(code)}` : ""));
  return [
    `seed ${s.seed}, ${s.mode}, slices of ${s.slice}, heat ${s.heat}, prefix ${hex(s.prefix)}`,
    `  from ${hex(s.entry)} to ${hex(s.end)}`,
    ...[...s.code].sort((a, b) => a.address - b.address).map(line),
    `  last steps, !interruption: ${steps.join(" ")}`,
    `  ${outcome.difference ?? "no difference"}`,
  ].join("\n");
}
