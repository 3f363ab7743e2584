/** Writes the meaning of one interpreter handler with its fixed fields. */
import { assert } from "../base/assert.ts";
import type { HandlerVariant } from "./handlers.ts";
import type { InterpreterBuilder } from "./interpreterBuilder.ts";

export function writeMeaning(b: InterpreterBuilder, v: HandlerVariant): void {
  b.instruction = v.instruction;
  const { meaning } = v.instruction;
  assert(meaning, "only compiled instructions have handlers");
  b.fn.scope(() => meaning(b, b.fields(v.instruction.format, v.fixed)));
}
