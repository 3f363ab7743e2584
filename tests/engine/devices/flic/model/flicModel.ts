/**
 * The interrupt controller as its documents tell it (s390_flic.rst, Principles of Operation, chapter 6): one
 * table in order of urgency, each kind with what it is masked by and what it stores. A second opinion on the
 * real one; slow, and without its masks of bits.
 */
import type { LocalInterrupt } from "../../../../../src/engine/devices/flic/local.ts";
import { FloatingModel, bitOfIo } from "./floating.ts";
import {
  ISCS, InterruptionKinds, byCr0, opensTo, type Delivered, type Kind,
} from "./kinds.ts";
import { LocalModel, cpustat } from "./localCpu.ts";
import type { ModelCpu } from "./modelCpu.ts";
import { bit, Speaker, type } from "./pending.ts";

export interface ModelShape {
  readonly hasGisa: boolean;
  readonly callsUseSca: boolean;
  readonly hasFacility72: boolean;
}

export class FlicModel {
  readonly speaker = new Speaker();
  readonly cpus: readonly LocalModel[];
  readonly floating: FloatingModel;
  readonly kicks: number[] = [];
  nextRoundRobin = 0;
  private readonly shape: ModelShape;
  private readonly kinds: readonly Kind[];

  constructor(registers: readonly ModelCpu[], shape: ModelShape) {
    this.shape = shape;
    this.cpus = registers.map((one) => new LocalModel(one, this.speaker));
    this.floating = new FloatingModel(shape.hasGisa, this.speaker, (code) => this.kickFor(code));
    this.kinds = new InterruptionKinds(this.floating, this.speaker).inOrder();
  }

  injectLocal(cpu: number, interrupt: LocalInterrupt): number {
    const local = this.cpus[cpu]!;
    const callsUseSca = this.shape.callsUseSca && !this.floating.isProtected;
    const result = local.inject(interrupt, this.cpus.length, callsUseSca);
    if (result === 0) this.wake(local);
    return result;
  }

  airq(adapter: number, hasRoom: boolean): number {
    return this.floating.airq(adapter, this.shape.hasFacility72, hasRoom);
  }

  private wake({ registers }: LocalModel): void {
    this.speaker.note("kicked", 0, 0, -1, registers.id);
    this.kicks.push(registers.id);
  }

  /** The first idle CPU; else the next in turn that is not stopped, one step more than there are CPUs. */
  private kickFor(code: number): void {
    const victim = this.cpus.find(({ isIdle }) => isIdle) ?? this.nextInTurn();
    if (!victim) return;
    const isIo = code <= 0xfffdffff;
    const isAbsorbed = isIo && Math.floor(code / type.ADAPTER) % 2 === 1 && this.floating.gisa !== undefined
      && !this.floating.isProtected;
    const flag = code === type.MCHK ? cpustat.STOP_INT : isIo ? cpustat.IO_INT : cpustat.EXT_INT;
    if (!isAbsorbed) victim.flags.add(flag);
    this.wake(victim);
  }

  private nextInTurn(): LocalModel | undefined {
    for (let looked = 0; looked <= this.cpus.length; looked++) {
      const cpu = this.cpus[this.nextRoundRobin]!;
      this.nextRoundRobin = (this.nextRoundRobin + 1) % this.cpus.length;
      if (looked < this.cpus.length && !cpu.registers.isStopped) return cpu;
    }
    return undefined;
  }

  /** Pending kinds the CPU is open to, most urgent first. */
  private deliverable(cpu: LocalModel): Kind | undefined {
    const { isProtected } = this.floating;
    const busy = isProtected && cpu.registers.injectionBusy?.() === true;
    return this.kinds.find((kind) => kind.isPending(cpu) && opensTo[kind.class](cpu.registers)
      && (kind.isOpen?.(cpu) ?? true) && (!busy || kind.needsNoTurn === true));
  }

  /** Whatever the masks; a service signal that is held back is not there. */
  isPending(cpu: LocalModel): boolean {
    return cpu.pending.has(bit.STOP) || this.kinds.some((kind) => kind.isPending(cpu));
  }

  hasDeliverable(cpu: LocalModel): boolean {
    return this.deliverable(cpu) !== undefined || this.timers(cpu).some(({ isDue }) => isDue);
  }

  private timers(cpu: LocalModel): readonly { bit: number; type: number; isDue: boolean }[] {
    const { registers } = cpu;
    const isOpen = opensTo.external(registers);
    const clock = registers.clockDue && !registers.stepping && byCr0(52)(cpu);
    return [{ bit: bit.CLOCK, type: type.CLOCK, isDue: isOpen && clock },
      { bit: bit.CPU_TIMER, type: type.CPU_TIMER, isDue: isOpen && registers.timerDue && byCr0(53)(cpu) }];
  }

