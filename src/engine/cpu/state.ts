/**
 * What a vCPU leaves in a snapshot: what the architecture knows of it, and where it stands between two
 * instructions. Translations, predecoded pages and compiled regions are no state: they are made again.
 */
import { assert } from "../base/assert.ts";
import { Cc } from "../isa/s390/semantics.ts";
import { defineState, field, type StateSchema } from "../snapshot/schema.ts";
import type { Core } from "./core.ts";
import { Reg } from "./layout.ts";
import type { CpuState, Vcpu } from "./vcpu.ts";

export interface VcpuState {
  state: CpuState;
  pswMask: bigint;
  pswAddress: bigint;
  gr: bigint[];
  ar: number[];
  cr: bigint[];
  /** 16 bytes each, as VST stores them; floating-point register n is the first half of vector register n. */
  vr: Uint8Array[];
  fpc: number;
  prefix: number;
  clockComparator: bigint;
  /** CPU timer at virtual nanosecond `cpuTimerAt`. */
  cpuTimer: bigint;
  cpuTimerAt: bigint;
  todProgrammable: number;
  /** Of the last exception: some program interruptions store what an earlier one left. */
  teid: bigint;
  exceptionAccess: number;
  monitorClass: number;
  monitorCode: bigint;
}

/** Of the thread that runs a vCPU; it is the machine's, and travels with its vCPU. */
export interface VcpuThreadState {
  /** Blocked: passed over until woken; and then looked after by the scheduler alone. */
  idle: boolean;
  watchful: boolean;
  /** Requests pending: bit n from the right is request number n. */
  requests: bigint;
  /** Interlock-and-broadcast suppression. */
  ibs: boolean;
}

const PREFIX_BYTES = 8192;
/** FPC bits 6, 7, 14, 15, 24 and 28, and BFP rounding modes 4 to 6, never get into the register. */
const FPC_RESERVED = 0x0303_0088;
/** PSW bits 33 to 63. */
const PSW_RESERVED = 0x7fff_ffffn;
const CONDITION_CODE = 12;
const PROGRAM_MASK = 8;

const sixteen = { max: 16, min: 16 };

/** Request 2, UNBLOCK: to version 1 the only one. */
const UNBLOCK = 4n;

export const vcpuState = (id: number): StateSchema<VcpuState & VcpuThreadState> =>
  defineState<VcpuState & VcpuThreadState>({
    name: `cpu.${id}`,
    version: 2,
    fields: {
      state: field.oneOf("stopped", "operating", "check-stop", "load"),
      pswMask: field.u64(),
      pswAddress: field.u64(),
      gr: field.list(field.u64(), sixteen),
      ar: field.list(field.u32(), sixteen),
      cr: field.list(field.u64(), sixteen),
      vr: field.list(field.bytes(16), { max: 32, min: 32 }),
      fpc: field.u32(),
      prefix: field.u32(),
      clockComparator: field.u64(),
      cpuTimer: field.i64(),
      cpuTimerAt: field.u64(),
      todProgrammable: field.u32(),
      teid: field.u64(),
      exceptionAccess: field.u8(),
      monitorClass: field.u16(),
      monitorCode: field.u64(),
      idle: field.bool(),
      watchful: field.bool(),
      requests: field.u64(),
      ibs: field.bool(),
    },
    upgrade: { 1: ({ kicked, ...old }) => ({ ...old, requests: kicked ? UNBLOCK : 0n, ibs: false }) },
    objection({ pswMask, fpc, prefix }) {
      if (pswMask & PSW_RESERVED) return "its PSW has bits that no CPU has";
      if (fpc & FPC_RESERVED || ((fpc & 7) > 3 && (fpc & 7) < 7)) return "its FPC has reserved bits";
      return prefix % PREFIX_BYTES === 0 ? undefined : "its prefix is no multiple of 8192";
    },
  });

