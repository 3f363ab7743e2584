/** Differences of two outcomes of a case program, as sentences. */
import { ACCESS, CODE, FLAG, OUT_SIZE, type UserProgram } from "./userProgram.ts";
import { WINDOW } from "./randomCase.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** One line for every register, code, flag or storage byte run in which `engine` is not like `peer`. */
export function differences(program: UserProgram, peer: Uint8Array, engine: Uint8Array): string[] {
  const lines: string[] = [];
  program.cases.forEach((c, index) => {
    const out = program.outAddress(index) - program.dumpFrom;
    const window = program.windowAddress(index) - program.dumpFrom;
    const found: string[] = [];
    const part = (name: string, from: number, length: number): void => {
      const [a, b] = [peer.subarray(from, from + length), engine.subarray(from, from + length)].map(hex);
      if (a !== b) found.push(`${name} ${b} instead of ${a}`);
    };
    for (let r = 0; r < 16; r++) part(`r${r}`, out + 8 * r, 8);
    for (let r = 0; r < 16; r++) part(`a${r}`, out + ACCESS + 4 * r, 4);
    part("code and mask", out + CODE, 1);
    part("interrupted", out + FLAG, 1);
    for (let at = 0; at < WINDOW; at += 16) part(`window+${at}`, window + at, 16);
    if (found.length > 0) {
      const registers = c.registers.map((v, r) => `r${r}=${v.toString(16)}`).join(" ");
      lines.push(
        `${c.instruction.mnemonic} ${JSON.stringify(c.fields)} cc=${c.cc} ${registers}: ${found.join(", ")}`,
      );
    }
  });
  if (OUT_SIZE * program.cases.length > engine.length) lines.push("the engine's outcome is too short");
  return lines;
}
