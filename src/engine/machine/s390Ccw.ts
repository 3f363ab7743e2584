/**
 * The board `s390-ccw`: CPU engine, interrupt controller, SCLP, channel subsystem with virtio, DIAGNOSE, watchdog, virtual
 * time. Devices know each other only through this file. `step` runs the machine for a while; nothing here reads the wall clock.
 *
 * One virtual nanosecond is one instruction; idle time is skipped to the next event when the host says so.
 */
import type { MachineConfig, StopReason } from "../api/machine.ts";
import { Prng } from "../base/prng.ts";
import { refuse, ok, type Result } from "../base/result.ts";
import { Schedule } from "../base/schedule.ts";
import { TraceHash } from "../base/traceHash.ts";
import { Core } from "../cpu/core.ts";
import { RegionCompiler } from "../cpu/regionCompiler.ts";
import { PswBit } from "../cpu/mode.ts";
import type { MachinePort } from "../cpu/s390Cpu.ts";
import { ChannelSubsystem } from "../devices/css/css.ts";
import type { ResetKind } from "../devices/diag/cpuPort.ts";
import { Diagnose } from "../devices/diag/diagnose.ts";
import type { Flic } from "../devices/flic/flic.ts";
import { FlicInterruptPort } from "../devices/kvm/floatingPort.ts";
import { S390Kvm } from "../devices/kvm/s390Kvm.ts";
import type { MachinePorts } from "../devices/ports.ts";
import { Sclp } from "../devices/sclp/sclp.ts";
import { VirtioBlock } from "../devices/virtio/block.ts";
import { VirtioCcwDevice } from "../devices/virtio/ccwTransport.ts";
import { VirtioConsole } from "../devices/virtio/console.ts";
import { Watchdog } from "../devices/watchdog/watchdog.ts";
import { kernelProfiles } from "../uapi/kernelProfile.ts";
import { interruptType } from "../uapi/s390Interrupt.ts";
import { pendingBit } from "../devices/flic/interruptBits.ts";
import { channelInstruction } from "./channelInstructions.ts";
import { facilityList } from "./facilities.ts";
import { loadGuest } from "./loader.ts";
import { signalProcessor } from "./sigp.ts";
import { cpuIdentification, systemInformation } from "./systemInformation.ts";
import { VcpuAdapter } from "./vcpuAdapter.ts";

/** 2024-01-01 00:00:00 UTC as a TOD clock value: seconds from 1900 × 4,096,000,000. */
const TOD_AT_START = 3_913_056_000n * 4_096_000_000n;
const SLICE = 200_000;
const SLICE_SHARED = 50_000;
/** Program interruptions in a row, at one address, that mean the guest will never get out. */
const PROGRAM_LOOP = 5_000;

export type StepEnd =
  | { readonly kind: "ran" }
  /** All CPUs wait; nothing happens before `untilNs` of virtual time (undefined: before input). */
  | { readonly kind: "idle"; readonly untilNs: bigint | undefined }
  | { readonly kind: "ended"; readonly reason: StopReason };

export class S390Ccw implements MachinePort {
  readonly core: Core;
  readonly kvm: S390Kvm;
  readonly flic: Flic;
  readonly css: ChannelSubsystem;
  readonly sclp: Sclp;
  readonly virtioConsole: VirtioConsole;
  readonly watchdog: Watchdog;
  readonly diag: Diagnose;
  readonly adapters: readonly VcpuAdapter[];
  readonly schedule: Schedule;
  readonly hash = new TraceHash();
  private readonly config: MachineConfig;
  private readonly prng: Prng;
  private readonly out: (bytes: Uint8Array) => void;
  /** Instructions executed before the current run of the engine; idle nanoseconds skipped. */
  private executed = 0n;
  private idleNs = 0n;
  private inRun = 0;
  private todOffset = TOD_AT_START;
  private turn = 0;
  private quantum = 0;
  private quantumOf: Core["vcpu"] | undefined;
  private ended: StopReason | undefined;
  private resetWanted: ResetKind | undefined;
  private lastProgram = { code: 0, pc: 0n, count: 0, at: 0n };
  private readonly recent: { at: bigint; cpu: number; kind: string; code: number; pc: bigint }[] = [];
  private deviceMs = 0;
  private readonly clock: () => number;
  /** Observers. */
  onTrace: ((line: string) => void) | undefined;

