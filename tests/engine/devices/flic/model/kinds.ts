/**
 * The kinds of interruption of the model in order of urgency: what each is masked by and what it stores
 * (Principles of Operation, chapter 6).
 */
import { emptyMchk, emptyPgm } from "../../../../../src/engine/devices/flic/local.ts";
import type { ExternalInterrupt, IoInterrupt } from "../../../../../src/engine/devices/flic/pending.ts";
import { adapterInterrupt, bitOfIo, type FloatingModel, type Listed } from "./floating.ts";
import { cpustat, type LocalModel } from "./localCpu.ts";
import { bit, bitOfIsc, type, type Speaker } from "./pending.ts";
import type { ModelCpu } from "./modelCpu.ts";
import { externalStores, interrupted, programStores, rewindOf, type Stores } from "./presentation.ts";

export interface Delivered {
  readonly type: number;
  readonly bit: number;
  readonly parm: number;
  readonly parm64: bigint;
  readonly id: number;
}
type Class = "external" | "io" | "machine-check" | "unmaskable";
/** A kind of interruption, and what presenting it does: false if storage was missing. */
export interface Kind {
  readonly bit: number;
  readonly class: Class;
  readonly isPending: (cpu: LocalModel) => boolean;
  /** Open beside the PSW's mask of the class. */
  readonly isOpen?: (cpu: LocalModel) => boolean;
  /** Is presented to a protected guest although the ultravisor has another to present. */
  readonly needsNoTurn?: true;
  /** In the machine's own areas, which tell it by themselves when the CPU opens itself. */
  readonly isMachines?: true;
  readonly present: (cpu: LocalModel) => readonly [Delivered, stored: boolean];
}
export const ISCS = [0, 1, 2, 3, 4, 5, 6, 7];
const isOn = (value: bigint, fromLeft: number): boolean => (value >> BigInt(63 - fromLeft)) % 2n === 1n;
export const opensTo: Readonly<Record<Class, (cpu: ModelCpu) => boolean>> = {
  external: ({ psw }) => isOn(psw.mask, 7), io: ({ psw }) => isOn(psw.mask, 6),
  "machine-check": ({ psw }) => isOn(psw.mask, 13), unmaskable: () => true,
};
export const byCr0 = (fromLeft: number) => ({ registers }: LocalModel): boolean =>
  isOn(registers.controls[0]!, fromLeft);

export class InterruptionKinds {
  private readonly floating: FloatingModel;
  private readonly speaker: Speaker;

  constructor(floating: FloatingModel, speaker: Speaker) {
    this.floating = floating;
    this.speaker = speaker;
  }

