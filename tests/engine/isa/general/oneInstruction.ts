/** One instruction on a fresh state of a CPU core without DAT, in 64-bit mode. */
import { Core } from "../../../../src/engine/cpu/core.ts";
import type { RawFields } from "../../../../src/engine/isa/s390/format.ts";
import { instructionNamed } from "../../../../src/engine/isa/s390/instructions.ts";
import { bytesOf, encode } from "../../../../src/engine/isa/s390/operands.ts";

export const RAM = 1 << 20;
const CODE = 0x2000;
const EXTENDED = 0x1_8000_0000n;
const PROGRAM_NEW = 0x1d0;

export interface Before {
  readonly registers?: { readonly [register: number]: bigint };
  readonly access?: { readonly [register: number]: number };
  readonly cc?: number;
  readonly programMask?: number;
  readonly bits?: 24 | 31 | 64;
}
export interface After {
  readonly registers: bigint[];
  readonly access: number[];
  readonly cc: number;
  /** Program interruption code, 0 for none. */
  readonly interruption: number;
  readonly dxc: number;
  /** Instruction address afterwards; that of the old PSW after an interruption. */
  readonly address: bigint;
  readonly bits: number;
}

export class OneInstruction {
  readonly core = new Core(RAM, 1);

  constructor() {
    this.core.ram.setU64(PROGRAM_NEW, EXTENDED, "loader");
    this.core.ram.setU64(PROGRAM_NEW + 8, 0x1000n, "loader");
  }
  store(address: number, bytes: Uint8Array): void {
    this.core.ram.write(address, bytes, "loader");
  }
  read(address: number, length: number): Uint8Array {
    return this.core.ram.read(address, length);
  }

  run(mnemonic: string, fields: Partial<RawFields>, before: Before = {}): After {
    const { core } = this;
    const { cpu } = core;
    const instruction = instructionNamed(mnemonic)!;
    this.store(CODE, bytesOf(encode(instruction, fields), instruction.format.length));
    const { cc = 0, programMask = 0, bits = 64 } = before;
    const mode = bits === 64 ? EXTENDED : bits === 31 ? 0x8000_0000n : 0n;
    core.setPsw(mode | (BigInt((cc << 12) | (programMask << 8)) << 32n), BigInt(CODE));
    for (let r = 0; r < 16; r++) {
      cpu.setGr(r, before.registers?.[r] ?? 0n);
      cpu.setAr(r, before.access?.[r] ?? 0);
    }
    let interruption = 0;
    core.onProgram = (code) => {
      interruption = code;
    };
    core.run(1);
    const oldMask = core.ram.u64(0x150);
    return {
      registers: Array.from({ length: 16 }, (_, r) => cpu.gr(r)),
      access: Array.from({ length: 16 }, (_, r) => cpu.ar(r)),
      cc: interruption ? Number((oldMask >> 44n) & 3n) : core.conditionCode(),
      interruption,
      dxc: core.ram.u32(0x90),
      address: interruption ? core.ram.u64(0x158) : core.pc,
      bits: cpu.addressBits,
    };
  }
}
export const codeAddress = BigInt(CODE);