/** Register block: the live one while this CPU is current. */
const registersOf = (core: Core, vcpu: Vcpu): DataView =>
  core.vcpu === vcpu ? core.memory.view : new DataView(vcpu.parked.buffer);

export function saveVcpu(core: Core, vcpu: Vcpu): VcpuState {
  const r = registersOf(core, vcpu);
  const words = (at: number, count: number): number[] =>
    Array.from({ length: count }, (_, n) => r.getUint32(at + n * 4, true));
  const doublewords = (at: number, count: number): bigint[] =>
    Array.from({ length: count }, (_, n) => r.getBigUint64(at + n * 8, true));
  const condition = core.conditionCode(r) << CONDITION_CODE;
  const programMask = r.getUint32(Reg.programMask, true) << PROGRAM_MASK;
  const high = (vcpu.maskHigh & ~0x3f00) | condition | programMask;
  const { state, clockComparator, cpuTimerBase: cpuTimer, cpuTimerAt, todProgrammable } = vcpu;
  const { teid, exceptionAccess, monitorClass, monitorCode } = vcpu;
  return {
    state, pswMask: (BigInt(high >>> 0) << 32n) | BigInt(vcpu.maskLow >>> 0),
    pswAddress: r.getBigUint64(Reg.pc, true),
    gr: doublewords(Reg.gpr, 16), ar: words(Reg.ar, 16), cr: doublewords(Reg.cr, 16),
    vr: Array.from({ length: 32 }, (_, n) => vectorAt(r, Reg.vr + n * 16)),
    fpc: r.getUint32(Reg.fpc, true), prefix: r.getUint32(Reg.prefix, true), clockComparator,
    cpuTimer: BigInt.asIntN(64, cpuTimer), cpuTimerAt, todProgrammable, teid, exceptionAccess, monitorClass,
    monitorCode,
  };
}

/** A vector register is a little-endian number of 128 bits in the block. */
function vectorAt(registers: DataView, at: number): Uint8Array {
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) bytes[i] = registers.getUint8(at + 15 - i);
  return bytes;
}

/** The prefix area must be in storage. The caller refreshes the mode of the CPU that is current. */
export function loadVcpu(core: Core, vcpu: Vcpu, saved: VcpuState): void {
  assert(core.ram.contains(saved.prefix, PREFIX_BYTES), "the prefix area is in storage");
  const r = registersOf(core, vcpu);
  saved.gr.forEach((value, n) => r.setBigUint64(Reg.gpr + n * 8, value, true));
  saved.ar.forEach((value, n) => r.setUint32(Reg.ar + n * 4, value, true));
  saved.cr.forEach((value, n) => r.setBigUint64(Reg.cr + n * 8, value, true));
  saved.vr.forEach((bytes, n) => bytes.forEach((byte, i) => r.setUint8(Reg.vr + n * 16 + 15 - i, byte)));
  r.setUint32(Reg.fpc, saved.fpc, true);
  r.setUint32(Reg.prefix, saved.prefix, true);
  r.setBigUint64(Reg.pc, saved.pswAddress, true);
  const high = Number(saved.pswMask >> 32n);
  r.setUint32(Reg.ccOp, Cc.value, true);
  r.setBigUint64(Reg.ccA, BigInt((high >>> CONDITION_CODE) & 3), true);
  r.setUint32(Reg.programMask, (high >>> PROGRAM_MASK) & 15, true);
  vcpu.maskHigh = (high & ~0x3f00) >>> 0;
  vcpu.maskLow = Number(saved.pswMask & 0xffff_ffffn);
  const { state, clockComparator, cpuTimer: cpuTimerBase, cpuTimerAt, todProgrammable } = saved;
  const { teid, exceptionAccess, monitorClass, monitorCode } = saved;
  Object.assign(vcpu, {
    state, clockComparator, cpuTimerBase, cpuTimerAt, todProgrammable, teid, exceptionAccess, monitorClass,
    monitorCode,
  });
}
