/** One CPU of the model: what is pending for it alone, and the rules of its injections. */
import { emptyMchk, emptyPgm, type LocalInterrupt } from "../../../../../src/engine/devices/flic/local.ts";
import type { ModelCpu } from "./modelCpu.ts";
import type { MchkInfo, PgmInfo } from "../../../../../src/engine/uapi/s390Interrupt.ts";
import { bit, bitOfType, type, type Speaker } from "./pending.ts";

const [EINVAL, EBUSY] = [-22, -16];
const PER = 0x80;

/** CPUSTAT bits of the SIE state description. */
export const cpustat =
  { WAIT: 0x10000000, ECALL_PEND: 0x08000000, STOP_INT: 0x04000000, IO_INT: 0x02000000, EXT_INT: 0x01000000 };

export class LocalModel {
  readonly registers: ModelCpu;
  /** Identity by pending bit; emergency signals are in their own list. */
  readonly pending = new Map<number, number>();
  /** In order of arrival. */
  emergencies: { readonly source: number; readonly id: number }[] = [];
  sca: { readonly source: number; readonly id: number } | undefined;
  pgm: PgmInfo = emptyPgm();
  mchk: MchkInfo = emptyMchk();
  token = { params: 0, pad: 0, params2: 0n };
  callSource = 0;
  newPrefix = 0;
  storesStatus = false;
  readonly flags = new Set<number>();
  isIdle = false;
  lctl = 0;
  ictl = 0;
  private readonly speaker: Speaker;

  constructor(registers: ModelCpu, speaker: Speaker) {
    this.registers = registers;
    this.speaker = speaker;
  }

  get cpuflags(): number {
    return [...this.flags].reduce((sum, flag) => sum + flag, 0);
  }

  inject(interrupt: LocalInterrupt, cpuCount: number, callsUseSca: boolean): number {
    const { id: cpu } = this.registers;
    const number = bitOfType[interrupt.type]!;
    const id = this.speaker.raise(interrupt.type, number, cpu);
    const result = this.accept(interrupt, id, cpuCount, callsUseSca);
    if (result < 0) this.speaker.note("refused", id, interrupt.type, number, cpu);
    return result;
  }

  private accept(interrupt: LocalInterrupt, id: number, cpuCount: number, callsUseSca: boolean): number {
    switch (interrupt.type) {
      case type.PROGRAM:
        this.pgm = this.mergedProgram(interrupt.pgm);
        return this.settle(bit.PROGRAM, interrupt.type, id);
      case type.MCHK: return this.acceptMachineCheck(interrupt.mchk, id);
      case type.STOP: return this.acceptStop(interrupt.flags, id);
      case type.PREFIX:
        if (!this.registers.isStopped) return EBUSY;
        this.newPrefix = interrupt.address;
        return this.settle(bit.PREFIX, interrupt.type, id);
      case type.RESTART: return this.settle(bit.RESTART, interrupt.type, id);
      case type.PFAULT_INIT:
        this.token = { params: interrupt.params, pad: interrupt.pad, params2: interrupt.params2 };
        return this.settleExternal(bit.PFAULT_INIT, interrupt.type, id);
      case type.CLOCK: return this.settleExternal(bit.CLOCK, interrupt.type, id);
      case type.CPU_TIMER: return this.settleExternal(bit.CPU_TIMER, interrupt.type, id);
      case type.EMERGENCY: return interrupt.code < cpuCount
        ? this.acceptEmergency(interrupt.code, id) : EINVAL;
      case type.EXTERNAL_CALL: return interrupt.code < cpuCount
        ? this.acceptCall(interrupt.code, id, callsUseSca) : EINVAL;
      default: return EINVAL;
    }
  }

  /** PER and another program interruption are kept side by side; a newer one of a kind replaces the older. */
  private mergedProgram(given: PgmInfo): PgmInfo {
    const length = given.flags % 2 === 1 ? given.flags : (given.flags & ~7) | 4 | 1;
    const isPer = (given.code & PER) !== 0;
    const isOther = (given.code & ~PER) !== 0;
    const older = this.pgm;
    const per = isPer ? given : older;
    const other = isOther || !isPer ? given : older;
    const both = isPer && isOther;
    return {
      ...other, flags: length, pad: both ? given.pad : older.pad,
      code: both ? given.code : (isPer ? PER : older.code & PER) | (other.code & ~PER),
      per_code: per.per_code, per_atmid: per.per_atmid, per_address: per.per_address,
      per_access_id: per.per_access_id,
    };
  }

  private acceptMachineCheck(given: MchkInfo, id: number): number {
    const held = this.mchk;
    this.mchk = {
      ...given, pad: held.pad, cr14: held.cr14 | given.cr14, mcic: held.mcic | given.mcic,
      ext_damage_code: (held.ext_damage_code | given.ext_damage_code) >>> 0,
    };
    const has = (...numbers: readonly bigint[]): boolean =>
      numbers.some((number) => (this.mchk.mcic >> number) % 2n === 1n);
    if (has(62n, 63n)) return this.settle(bit.MCHK_EX, type.MCHK, id);
    if (has(55n, 56n, 58n)) return this.settle(bit.MCHK_REP, type.MCHK, id);
    this.speaker.note("coalesced", id, type.MCHK, bit.MCHK_REP, this.registers.id);
    return 0;
  }

