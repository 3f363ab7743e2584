/** The built-in FLIC storm without its end: for as long as a test or a measurement wants it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../engine/machine/bareMachine.ts";
import { root } from "./builtApp.ts";

/** The ELF image; the rounds of the original are counted in r10 and end at ROUNDS. */
export function endlessStorm(): Uint8Array {
  const source = readFileSync(join(root, "resources/guests/flic-storm.s"), "latin1");
  const endless = source.replace(/cghi\s+%r10,ROUNDS\n\s+jl\s+round\n/, "j round\n");
  if (endless === source) throw new Error("flic-storm.s no longer ends its rounds as this expects");
  return program(endless, "endless-storm.s");
}