  deliver(cpu: LocalModel): { delivered: Delivered[]; error: number } {
    for (const flag of [cpustat.IO_INT, cpustat.EXT_INT, cpustat.STOP_INT]) cpu.flags.delete(flag);
    cpu.lctl = cpu.ictl = 0;
    for (const { bit: number, type: code, isDue } of this.timers(cpu)) {
      if (isDue && !cpu.pending.has(number))
        cpu.pending.set(number, this.speaker.raise(code, number, cpu.registers.id));
      if (!isDue && cpu.pending.has(number))
        this.speaker.note("cleared", cpu.take(number), code, number, cpu.registers.id);
    }
    const delivered: Delivered[] = [];
    let error = 0;
    for (let kind = this.deliverable(cpu); kind && error === 0; kind = this.deliverable(cpu)) {
      const [one, stored] = kind.present(cpu);
      delivered.push(one);
      this.speaker.note(stored ? "delivered" : "lost", one.id, one.type, one.bit, cpu.registers.id);
      if (!stored) error = -14;
    }
    this.requestIntercepts(cpu);
    return { delivered, error };
  }

  /** The CPU is to tell when it opens itself to what is still pending; the GISA's bits need no telling. */
  private requestIntercepts(cpu: LocalModel): void {
    const { registers } = cpu;
    const pending = new Set(
      this.kinds.filter((kind) => !kind.isMachines && kind.isPending(cpu)).map((kind) => kind.class));
    if (pending.has("io")) {
      if (opensTo.io(registers)) cpu.lctl |= 0x0200;
      else cpu.flags.add(cpustat.IO_INT);
    }
    if (pending.has("external")) {
      if (opensTo.external(registers)) cpu.lctl |= 0x8000;
      else cpu.flags.add(cpustat.EXT_INT);
    }
    if (pending.has("machine-check")) {
      if (opensTo["machine-check"](registers)) cpu.lctl |= 0x0002;
      else cpu.ictl = 0x00400000;
    }
    if (cpu.pending.has(bit.STOP)) cpu.flags.add(cpustat.STOP_INT);
  }

  /** Waiting: with something to do it goes on, closed to everything it never wakes. */
  enterIdle(cpu: LocalModel): string {
    if (this.hasDeliverable(cpu) || cpu.pending.has(bit.STOP)) return "runnable";
    const isOpen = (["external", "io", "machine-check"] as const).some((one) => opensTo[one](cpu.registers));
    if (!isOpen) return "disabled-wait";
    cpu.isIdle = true;
    cpu.flags.add(cpustat.WAIT);
    return "idle";
  }

  leaveIdle(cpu: LocalModel): void {
    cpu.isIdle = false;
    cpu.flags.delete(cpustat.WAIT);
  }

  takeStop(cpu: LocalModel): { storeStatus: boolean } | undefined {
    if (!cpu.pending.has(bit.STOP) || this.hasDeliverable(cpu)) return undefined;
    const storeStatus = cpu.storesStatus;
    cpu.storesStatus = false;
    cpu.flags.delete(cpustat.STOP_INT);
    this.speaker.note("taken", cpu.take(bit.STOP), type.STOP, bit.STOP, cpu.registers.id);
    return { storeStatus };
  }

  tpi(cpu: LocalModel, address: bigint): unknown {
    if (address % 4n !== 0n) return { exception: "specification" };
    const { registers } = cpu;
    const open = ISCS.filter((isc) => (registers.controls[6]! >> BigInt(31 - isc)) % 2n === 1n);
    const taken = this.floating.takeIo(open, 0);
    if (!taken) return { cc: 0 };
    const { subchannelId, subchannelNr, ioIntParm, ioIntWord } = taken.interrupt;
    const words = [[subchannelId, 2], [subchannelNr, 2], [ioIntParm, 4], [ioIntWord, 4]] as const;
    const bytes = Uint8Array.from(words.flatMap(([value, size]) =>
      Array.from({ length: size }, (_, at) => Math.floor(value / 256 ** (size - 1 - at)) % 256)));
    const isStored = address === 0n ? stored(registers, bytes)
      : registers.storeLogical(address, bytes.slice(0, 8));
    if (!isStored) {
      this.floating.reinject(taken);
      return { exception: "access" };
    }
    this.speaker.note("taken", taken.id, taken.interrupt.type, bitOfIo(taken), registers.id);
    return { cc: 1 };
  }

  tsch(gr1: bigint): unknown {
    if (gr1 === 0n) return undefined;
    const taken = this.floating.takeIo(ISCS, Number(gr1 % 2n ** 32n));
    if (taken) this.speaker.note("taken", taken.id, taken.interrupt.type, bitOfIo(taken));
    return taken?.interrupt;
  }

  clearIo(schid: number): void {
    const taken = this.floating.takeIo(ISCS, schid);
    if (taken) this.speaker.note("cleared", taken.id, taken.interrupt.type, bitOfIo(taken));
  }

  /** Without AIV in the ultravisor a protected guest has no GISA. */
  setProtected(on: boolean, ultravisorHasAiv: boolean): void {
    const { floating } = this;
    floating.isProtected = floating.serviceHeld = on;
    if (on && !ultravisorHasAiv) {
      floating.clearGisa("lost");
      floating.gisa = undefined;
    }
    if (!on && this.shape.hasGisa) floating.gisa ??= ISCS.map(() => undefined);
  }
}

function stored({ memory, prefixAddress }: ModelCpu, bytes: Uint8Array): boolean {
  if (!memory.contains(prefixAddress, 8192)) return false;
  memory.write(prefixAddress + 0xb8, bytes, "interruption");
  return true;
}
