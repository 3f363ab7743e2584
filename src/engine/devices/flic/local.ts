/**
 * Interrupts pending for one CPU alone, and the rules that decide what an injection becomes
 * (vcpu ioctls KVM_S390_INTERRUPT, KVM_S390_IRQ and KVM_S390_SET_IRQ_STATE).
 *
 * Each kind has one payload slot; only emergency signals are kept apart, one per sending CPU.
 */
import { errno } from "../../api/errno.ts";
import {
  KVM_S390_PGM_FLAGS_ILC_MASK, KVM_S390_PGM_FLAGS_ILC_VALID, KVM_S390_STOP_FLAG_STORE_STATUS, interruptType,
  type MchkInfo, type PgmInfo,
} from "../../uapi/s390Interrupt.ts";
import type { Decisions } from "./decision.ts";
import { PENDING_BIT_COUNT, bitOfType, pendingBit } from "./interruptBits.ts";
import type { VcpuPort } from "./vcpuPort.ts";

const T = interruptType;

/** ext_params, pad and ext_params2 of PFAULT_INIT; the last is the guest's token. */
export interface PageFaultPayload {
  readonly params: number;
  readonly pad: number;
  readonly params2: bigint;
}

/** An interrupt for one CPU. `code` of the two signals is the sending CPU's address. */
export type LocalInterrupt =
  | { readonly type: typeof T.PROGRAM_INT; readonly pgm: PgmInfo }
  | { readonly type: typeof T.MCHK; readonly mchk: MchkInfo }
  | { readonly type: typeof T.SIGP_STOP; readonly flags: number }
  | { readonly type: typeof T.SIGP_SET_PREFIX; readonly address: number }
  | ({ readonly type: typeof T.INT_PFAULT_INIT } & PageFaultPayload)
  | { readonly type: typeof T.INT_EMERGENCY | typeof T.INT_EXTERNAL_CALL; readonly code: number }
  | { readonly type: typeof T.RESTART | typeof T.INT_CLOCK_COMP | typeof T.INT_CPU_TIMER };

/** CPUSTAT bits of the SIE state description that injections and deliveries use. */
export const cpustat = {
  WAIT: 0x10000000, ECALL_PEND: 0x08000000, STOP_INT: 0x04000000, IO_INT: 0x02000000, EXT_INT: 0x01000000,
} as const;

const EXIGENT_MCIC = (1n << 63n) | (1n << 62n);
const REPRESSIBLE_MCIC = (1n << 58n) | (1n << 56n) | (1n << 55n);
const PGM_PER = 0x80;

export const emptyPgm = (): PgmInfo => ({
  trans_exc_code: 0n, mon_code: 0n, per_address: 0n, data_exc_code: 0, code: 0, mon_class_nr: 0, per_code: 0,
  per_atmid: 0, exc_access_id: 0, per_access_id: 0, op_access_id: 0, flags: 0, pad: 0,
});
export const emptyMchk = (): MchkInfo => ({
  cr14: 0n, mcic: 0n, failing_storage_address: 0n, ext_damage_code: 0, pad: 0,
  fixed_logout: new Uint8Array(16),
});

/** What an injection has to ask of the machine. */
export interface LocalContext {
  readonly port: VcpuPort;
  readonly cpuExists: (id: number) => boolean;
  /** External calls go to the machine's own SIGP area. */
  readonly sigpInterpretation: boolean;
}

export class LocalPending {
  bits = 0;
  pgm = emptyPgm();
  mchk = emptyMchk();
  pfault: PageFaultPayload = { params: 0, pad: 0, params2: 0n };
  externalCall = 0;
  prefix = 0;
  stopFlags = 0;
  /** Sending CPU's address to identity, for every emergency signal pending. */
  readonly emergency = new Map<number, number>();
  /** External call in the machine's SIGP area. */
  sca: { source: number; id: number } | undefined;
  /** CPUSTAT_* request bits now set. */
  cpuflags = 0;
  /** Identity behind each pending bit; emergency signals have theirs in `emergency`. */
  readonly ids: number[] = new Array<number>(PENDING_BIT_COUNT).fill(0);
  private readonly decisions: Decisions;

  constructor(decisions: Decisions) {
    this.decisions = decisions;
  }

  has(bit: number): boolean {
    return (this.bits & (1 << bit)) !== 0;
  }

  /** 0 or the errno of the type's own rules. */
  inject(interrupt: LocalInterrupt, context: LocalContext): number {
    const cpu = context.port.id;
    const bit = bitOfType(interrupt.type);
    const id = this.decisions.raise(interrupt.type, bit, cpu);
    const result = this.accept(interrupt, id, context);
    if (result !== 0) this.decisions.note("refused", id, interrupt.type, bit, cpu);
    return result;
  }