  /** Refuses what cannot be built or loaded with a sentence. */
  static create(config: MachineConfig, out: (bytes: Uint8Array) => void, clock: () => number = () => 0): Result<S390Ccw, string> {
    const mib = config.memoryBytes / 0x100000;
    if (!Number.isInteger(mib) || mib < 4 || mib > 3072) {
      return refuse(`${config.memoryBytes} bytes of memory were asked for; a machine has 4 to 3072 MiB in whole MiB.`);
    }
    if (!Number.isInteger(config.cpus) || config.cpus < 1 || config.cpus > 4) {
      return refuse(`${config.cpus} CPUs were asked for; a machine has 1 to 4.`);
    }
    const machine = new S390Ccw(config, out, clock);
    const loaded = machine.ipl();
    return loaded.ok ? ok(machine) : loaded;
  }

  private constructor(config: MachineConfig, out: (bytes: Uint8Array) => void, clock: () => number) {
    this.config = config;
    this.out = out;
    this.clock = clock;
    this.prng = new Prng(config.seed);
    this.schedule = new Schedule(() => this.now());
    this.core = new Core(config.memoryBytes, config.cpus);
    this.core.machine = this;
    if (!config.interpreterOnly) this.core.compiler = new RegionCompiler(this.core, clock);
    const { ram } = this.core;
    this.kvm = new S390Kvm({
      profile: kernelProfiles["linux-6.1"], memory: ram, time: this.schedule,
      user: { read: () => undefined, write: () => false },
    });
    this.flic = this.kvm.flic;
    this.flic.kick = (id) => this.kick(id);
    this.adapters = this.core.vcpus.map((v) => new VcpuAdapter(this.core, v, () => this.tod()));
    for (const adapter of this.adapters) this.kvm.attachVcpu(adapter);
    const ports: MachinePorts = {
      memory: ram, interrupts: new FlicInterruptPort(this.flic), time: this.schedule, consoleOut: (bytes) => this.consoleOut(bytes),
    };
    this.sclp = new Sclp(ports, { memoryBytes: config.memoryBytes, cpus: config.cpus, lineMode: false });
    this.css = new ChannelSubsystem(ports);
    this.virtioConsole = new VirtioConsole((bytes) => this.consoleOut(bytes));
    this.attach(ports, 0x0001, new VirtioCcwDevice(ports, this.virtioConsole));
    if (config.disk) this.attach(ports, 0x0002, new VirtioCcwDevice(ports, new VirtioBlock(config.disk)));
    this.watchdog = new Watchdog(this.schedule, () => { this.resetWanted = "re-ipl-clear"; });
    this.diag = new Diagnose({ memory: ram, watchdog: this.watchdog, notifyQueue: (id, queue) => this.css.notify(id, queue) });
    this.core.onProgram = (code, pc) => this.noteProgram(code, pc);
  }

  private attach(_ports: MachinePorts, deviceNumber: number, device: VirtioCcwDevice): void {
    const subchannel = this.css.attach(deviceNumber, device);
    device.onAttention(() => subchannel.raiseAttention());
  }

  private ipl(): Result<void, string> {
    const { config, core } = this;
    const loaded = loadGuest(core.ram, config.kernel, config.initrd, config.commandLine);
    if (!loaded.ok) return loaded;
    for (const adapter of this.adapters) {
      adapter.vcpu.state = "stopped";
      adapter.reset(true);
    }
    core.switchTo(core.vcpus[0]!);
    core.setPsw(loaded.value.pswMask, loaded.value.pswAddress);
    core.vcpu.state = "operating";
    return ok(undefined);
  }

  private consoleOut(bytes: Uint8Array): void {
    this.hash.big(this.executed);
    this.hash.bytes(bytes);
    this.out(bytes);
  }
  /** Bytes a person typed. */
  consoleInput(bytes: Uint8Array): void {
    this.hash.big(this.instructions);
    this.hash.bytes(bytes);
    this.sclp.consoleInput(bytes);
  }
  /** Asks the guest to power off; false if it does not listen. */
  signalQuiesce(): boolean {
    return this.sclp.signalQuiesce();
  }

