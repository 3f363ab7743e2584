/**
 * One predecoded entry: the instruction, or the program interruption that it is in a mode, because of its
 * fields, its privilege or the registers that it needs.
 */
import { Program, type Instruction } from "../isa/s390/instruction.ts";
import type { EngineMemory } from "./engineMemory.ts";
import { Restriction, type InstructionTexts } from "./instructionTexts.ts";
import { Handler } from "./layout.ts";
import type { Mode } from "./mode.ts";

/** Writes the entry at host offset `at` for a numbered text. */
export function writeEntry(
  memory: EngineMemory,
  texts: InstructionTexts,
  at: number,
  text: number,
  mode: Mode,
): void {
  const restrictions = text === 0 ? 0 : texts.restrictions(text);
  const isFloating = (restrictions & Restriction.floating) !== 0;
  const dxc = isFloating ? floatingException(texts.instructionAt(text), restrictions, mode) : 0;
  let code = restrictions & Restriction.code;
  if (dxc) code = Program.data;
  if (restrictions & Restriction.privileged && mode.problem) code = Program.privileged;
  if (text === 0) code = Program.operation;
  if (code === 0) texts.writeEntry(text, memory.i32, at >> 2);
  else raise(memory, at, code, code === Program.data ? dxc : 0);
}

/** An entry that is nothing but a program interruption. */
function raise({ view }: EngineMemory, at: number, code: number, dxc: number): void {
  view.setUint16(at, Handler.program, true);
  view.setUint32(at + 8, code, true);
  view.setUint32(at + 12, dxc, true);
}

/** DXC of the data exception due when the needed registers are not enabled by CR0; 0 if they are. */
function floatingException({ floating }: Instruction, restrictions: number, mode: Mode): number {
  if (floating === "vector") return mode.vector ? 0 : 0xfe;
  if (mode.afp) return 0;
  if (floating === "bfp") return 2;
  if (floating === "dfp") return 3;
  if (floating === "implied") return 1;
  return restrictions & Restriction.additionalRegister ? 1 : 0;
}