  private acceptStop(flags: number, id: number): number {
    if (flags > 1) return EINVAL;
    if (this.registers.isStopped) {
      if (flags === 1) this.registers.statusStored++;
      this.speaker.note("taken", id, type.STOP, bit.STOP, this.registers.id);
      return 0;
    }
    if (this.pending.has(bit.STOP)) return EBUSY;
    this.storesStatus = flags === 1;
    this.flags.add(cpustat.STOP_INT);
    return this.settle(bit.STOP, type.STOP, id);
  }

  private acceptEmergency(source: number, id: number): number {
    this.flags.add(cpustat.EXT_INT);
    const holder = this.emergencies.find((one) => one.source === source);
    if (!holder) this.emergencies.push({ source, id });
    const step = holder ? "coalesced" : "queued";
    this.speaker.note(step, id, type.EMERGENCY, bit.EMERGENCY, this.registers.id, holder?.id ?? 0);
    return 0;
  }

  private acceptCall(source: number, id: number, usesSca: boolean): number {
    if (usesSca ? this.sca : this.pending.has(bit.EXTERNAL_CALL)) return EBUSY;
    if (!usesSca) {
      this.callSource = source;
      return this.settleExternal(bit.EXTERNAL_CALL, type.EXTERNAL_CALL, id);
    }
    this.sca = { source, id };
    this.flags.add(cpustat.ECALL_PEND);
    this.speaker.note("queued", id, type.EXTERNAL_CALL, bit.EXTERNAL_CALL, this.registers.id);
    return 0;
  }

  private settleExternal(number: number, code: number, id: number): number {
    this.flags.add(cpustat.EXT_INT);
    return this.settle(number, code, id);
  }

  private settle(number: number, code: number, id: number): number {
    const holder = this.pending.get(number);
    if (holder === undefined) this.pending.set(number, id);
    this.speaker.note(holder === undefined ? "queued" : "coalesced", id, code, number, this.registers.id,
      holder ?? 0);
    return 0;
  }

  take(number: number): number {
    const id = this.pending.get(number)!;
    this.pending.delete(number);
    return id;
  }

  clear(): void {
    const codes = new Map(Object.entries(bitOfType).map(([code, number]) => [number, Number(code)]));
    codes.set(bit.MCHK_EX, type.MCHK);
    const cleared = (id: number, code: number, number: number): void =>
      this.speaker.note("cleared", id, code, number, this.registers.id);
    for (const number of [...this.pending.keys()].sort((a, b) => a - b))
      cleared(this.take(number), codes.get(number)!, number);
    for (const { id } of this.emergencies) cleared(id, type.EMERGENCY, bit.EMERGENCY);
    if (this.sca) cleared(this.sca.id, type.EXTERNAL_CALL, bit.EXTERNAL_CALL);
    this.emergencies = [];
    this.sca = undefined;
    this.flags.delete(cpustat.ECALL_PEND);
    this.pgm = emptyPgm();
    this.mchk = emptyMchk();
    this.token = { params: 0, pad: 0, params2: 0n };
    this.callSource = this.newPrefix = 0;
    this.storesStatus = false;
  }

  /** What GET_IRQ_STATE lists: by pending bit, then emergency signals by sender, then a call in the SCA. */
  list(): LocalInterrupt[] {
    const of: Readonly<Record<number, LocalInterrupt>> = {
      [bit.PREFIX]: { type: type.PREFIX, address: this.newPrefix }, [bit.RESTART]: { type: type.RESTART },
      [bit.STOP]: { type: type.STOP, flags: this.storesStatus ? 1 : 0 },
      [bit.PFAULT_INIT]: { type: type.PFAULT_INIT, ...this.token },
      [bit.CPU_TIMER]: { type: type.CPU_TIMER }, [bit.CLOCK]: { type: type.CLOCK },
      [bit.EXTERNAL_CALL]: { type: type.EXTERNAL_CALL, code: this.callSource },
      [bit.MCHK_REP]: { type: type.MCHK, mchk: this.mchk },
      [bit.MCHK_EX]: { type: type.MCHK, mchk: this.mchk },
      [bit.PROGRAM]: { type: type.PROGRAM, pgm: this.pgm },
    };
    const signals = this.emergencies.map(({ source }) => source).sort((a, b) => a - b)
      .map((code): LocalInterrupt => ({ type: type.EMERGENCY, code }));
    const calls: LocalInterrupt[] = this.sca ? [{ type: type.EXTERNAL_CALL, code: this.sca.source }] : [];
    const others = [...this.pending.keys()].sort((a, b) => a - b).map((number) => of[number]!);
    return [...others, ...signals, ...calls];
  }
}