  // ---- time
  get instructions(): bigint {
    return this.executed + BigInt(this.inRun > 0 ? this.inRun - this.core.instructionsLeft : 0);
  }
  now(): bigint {
    return this.instructions + this.idleNs;
  }
  get idleNanoseconds(): bigint {
    return this.idleNs;
  }
  tod(): bigint {
    return this.todOffset + (this.now() * 4096n) / 1000n;
  }
  setTod(value: bigint): boolean {
    this.todOffset += value - this.tod();
    return true;
  }

  // ---- MachinePort
  signalProcessor(from: number, target: number, order: number, parameter: bigint): { cc: number; status?: number } {
    return signalProcessor({
      core: this.core, flic: this.flic, adapters: this.adapters,
      externalCallPending: (cpu) => this.flic.vcpus.of(cpu).local.has(pendingBit.EXT_EXTERNAL),
      start: (cpu) => { this.start(cpu); },
      stop: (cpu, storeStatus) => { this.flic.injectLocal(cpu, { type: interruptType.SIGP_STOP, flags: storeStatus ? 1 : 0 }); },
    }, from, target, order, parameter);
  }
  private start(cpu: number): void {
    const { vcpu } = this.adapters[cpu]!;
    vcpu.state = "operating";
    vcpu.cpuTimerAt = this.now();
    vcpu.idle = false;
    vcpu.kicked = true;
  }
  private kick(cpu: number): void {
    const vcpu = this.core.vcpus[cpu]!;
    vcpu.kicked = true;
  }
  /** Runs device work and counts its wall time. */
  private device<T>(work: () => T): T {
    const start = this.clock();
    try {
      return work();
    } finally {
      this.deviceMs += this.clock() - start;
    }
  }
  /** Wall seconds spent in device models, for statistics. */
  get deviceSeconds(): number {
    return this.deviceMs / 1000;
  }
  serviceCall(command: number, sccb: bigint): number {
    const outcome = this.device(() => this.sclp.serviceCall(command, Number(sccb), { prefix: this.core.storage.prefix }));
    return "program" in outcome ? this.core.cpu.program(outcome.program) : outcome.cc;
  }
  diagnose(r1: number, r3: number, code: number): void {
    const { cpu, storage, vcpu } = this.core;
    const outcome = this.diag.diagnose(code, r1, r3, {
      address: vcpu.id, prefix: storage.prefix, gr: (n) => cpu.gr(n), setGr: (n, value) => cpu.setGr(n, value),
    });
    if (outcome.kind === "program") cpu.program(outcome.code);
    if (outcome.kind === "done" && outcome.cc !== undefined) cpu.cc = outcome.cc;
    if (outcome.kind === "reset") this.resetWanted = outcome.reset;
  }
  channel(name: string, address: bigint, b: number): number {
    const adapter = this.adapters[this.core.vcpu.id]!;
    return this.device(() => channelInstruction(this.core, this.css, this.flic, adapter, name, address, b));
  }
  facilities(): Uint8Array {
    return facilityList();
  }
  systemInformation(functionCode: number, selector1: number, selector2: number): Uint8Array | undefined {
    return systemInformation(functionCode, selector1, selector2, this.config.cpus, this.core.vcpu.id);
  }
  cpuId(): bigint {
    return cpuIdentification;
  }
  random(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.prng.u32() & 0xff);
  }

  // ---- running
  private noteProgram(code: number, pc: bigint): void {
    const at = this.instructions;
    const last = this.lastProgram;
    const same = last.code === code && last.pc === pc && at - last.at <= 1n;
    this.lastProgram = { code, pc, count: same ? last.count + 1 : 0, at };
    this.note("program", code, pc);
    if (this.lastProgram.count > PROGRAM_LOOP) {
      this.crash(`The guest loops in program interruptions: code 0x${code.toString(16)} at 0x${pc.toString(16)}, again and again.`);
    }
  }
  /** The last interruptions, oldest first, as sentences. */
  lastEvents(): string[] {
    return this.recent.map((e) => `instruction ${e.at}: cpu ${e.cpu} ${e.kind} 0x${e.code.toString(16)} at 0x${e.pc.toString(16)}`);
  }
  private note(kind: string, code: number, pc: bigint): void {
    const at = this.instructions;
    this.recent.push({ at, cpu: this.core.vcpu.id, kind, code, pc });
    if (this.recent.length > 32) this.recent.shift();
    this.hash.big(at);
    this.hash.word(code);
    this.hash.big(pc);
    this.onTrace?.(`${at} cpu${this.core.vcpu.id} ${kind} 0x${code.toString(16)} pc 0x${pc.toString(16)}`);
  }
  private crash(sentence: string): void {
    this.ended ??= {
      kind: "crashed", sentence, pswMask: this.core.pswMask().toString(16).padStart(16, "0"),
      pswAddress: this.core.pc.toString(16).padStart(16, "0"),
    };
  }

  /** Runs about `budget` instructions, or until all CPUs wait or the machine ends. */
  step(budget: number): StepEnd {
    let left = budget;
    while (left > 0) {
      if (this.ended) return { kind: "ended", reason: this.ended };
      this.schedule.runDue();
      if (this.resetWanted) this.performReset();
      const vcpu = this.pick();
      if (!vcpu) {
        const idle = this.idleOrEnd();
        if (idle) return idle;
        continue;
      }
      if (this.quantumOf !== vcpu) {
        this.quantumOf = vcpu;
        this.quantum = this.core.vcpus.length > 1 ? SLICE_SHARED : SLICE;
      }
      const count = Math.min(left, this.quantum, this.sliceFor(vcpu));
      this.inRun = count;
      this.core.run(count);
      const done = count - this.core.instructionsLeft;
      this.inRun = 0;
      this.executed += BigInt(done);
      left -= Math.max(1, done);
      this.quantum -= done;
      // Turns change only when a quantum is used up, never because `budget` was: that depends on the wall clock.
      if (this.quantum <= 0) {
        this.turn = (vcpu.id + 1) % this.core.vcpus.length;
        this.quantumOf = undefined;
      }
    }
    return this.ended ? { kind: "ended", reason: this.ended } : { kind: "ran" };
  }

  /** The next CPU that can run, switched to, with its interruptions taken. */
  private pick(): Core["vcpu"] | undefined {
    const { core } = this;
    const n = core.vcpus.length;
    for (let i = 0; i < n; i++) {
      const vcpu = core.vcpus[(this.turn + i) % n]!;
      if (vcpu.state !== "operating") continue;
      const adapter = this.adapters[vcpu.id]!;
      if (vcpu.idle && !vcpu.kicked && !(this.isOpenToTimers(vcpu) && this.timerDue(adapter))) continue;
      core.switchTo(vcpu);
      if (this.prepare(adapter)) {
        this.turn = vcpu.id;
        return vcpu;
      }
    }
    return undefined;
  }

  /** Takes interruptions and stops; false if the CPU has nothing to execute. */
  private prepare(adapter: VcpuAdapter): boolean {
    const { vcpu } = adapter;
    const { flic } = this;
    vcpu.kicked = false;
    if (vcpu.idle) {
      vcpu.idle = false;
      flic.leaveIdle(adapter);
    }
    if (flic.hasDeliverable(adapter)) {
      const before = this.core.pc;
      for (const d of flic.deliverPending(adapter).delivered) this.note("interrupt", d.type, before);
    }
    const stop = flic.takeStop(adapter);
    if (stop) {
      if (stop.storeStatus) adapter.storeStatus();
      vcpu.state = "stopped";
      return false;
    }
    if (vcpu.state !== "operating") return false;
    if (!vcpu.waiting) {
      this.core.setPending(flic.isPending(adapter) || this.timerDue(adapter));
      return true;
    }
    const rest = flic.enterIdle(adapter);
    if (rest === "runnable") return this.prepare(adapter);
    vcpu.idle = true;
    return false;
  }

  private timerDue(adapter: VcpuAdapter): boolean {
    const at = this.wakeTime(adapter);
    return at !== undefined && at <= this.now();
  }
  private isOpenToTimers(vcpu: Core["vcpu"]): boolean {
    return (vcpu.maskHigh & PswBit.external) !== 0;
  }
  /** Virtual time at which a timer interruption of this CPU becomes possible under its CR0 masks. */
  private wakeTime(adapter: VcpuAdapter): bigint | undefined {
    const { vcpu } = adapter;
    const cr0 = adapter.crLow(0);
    let due: bigint | undefined;
    const consider = (delay: bigint): void => {
      const at = this.now() + (delay > 0n ? delay : 0n);
      if (due === undefined || at < due) due = at;
    };
    if (cr0 & 0x800 && vcpu.clockComparator !== 0xffff_ffff_ffff_ffffn) {
      consider(((vcpu.clockComparator - this.tod()) * 1000n) / 4096n + 1n);
    }
    if (cr0 & 0x400) consider((BigInt.asIntN(64, this.core.cpuTimer(vcpu)) * 1000n) / 4096n + 1n);
    return due;
  }
  private sliceFor(vcpu: Core["vcpu"]): number {
    let limit = SLICE;
    const now = this.now();
    const until = (at: bigint | undefined): void => {
      if (at !== undefined && at - now < BigInt(limit)) limit = Number(at > now ? at - now : 1n);
    };
    until(this.schedule.next());
    const wake = this.wakeTime(this.adapters[vcpu.id]!);
    // A timer that is due behind a closed mask is told by the pending flag when the mask opens.
    if (wake !== undefined && (wake > now || this.isOpenToTimers(vcpu))) until(wake);
    return Math.max(1, limit);
  }

  /** Nobody can run: the machine has ended, or it waits for its next event. */
  private idleOrEnd(): StepEnd | undefined {
    const idle = this.core.vcpus.filter((v) => v.state === "operating");
    const wakeable = idle.filter((v) => v.maskHigh & 0x03040000);
    if (wakeable.length === 0) {
      this.ended = this.endOf(idle);
      return { kind: "ended", reason: this.ended };
    }
    let next = this.schedule.next();
    for (const v of wakeable) {
      const at = this.isOpenToTimers(v) ? this.wakeTime(this.adapters[v.id]!) : undefined;
      if (at !== undefined && (next === undefined || at < next)) next = at;
    }
    if (next !== undefined && next <= this.now()) return undefined;
    return { kind: "idle", untilNs: next };
  }
  private endOf(disabled: readonly Core["vcpu"][]): StopReason {
    for (const vcpu of this.core.vcpus) {
      if (vcpu.state === "check-stop") {
        this.core.switchTo(vcpu);
        this.crash("The CPU is in the check-stop state: its program new PSW is not valid.");
      }
    }
    for (const vcpu of disabled) {
      this.core.switchTo(vcpu);
      // Linux answers a quiesce signal with a disabled wait at 0xfff.
      if (this.core.pc === 0xfffn) this.ended ??= { kind: "powered-off" };
      else if (this.core.pc !== 0n) this.crash(`The guest is in a disabled wait with code 0x${this.core.pc.toString(16)}.`);
    }
    return this.ended ?? { kind: "all-stopped" };
  }

  /** Moves virtual time on while all CPUs wait. */
  skipIdle(toNs: bigint): void {
    const now = this.now();
    if (toNs > now) this.idleNs += toNs - now;
  }

  private performReset(): void {
    const kind = this.resetWanted!;
    this.resetWanted = undefined;
    const caller = this.core.vcpu;
    this.css.reset();
    this.sclp.reset();
    this.diag.reset();
    this.watchdog.cancel();
    this.flic.clearFloating();
    for (const adapter of this.adapters) {
      this.flic.clearLocal(adapter.id);
      adapter.vcpu.state = "stopped";
      adapter.reset(kind !== "modified-clear");
    }
    if (kind === "re-ipl-clear" || kind === "re-ipl-dump") {
      if (kind === "re-ipl-clear") this.core.ram.fill(0, 0, this.core.memory.ramSize, "loader");
      const loaded = this.ipl();
      if (!loaded.ok) this.crash(loaded.error);
      return;
    }
    this.core.switchTo(caller);
    const { ram } = this.core;
    const mask = ram.u64(0);
    const short = (mask & 0x0008_0000_0000_0000n) !== 0n;
    if (short) this.core.setPsw(mask & 0xfff7_ffff_8000_0000n, mask & 0x7fff_ffffn);
    else this.core.setPsw(mask, ram.u64(8));
    caller.state = "operating";
  }
}
