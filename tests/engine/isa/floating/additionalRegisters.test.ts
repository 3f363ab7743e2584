/**
 * Without the AFP-register control of CR0 hexadecimal-floating-point and loading instructions reach registers
 * 0, 2, 4 and 6 (Principles of Operation, chapter 9, "Additional Floating-Point Facilities"): data-exception
 * code 1 else. General registers among the operands are not concerned.
 */
import { describe, expect, it } from "vitest";
import { bytesOf, encode } from "../../../../src/engine/isa/s390/operands.ts";
import { instructions } from "../../../../src/engine/isa/s390/instructions.ts";
import type { FieldName } from "../../../../src/engine/isa/s390/format.ts";
import { OwnMachine } from "./ownMachine.ts";
import { WINDOW, WINDOW_BYTES, type State } from "./peer.ts";

/** Fields that are general registers, or no operand; all others of these instructions are floating ones. */
const general: Readonly<Record<string, FieldName>> = {
  cefr: "r2", cdfr: "r2", cxfr: "r2", cegr: "r2", cdgr: "r2", cxgr: "r2", ldgr: "r2",
  cfer: "r1", cfdr: "r1", cfxr: "r1", cger: "r1", cgdr: "r1", cgxr: "r1", lgdr: "r1",
  lzer: "r2", lzdr: "r2", lzxr: "r2",
};
const state: State = {
  cc: 0,
  fpc: 0,
  gr: Array.from({ length: 16 }, () => BigInt(WINDOW)),
  vr: Array.from({ length: 32 }, () => 0n),
  window: new Uint8Array(WINDOW_BYTES),
};
const subjects = instructions.filter(({ floating }) => floating === "hfp");

describe("without additional floating-point registers", () => {
  const machine = new OwnMachine();
  machine.core.cpu.setCr(0, 0n);

  it.each(subjects.map((one) => [one.mnemonic, one] as const))("%s", (mnemonic, instruction) => {
    const { check, format } = instruction;
    const names = format.fields.filter(({ kind }) => kind === "reg").map(({ name }) => name);
    const hasBase = format.fields.some((f) => f.name === "b2");
    // Every register number in each operand alone, and in all of them.
    const chosen = [1, 2, 4, 7].flatMap((which) => Array.from({ length: 16 }, (_, r) => ({ which, r })));
    let refused = 0;
    for (const { which, r: number } of chosen) {
      const values = names.map((name, i) => [name, (which >> i) & 1 ? number : 0] as const);
      const fields = { ...Object.fromEntries(values), ...(hasBase ? { b2: 1 } : {}) };
      const text = bytesOf(encode(instruction, fields), format.length);
      machine.core.ram.setU32(0x90, 0, "debugger");
      machine.run(text, state);
      const isRefused = machine.interruption === 7 && machine.core.ram.u32(0x90) === 1;
      const floating = values.filter(([name]) => general[mnemonic] !== name);
      const isAdditional = floating.some(([, r]) => ![0, 2, 4, 6].includes(r));
      // Which of both comes first where the registers are no pair either is not said.
      if (machine.interruption !== 6 || !check)
        expect(isRefused, `${mnemonic} ${JSON.stringify(fields)}`).toBe(isAdditional);
      if (isRefused) refused++;
    }
    expect(refused).toBeGreaterThan(0);
  });
});