  /** Most urgent first. */
  inOrder(): Kind[] {
    const { floating } = this;
    const own = (number: number, more: Omit<Kind, "bit" | "isPending">): Kind =>
      ({ bit: number, isPending: (cpu) => cpu.pending.has(number), ...more });
    const machineCheck: Pick<Kind, "class" | "present"> =
      { class: "machine-check", present: (cpu) => this.machineCheck(cpu) };
    const external = (number: number, more: Partial<Kind> & Pick<Kind, "present">): Kind =>
      own(number, { class: "external", ...more });
    return [
      own(bit.MCHK_EX, machineCheck),
      own(bit.PROGRAM, { class: "unmaskable", needsNoTurn: true, present: (cpu) => this.program(cpu) }),
      {
        bit: bit.MCHK_REP, ...machineCheck,
        isPending: (cpu) => cpu.pending.has(bit.MCHK_REP) || floating.report !== undefined,
        isOpen: ({ registers, mchk }) =>
          (registers.controls[14]! & (mchk.cr14 | (floating.report?.cr14 ?? 0n))) !== 0n,
      },
      {
        bit: bit.EMERGENCY, class: "external", isOpen: byCr0(49),
        isPending: (cpu) => cpu.emergencies.length > 0,
        present: (cpu) => {
          const source = Math.min(...cpu.emergencies.map((one) => one.source));
          const { id } = cpu.emergencies.find((one) => one.source === source)!;
          cpu.emergencies = cpu.emergencies.filter((one) => one.source !== source);
          return this.external(cpu, bit.EMERGENCY, type.EMERGENCY, id, 0x1201, source);
        },
      },
      external(bit.EXTERNAL_CALL, {
        isOpen: byCr0(50),
        present: (cpu) => {
          const source = cpu.callSource;
          cpu.callSource = 0;
          const id = cpu.take(bit.EXTERNAL_CALL);
          return this.external(cpu, bit.EXTERNAL_CALL, type.EXTERNAL_CALL, id, 0x1202, source);
        },
      }),
      {
        bit: bit.EXTERNAL_CALL, class: "external", isOpen: byCr0(50), isMachines: true,
        isPending: (cpu) => cpu.sca !== undefined,
        present: (cpu) => {
          const { id, source } = cpu.sca!;
          cpu.sca = undefined;
          cpu.flags.delete(cpustat.ECALL_PEND);
          return this.external(cpu, bit.EXTERNAL_CALL, type.EXTERNAL_CALL, id, 0x1202, source);
        },
      },
      external(bit.CLOCK, { isOpen: byCr0(52), present: (cpu) =>
        this.external(cpu, bit.CLOCK, type.CLOCK, cpu.take(bit.CLOCK), 0x1004, 0) }),
      external(bit.CPU_TIMER, { isOpen: byCr0(53), present: (cpu) =>
        this.external(cpu, bit.CPU_TIMER, type.CPU_TIMER, cpu.take(bit.CPU_TIMER), 0x1005, 0) }),
      {
        bit: bit.EVENT, class: "external", isPending: () => floating.event !== undefined, isOpen: byCr0(54),
        present: (cpu) => {
          const id = floating.event!;
          floating.event = undefined;
          floating.events = 0;
          return this.external(cpu, bit.EVENT, type.SERVICE, id, 0x2401, 0, 3);
        },
      },
      {
        bit: bit.SERVICE, class: "external", isOpen: byCr0(54),
        isPending: () => floating.service !== undefined && !floating.serviceHeld,
        present: (cpu) => this.service(cpu),
      },
      external(bit.PFAULT_INIT, { needsNoTurn: true, present: (cpu) => {
        const { params2 } = cpu.token;
        cpu.token = { ...cpu.token, params2: 0n };
        return this.external(cpu, bit.PFAULT_INIT, type.PFAULT_INIT, cpu.take(bit.PFAULT_INIT), 0x2603, 0x600,
          undefined, params2);
      } }),
      this.list(floating.pfault, bit.PFAULT_DONE, (cpu, { id, interrupt }) => this.external(
        cpu, bit.PFAULT_DONE, type.PFAULT_DONE, id, 0x2603, 0x680, undefined, interrupt.params2)),
      this.list(floating.virtio, bit.VIRTIO, (cpu, { id, interrupt }) => this.external(
        cpu, bit.VIRTIO, type.VIRTIO, id, 0x2603, 0xd00, interrupt.params, interrupt.params2)),
      ...ISCS.flatMap((isc): Kind[] => {
        const io = { bit: bitOfIsc(isc), class: "io", isOpen: byCr6(isc) } as const;
        return [
          { ...io, isPending: () => floating.io[isc]!.length > 0,
            present: (cpu) => this.io(cpu, floating.io[isc]!.shift()!) },
          { ...io, isMachines: true, isPending: () => floating.gisa?.[isc] !== undefined, present: (cpu) => {
            const id = floating.gisa![isc]!;
            floating.gisa![isc] = undefined;
            return this.io(cpu, { id, interrupt: adapterInterrupt(isc) });
          } },
        ];
      }),
      own(bit.RESTART, { class: "unmaskable", needsNoTurn: true, present: (cpu) => {
        const one = { type: type.RESTART, bit: bit.RESTART, parm: 0, parm64: 0n, id: cpu.take(bit.RESTART) };
        return [one, this.store(cpu, one, 0x120, [])];
      } }),
      own(bit.PREFIX, { class: "unmaskable", needsNoTurn: true, present: (cpu) => {
        const parm = cpu.newPrefix;
        cpu.newPrefix = 0;
        cpu.registers.setPrefix(parm);
        return [{ type: type.PREFIX, bit: bit.PREFIX, parm, parm64: 0n, id: cpu.take(bit.PREFIX) }, true];
      } }),
    ];
  }

  private list(
    list: Listed<ExternalInterrupt>[], number: number,
    present: (cpu: LocalModel, one: Listed<ExternalInterrupt>) => readonly [Delivered, boolean],
  ): Kind {
    return {
      bit: number, class: "external", needsNoTurn: true, isPending: () => list.length > 0,
      present: (cpu) => present(cpu, list.shift()!),
    };
  }