  private accept(interrupt: LocalInterrupt, id: number, context: LocalContext): number {
    switch (interrupt.type) {
      case T.PROGRAM_INT: return this.acceptProgram(interrupt.pgm, id, context);
      case T.MCHK: return this.acceptMachineCheck(interrupt.mchk, id, context.port.id);
      case T.SIGP_STOP: return this.acceptStop(interrupt.flags, id, context.port);
      case T.SIGP_SET_PREFIX:
        if (!context.port.stopped()) return errno.EBUSY;
        this.prefix = interrupt.address;
        return this.settle(pendingBit.SET_PREFIX, interrupt.type, id, context.port.id);
      case T.INT_PFAULT_INIT:
        this.pfault = { params: interrupt.params, pad: interrupt.pad, params2: interrupt.params2 };
        this.cpuflags |= cpustat.EXT_INT;
        return this.settle(pendingBit.PFAULT_INIT, interrupt.type, id, context.port.id);
      case T.RESTART: return this.settle(pendingBit.RESTART, interrupt.type, id, context.port.id);
      case T.INT_CLOCK_COMP:
        this.cpuflags |= cpustat.EXT_INT;
        return this.settle(pendingBit.EXT_CLOCK_COMP, interrupt.type, id, context.port.id);
      case T.INT_CPU_TIMER:
        this.cpuflags |= cpustat.EXT_INT;
        return this.settle(pendingBit.EXT_CPU_TIMER, interrupt.type, id, context.port.id);
      case T.INT_EMERGENCY: return this.acceptEmergency(interrupt.code, id, context);
      case T.INT_EXTERNAL_CALL: return this.acceptExternalCall(interrupt.code, id, context);
    }
  }

  /** A PER event and another program interruption merge into one; otherwise the newer replaces the older. */
  private acceptProgram(given: PgmInfo, id: number, { port }: LocalContext): number {
    let flags = given.flags;
    if (!(flags & KVM_S390_PGM_FLAGS_ILC_VALID)) {
      flags &= ~KVM_S390_PGM_FLAGS_ILC_MASK;
      flags |= port.interceptedInstructionLength() & KVM_S390_PGM_FLAGS_ILC_MASK;
      flags |= KVM_S390_PGM_FLAGS_ILC_VALID;
    }
    const held = this.pgm;
    const { per_address, per_code, per_atmid, per_access_id } = given.code & PGM_PER ? given : held;
    const per = { per_address, per_code, per_atmid, per_access_id };
    if (given.code === PGM_PER) this.pgm = { ...held, ...per, code: held.code | PGM_PER, flags };
    else if (given.code & PGM_PER) this.pgm = { ...given, flags };
    else this.pgm = { ...given, ...per, pad: held.pad, code: (held.code & PGM_PER) | given.code, flags };
    return this.settle(pendingBit.PROG, T.PROGRAM_INT, id, port.id);
  }

  /** Conditions accumulate in one slot; only bits that say exigent or repressible make it pending. */
  private acceptMachineCheck(given: MchkInfo, id: number, cpu: number): number {
    const held = this.mchk;
    this.mchk = {
      cr14: held.cr14 | given.cr14,
      mcic: held.mcic | given.mcic,
      ext_damage_code: (held.ext_damage_code | given.ext_damage_code) >>> 0,
      failing_storage_address: given.failing_storage_address,
      pad: held.pad,
      fixed_logout: given.fixed_logout.slice(),
    };
    if (this.mchk.mcic & EXIGENT_MCIC) return this.settle(pendingBit.MCHK_EX, T.MCHK, id, cpu);
    if (this.mchk.mcic & REPRESSIBLE_MCIC) return this.settle(pendingBit.MCHK_REP, T.MCHK, id, cpu);
    this.decisions.note("coalesced", id, T.MCHK, pendingBit.MCHK_REP, cpu);
    return 0;
  }

  private acceptStop(flags: number, id: number, port: VcpuPort): number {
    if (flags & ~KVM_S390_STOP_FLAG_STORE_STATUS) return errno.EINVAL;
    if (port.stopped()) {
      const result = flags & KVM_S390_STOP_FLAG_STORE_STATUS ? port.storeStatus() : 0;
      if (result === 0) this.decisions.note("taken", id, T.SIGP_STOP, pendingBit.SIGP_STOP, port.id);
      return result;
    }
    if (this.has(pendingBit.SIGP_STOP)) return errno.EBUSY;
    this.stopFlags = flags;
    this.cpuflags |= cpustat.STOP_INT;
    return this.settle(pendingBit.SIGP_STOP, T.SIGP_STOP, id, port.id);
  }

