/** Lines of source from storage, as a CPU would fetch them. */
import type { DisassembledLine, Hex } from "../../api/debug.ts";
import { disassembleLine, disassemble } from "../../isa/s390/disassemble.ts";
import { lengthOf, type Text } from "../../isa/s390/format.ts";
import type { StorageView } from "./storageView.ts";

const LENGTH_MAX = 6;
const hex = (value: bigint): Hex => value.toString(16).padStart(16, "0");

/** The instruction at an address with its length in bytes; undefined where it cannot be read whole. */
export function instructionAt(
  view: StorageView,
  address: bigint,
): { readonly text: Text; readonly bytes: Uint8Array } | undefined {
  const bytes = view.reachable(address, LENGTH_MAX);
  if (bytes.length < 2) return undefined;
  const halfword = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const length = lengthOf(halfword(0));
  if (bytes.length < length) return undefined;
  const text: Text = [halfword(0), length > 2 ? halfword(2) : 0, length > 4 ? halfword(4) : 0];
  return { text, bytes: bytes.subarray(0, length) };
}

/** Up to `count` instructions; fewer where one cannot be read. */
export function disassembleFrom(view: StorageView, from: bigint, count: number): DisassembledLine[] {
  const lines: DisassembledLine[] = [];
  for (let at = from & ~1n; lines.length < count;) {
    const instruction = instructionAt(view, at);
    if (!instruction) break;
    const { target } = disassemble(instruction.text, at);
    lines.push({
      address: hex(at),
      text: digitsOf(instruction.bytes),
      source: disassembleLine(instruction.text, at),
      ...(target !== undefined && { target: hex(target) }),
    });
    at = BigInt.asUintN(64, at + BigInt(instruction.bytes.length));
  }
  return lines;
}

const digitsOf = (bytes: Uint8Array): Hex =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