  private external(
    cpu: LocalModel, number: number, code: number, id: number, interruptionCode: number, address: number,
    params?: number, params2?: bigint,
  ): readonly [Delivered, boolean] {
    const parm = params ?? (interruptionCode === 0x2603 ? 0 : address);
    const one = { type: code, bit: number, parm, parm64: params2 ?? 0n, id };
    return [one, this.store(cpu, one, 0x130, externalStores(interruptionCode, address, params, params2))];
  }

  private service(cpu: LocalModel): readonly [Delivered, boolean] {
    const { floating } = this;
    const id = floating.service!;
    const params = floating.sccb + floating.events;
    floating.service = undefined;
    floating.sccb = floating.events = 0;
    if (floating.isProtected) floating.serviceHeld = true;
    return this.external(cpu, bit.SERVICE, type.SERVICE, id, 0x2401, 0, params);
  }

  private io(cpu: LocalModel, listed: Listed<IoInterrupt>): readonly [Delivered, boolean] {
    const { subchannelId, subchannelNr, ioIntParm, ioIntWord, type: code } = listed.interrupt;
    const one = {
      type: code, bit: bitOfIo(listed), parm: subchannelId * 0x10000 + subchannelNr,
      parm64: (BigInt(ioIntParm) << 32n) + BigInt(ioIntWord), id: listed.id,
    };
    return [one, this.store(cpu, one, 0x170,
      [[0xb8, 2, subchannelId], [0xba, 2, subchannelNr], [0xbc, 4, ioIntParm], [0xc0, 4, ioIntWord]])];
  }

  private program(cpu: LocalModel): readonly [Delivered, boolean] {
    const { pgm, registers } = cpu;
    cpu.pgm = emptyPgm();
    const id = cpu.take(bit.PROGRAM);
    const one = { type: type.PROGRAM, bit: bit.PROGRAM, parm: pgm.code, parm64: 0n, id };
    return [one, this.store(cpu, one, 0x150, programStores(pgm), () => registers.rewindPsw(rewindOf(pgm)))];
  }

  /** Everything local if the CPU has one pending, and the floating report with it, masked or not. */
  private machineCheck(cpu: LocalModel): readonly [Delivered, boolean] {
    const { floating, speaker } = this;
    const held = [bit.MCHK_EX, bit.MCHK_REP].filter((number) => cpu.pending.has(number))
      .map((number) => ({ number, id: cpu.take(number) }));
    const check = held.length > 0 ? cpu.mchk : emptyMchk();
    if (held.length > 0) cpu.mchk = emptyMchk();
    const { report } = floating;
    floating.report = undefined;
    if (report) held.push({ number: bit.MCHK_REP, id: report.id });
    const [first, ...others] = held;
    for (const { id, number } of others)
      speaker.note("coalesced", id, type.MCHK, number, cpu.registers.id, first!.id);
    const mcic = check.mcic | (report?.mcic ?? 0n);
    const one = {
      type: type.MCHK, bit: first!.number, parm: Number((check.cr14 | (report?.cr14 ?? 0n)) % 2n ** 32n),
      parm64: mcic, id: first!.id,
    };
    const saved = cpu.registers.saveForMachineCheck();
    const unsaved = (saved.vectorSaved ? 0n : 1n << 38n) | (saved.guardedStorageSaved ? 0n : 1n << 27n);
    const logout = check.fixed_logout.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    return [one, this.store(cpu, one, 0x160, [
      [0xa3, 1, 1], [0xe8, 8, mcic & ~unsaved], [0xf4, 4, check.ext_damage_code],
      [0xf8, 8, check.failing_storage_address], [0x1300, 16, logout],
    ])];
  }

  /** Stored and PSWs exchanged, or handed to the ultravisor as it is. */
  private store(
    cpu: LocalModel, one: Delivered, oldPsw: number, stores: Stores, first: () => void = () => undefined,
  ): boolean {
    const { registers } = cpu;
    if (this.floating.isProtected && registers.injectProtected) {
      registers.injectProtected(one);
      return true;
    }
    first();
    return interrupted(registers, oldPsw, stores);
  }
}

const byCr6 = (isc: number) => ({ registers }: LocalModel): boolean => isOn(registers.controls[6]!, 32 + isc);
