/**
 * Runs a case program under the engine and under the user-mode emulator, and gives what each left in storage.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Core } from "../../../../src/engine/cpu/core.ts";
import { Reg } from "../../../../src/engine/cpu/layout.ts";
import { RegionCompiler } from "../../../../src/engine/cpu/regionCompiler.ts";
import { FLAG, LOAD, elfOf, type UserProgram } from "./userProgram.ts";

const PEER = "qemu-s390x";
export const havePeer = ((): boolean => {
  try {
    execFileSync(PEER, ["--version"], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
})();

export function runPeer(program: UserProgram): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "latchwork-cases-"));
  try {
    const [elf, out] = [join(folder, "cases"), join(folder, "out")];
    writeFileSync(elf, elfOf(program), { mode: 0o755 });
    const fd = openSync(out, "w");
    const result = spawnSync(PEER, ["-cpu", "max", elf], { stdio: ["ignore", fd, "pipe"] });
    closeSync(fd);
    if (result.status !== 0)
      throw new Error(`peer ended with ${result.status ?? result.signal}: ${String(result.stderr)}`);
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const RAM = 16 << 20;
/** 64-bit addressing, supervisor state, no DAT, all interruption classes off. */
const PSW = 0x1_8000_0000n;
const PROGRAM_OLD = 0x150;

export interface EngineOutcome {
  readonly dump: Uint8Array;
  /** Program interruption code by case, 0 for none. */
  readonly codes: readonly number[];
  /** Instructions that ran in compiled regions. */
  readonly compiledCount: bigint;
}

/** `compiled`: every case is compiled when it is reached for the first time. */
export function runEngine(program: UserProgram, compiled = false): EngineOutcome {
  const core = new Core(RAM, 1);
  core.ram.write(LOAD, program.bytes, "loader");
  for (const fresh of [0x1c0, 0x1d0]) core.ram.setU64(fresh, PSW, "loader");
  if (!compiled) return runOnce(core, program);
  core.compiler = new RegionCompiler(core, () => 0);
  core.heatLimit = 1;
  core.memory.u32[Reg.heatLimit >> 2] = 1;
  return runOnce(core, program);
}

function runOnce(core: Core, program: UserProgram): EngineOutcome {
  const ram = core.ram;
  core.setPsw(PSW, BigInt(program.start));
  const codes = program.cases.map(() => 0);
  let interrupted: { code: number; pc: bigint } | undefined;
  core.onProgram = (code, pc) => {
    interrupted = { code, pc };
  };
  // Enough for every case's instructions; a program that has not ended by then went astray.
  for (let turns = 0; core.pc !== BigInt(program.end); turns++) {
    if (turns > 8000 + program.cases.length * 3)
      throw new Error(`the engine's program went astray: ${core.pc.toString(16)}`);
    interrupted = undefined;
    // A slice of 1000 instructions is at most 6000 bytes: it must not run over the end.
    core.run(core.pc >= BigInt(program.end) - 6000n ? 1 : 1000);
    const seen = interrupted as { code: number; pc: bigint } | undefined;
    if (!seen) continue;
    const index = program.recover.findIndex((at) => BigInt(at) > seen.pc);
    if (index < 0) throw new Error(`interruption ${seen.code} at ${seen.pc.toString(16)}`);
    codes[index] = seen.code;
    ram.setU8(program.outAddress(index) + FLAG, 1, "loader");
    core.setPsw(ram.u64(PROGRAM_OLD), BigInt(program.recover[index]!));
  }
  return {
    dump: ram.read(program.dumpFrom, program.dumpLength),
    codes,
    compiledCount: core.memory.u64[Reg.compiledCount >> 3]!,
  };
}
