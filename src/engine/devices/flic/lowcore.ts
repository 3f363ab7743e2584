/**
 * Stores into a CPU's prefix area for interruptions (Principles of Operation, "Assigned Storage Locations").
 */
import type { GuestMemory } from "../../memory/guestMemory.ts";

/** Offsets from the prefix, in bytes. */
export const lowcore = {
  EXT_PARAMS: 0x80, EXT_CPU_ADDR: 0x84, EXT_INT_CODE: 0x86, PGM_ILC: 0x8c, PGM_CODE: 0x8e,
  DATA_EXC_CODE: 0x90, MON_CLASS: 0x94, PER_CODE: 0x96, PER_ATMID: 0x97, PER_ADDRESS: 0x98,
  EXC_ACCESS_ID: 0xa0,
  PER_ACCESS_ID: 0xa1, OP_ACCESS_ID: 0xa2, AR_MODE_ID: 0xa3, TRANS_EXC_CODE: 0xa8, MON_CODE: 0xb0,
  SUBCHANNEL_ID: 0xb8, SUBCHANNEL_NR: 0xba, IO_INT_PARM: 0xbc, IO_INT_WORD: 0xc0, MCCK_CODE: 0xe8,
  EXT_DAMAGE_CODE: 0xf4, MCCK_FAIL_ADDRESS: 0xf8, LAST_BREAK: 0x110, EXT_PARAMS2: 0x11b8,
  FIXED_LOGOUT: 0x1300,
} as const;

/** Old and new PSW locations of the interruption classes. */
export const pswSlots = {
  restart: [0x120, 0x1a0], external: [0x130, 0x1b0], program: [0x150, 0x1d0], machineCheck: [0x160, 0x1e0],
  io: [0x170, 0x1f0],
} as const;

const LOWCORE_SIZE = 8192;

/** One CPU's prefix area. `ok` turns false at the first store that had no storage behind it. */
export class Lowcore {
  ok: boolean;
  private readonly memory: GuestMemory;
  private readonly base: number;

  /** `prefix` is an absolute address. */
  constructor(memory: GuestMemory, prefix: number) {
    this.memory = memory;
    this.base = prefix;
    this.ok = memory.contains(prefix, LOWCORE_SIZE);
  }

  u8(offset: number, value: number): void {
    if (this.ok) this.memory.setU8(this.base + offset, value, "interruption");
  }
  u16(offset: number, value: number): void {
    if (this.ok) this.memory.setU16(this.base + offset, value, "interruption");
  }
  u32(offset: number, value: number): void {
    if (this.ok) this.memory.setU32(this.base + offset, value, "interruption");
  }
  u64(offset: number, value: bigint): void {
    if (this.ok) this.memory.setU64(this.base + offset, value, "interruption");
  }
  bytes(offset: number, value: Uint8Array): void {
    if (this.ok) this.memory.write(this.base + offset, value, "interruption");
  }
}
