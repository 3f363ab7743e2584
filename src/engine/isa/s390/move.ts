/**
 * Moves and translations within storage: MOVE, MOVE INVERSE, MOVE NUMERICS, MOVE ZONES, MOVE RIGHT TO LEFT,
 * TRANSLATE (Principles of Operation, chapter 7). The work is done by the routines of
 * cpu/routines/storage.ts.
 */
import { helper, op, type Instruction } from "./instruction.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { byteCount, moveCharacters, operands, twoOperandRoutine } from "./storageOperand.ts";
import type { Meaning } from "./semantics.ts";

const byRoutine = (name: string): Meaning => (s, f) => {
  const [a, b] = operands(s, f);
  twoOperandRoutine(s, name, a, b, byteCount(s, f.l1));
};

/**
 * Bytes are moved one at a time from the right; so a first operand that begins before the second and overlaps
 * it feeds it.
 */
function moveRightToLeft(cpu: HelperCpu, to: bigint, toBase: number, from: bigint, fromBase: number): void {
  const length = Number(cpu.gr(0) & 0xffn) + 1;
  const bytes = cpu.loadBytes(from, length, fromBase);
  const ahead = cpu.wrap(from - to);
  if (ahead > 0n && ahead < BigInt(length)) {
    const step = Number(ahead);
    for (let i = length - 1 - step; i >= 0; i--) bytes[i] = bytes[i + step]!;
  }
  cpu.storeBytes(to, bytes, toBase);
}

export const move: readonly Instruction[] = [
  op("mvc", "SS-a", 0xd2, moveCharacters),
  op("mvcin", "SS-a", 0xe8, byRoutine("moveInverse")),
  op("mvn", "SS-a", 0xd1, byRoutine("moveNumerics")),
  op("mvz", "SS-a", 0xd3, byRoutine("moveZones")),
  helper("mvcrl", "SSE", 0xe50a, (cpu, f) => {
    moveRightToLeft(cpu, cpu.address(f.b1, f.d1), f.b1, cpu.address(f.b2, f.d2), f.b2);
  }, { facility: 61 }),
  op("tr", "SS-a", 0xdc, byRoutine("translate")),
];
