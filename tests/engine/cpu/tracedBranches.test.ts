/** Branch tracing of hot code: compiled or interpreted, the same entries and the same exception. */
import { describe, expect, it } from "vitest";
import { Reg } from "../../../src/engine/cpu/layout.ts";
import { RegionCompiler } from "../../../src/engine/cpu/regionCompiler.ts";
import { DATA, ORIGIN, PSW_64, RecordingMachine, type Told } from "./recordingMachine.ts";

const BRANCH_TRACING = 1n << 63n;
const LOW_ADDRESS_PROTECTION = 0x1000_0000n;
const SOURCE = `
        lghi    %r10,100
1:      lghi    %r9,0
        larl    %r6,2f
        basr    %r14,%r6
        brctg   %r10,1b
        j       3f
2:      br      %r14
3:`;

interface Outcome {
  readonly told: readonly Told[];
  readonly table: string;
  readonly next: bigint;
  readonly left: bigint;
}

function run(isCompiled: boolean, table: bigint, cr0 = 0x0486_0000n): Outcome {
  const machine = new RecordingMachine(SOURCE);
  const { core } = machine;
  if (isCompiled) core.compiler = new RegionCompiler(core, () => 0);
  core.heatLimit = 4;
  core.memory.u32[Reg.heatLimit >> 2] = core.heatLimit;
  const control = { 0: cr0, 12: BRANCH_TRACING | table };
  const told = machine.record({ ask: 0n, mask: PSW_64, control }, () => undefined);
  // Of an exception at the first branch nothing is hot yet.
  if (core.cpu.gr(10) < 100n) expect(core.compiledInstructions > 0n).toBe(isCompiled);
  const next = core.cpu.cr(12) - BRANCH_TRACING;
  const entries = Buffer.from(core.ram.read(Number(DATA), 0x1000)).toString("hex");
  return { told, table: entries, next, left: core.cpu.gr(10) };
}

describe("branch tracing of hot code", () => {
  it("has an entry for each call, wherever it runs", () => {
    const [interpreted, compiled] = [false, true].map((isCompiled) => run(isCompiled, DATA));
    expect(compiled).toEqual(interpreted);
    expect(interpreted!.next).toBe(DATA + 800n);
    expect(interpreted!.table.slice(0, 1616)).toBe(`${"5180000000010018".repeat(100)}${"0".repeat(16)}`);
  });
  it("nullifies the call whose entry would reach the end of its page, in either", () => {
    const [interpreted, compiled] = [false, true].map((isCompiled) => run(isCompiled, DATA + 0x1000n - 404n));
    expect(compiled).toEqual(interpreted);
    const { told, next, left } = interpreted!;
    expect(told.map(({ code, next: at }) => [code, at - ORIGIN])).toEqual([[0x16, 14n]]);
    expect([next, left]).toEqual([DATA + 0x1000n - 4n, 50n]);
  });
  it("obeys low-address protection", () => {
    for (const isCompiled of [false, true]) {
      const { told, next } = run(isCompiled, 0x100n, 0x0486_0000n | LOW_ADDRESS_PROTECTION);
      expect([told[0]?.code, next]).toEqual([4, 0x100n]);
    }
  });
});
