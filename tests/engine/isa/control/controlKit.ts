/** One control instruction on a fresh plain CPU with an operand at ADDRESS. */
import { Prng } from "../../../../src/engine/base/prng.ts";
import { addressSpace } from "../../../../src/engine/isa/s390/addressSpace.ts";
import { branch } from "../../../../src/engine/isa/s390/branch.ts";
import { compressionCall } from "../../../../src/engine/isa/s390/compressionCall.ts";
import { control } from "../../../../src/engine/isa/s390/control.ts";
import { cryptoQuery } from "../../../../src/engine/isa/s390/cryptoQuery.ts";
import type { RawFields } from "../../../../src/engine/isa/s390/format.ts";
import { io } from "../../../../src/engine/isa/s390/io.ts";
import { linkage } from "../../../../src/engine/isa/s390/linkage.ts";
import { miscGeneral } from "../../../../src/engine/isa/s390/miscGeneral.ts";
import { psw } from "../../../../src/engine/isa/s390/psw.ts";
import { sigpDiagnose } from "../../../../src/engine/isa/s390/sigpDiagnose.ts";
import { storageKeys } from "../../../../src/engine/isa/s390/storageKeys.ts";
import { timing } from "../../../../src/engine/isa/s390/timing.ts";
import { FakeCpu, fields, step } from "./fakeCpu.ts";

const tables = [
  addressSpace, branch, compressionCall, control, cryptoQuery, io, linkage, miscGeneral, psw, sigpDiagnose,
  storageKeys, timing,
].flat();

export const ADDRESS = 0x8000n;
/** CR0.37. */
export const SECONDARY_SPACE = 1n << 26n;
/** The operand at ADDRESS, as first or second. */
export const operand = { b2: 15, b1: 15 };

export function freshCpu(): FakeCpu {
  const cpu = new FakeCpu();
  const random = new Prng(11);
  cpu.registers = cpu.registers.map(() => random.u64());
  cpu.controls = cpu.controls.map(() => random.u64() & ~(SECONDARY_SPACE | (1n << 30n)));
  cpu.registers[15] = ADDRESS;
  cpu.controls[12] = 0n;
  return cpu;
}

/** The code of the program interruption, or undefined. */
export function perform(cpu: FakeCpu, mnemonic: string, f: Partial<RawFields>): number | undefined {
  return step(cpu, tables.find((entry) => entry.mnemonic === mnemonic)!, fields(f));
}