  private acceptEmergency(source: number, id: number, { cpuExists, port }: LocalContext): number {
    if (!cpuExists(source)) return errno.EINVAL;
    this.cpuflags |= cpustat.EXT_INT;
    const holder = this.emergency.get(source);
    if (holder === undefined) this.emergency.set(source, id);
    this.bits |= 1 << pendingBit.EXT_EMERGENCY;
    const step = holder === undefined ? "queued" : "coalesced";
    this.decisions.note(step, id, T.INT_EMERGENCY, pendingBit.EXT_EMERGENCY, port.id, holder ?? 0);
    return 0;
  }

  private acceptExternalCall(source: number, id: number, context: LocalContext): number {
    if (!context.cpuExists(source)) return errno.EINVAL;
    if (context.sigpInterpretation) {
      if (this.sca) return errno.EBUSY;
      this.sca = { source, id };
      this.cpuflags |= cpustat.ECALL_PEND;
      this.decisions.note("queued", id, T.INT_EXTERNAL_CALL, pendingBit.EXT_EXTERNAL, context.port.id);
      return 0;
    }
    if (this.has(pendingBit.EXT_EXTERNAL)) return errno.EBUSY;
    this.externalCall = source;
    this.cpuflags |= cpustat.EXT_INT;
    return this.settle(pendingBit.EXT_EXTERNAL, T.INT_EXTERNAL_CALL, id, context.port.id);
  }

  /** Makes `bit` pending under `id`, or merges `id` into what is pending there. Returns 0. */
  private settle(bit: number, type: number, id: number, cpu: number): 0 {
    if (this.has(bit)) {
      this.decisions.note("coalesced", id, type, bit, cpu, this.ids[bit]!);
      return 0;
    }
    this.bits |= 1 << bit;
    this.ids[bit] = id;
    this.decisions.note("queued", id, type, bit, cpu);
    return 0;
  }

  /** Turns `bit` off; returns the identity that was behind it. */
  drop(bit: number): number {
    const id = this.ids[bit]!;
    this.bits &= ~(1 << bit);
    this.ids[bit] = 0;
    return id;
  }

  /** Lowest-numbered sender of a pending emergency signal, with its identity; taken. */
  takeEmergency(): { source: number; id: number } {
    const source = Math.min(...this.emergency.keys());
    const id = this.emergency.get(source) ?? 0;
    this.emergency.delete(source);
    if (this.emergency.size === 0) this.bits &= ~(1 << pendingBit.EXT_EMERGENCY);
    return { source, id };
  }

  /** A CPU reset's clear: nothing stays pending, payloads are zero. */
  clear(cpu: number): void {
    for (const { id, type, bit } of this.pendingIdentities())
      this.decisions.note("cleared", id, type, bit, cpu);
    this.bits = 0;
    this.ids.fill(0);
    this.emergency.clear();
    this.sca = undefined;
    this.cpuflags &= ~cpustat.ECALL_PEND;
    this.pgm = emptyPgm();
    this.mchk = emptyMchk();
    this.pfault = { params: 0, pad: 0, params2: 0n };
    this.externalCall = this.prefix = this.stopFlags = 0;
  }

  /** One entry per pending interrupt. */
  pendingIdentities(): { id: number; type: number; bit: number }[] {
    const found: { id: number; type: number; bit: number }[] = [];
    for (let bit = 0; bit < PENDING_BIT_COUNT && this.bits !== 0; bit++)
      if (this.has(bit) && bit !== pendingBit.EXT_EMERGENCY)
        found.push({ id: this.ids[bit]!, type: localType(bit), bit });
    for (const id of this.emergency.values())
      found.push({ id, type: T.INT_EMERGENCY, bit: pendingBit.EXT_EMERGENCY });
    if (this.sca) found.push({ id: this.sca.id, type: T.INT_EXTERNAL_CALL, bit: pendingBit.EXT_EXTERNAL });
    return found;
  }
}

/** Type code of a local pending bit. */
export function localType(bit: number): number {
  return typesOfBits.get(bit) ?? 0;
}

const typesOfBits: ReadonlyMap<number, number> = new Map([
  ...Object.values(T).map((type) => [bitOfType(type), type] as const), [pendingBit.MCHK_EX, T.MCHK],
]);
