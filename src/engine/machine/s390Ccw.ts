/**
 * The board `s390-ccw`: CPU engine, interrupt controller, SCLP, channel subsystem with virtio, DIAGNOSE,
 * watchdog, virtual time. Devices know each other only through this file. `step` runs the machine for a
 * while; nothing here reads the wall clock.
 */
import type { MachineConfig } from "../api/machine.ts";
import { Prng } from "../base/prng.ts";
import { refuse, ok, type Result } from "../base/result.ts";
import { Schedule } from "../base/schedule.ts";
import { Core } from "../cpu/core.ts";
import { RegionCompiler } from "../cpu/regionCompiler.ts";
import type { MachinePort } from "../cpu/machinePort.ts";
import { ChannelSubsystem } from "../devices/css/css.ts";
import type { CpuPort } from "../devices/diag/cpuPort.ts";
import { Diagnose } from "../devices/diag/diagnose.ts";
import type { Flic } from "../devices/flic/flic.ts";
import { FlicInterruptPort } from "../devices/kvm/floatingPort.ts";
import { S390Kvm } from "../devices/kvm/s390Kvm.ts";
import type { MachinePorts } from "../devices/ports.ts";
import { Sclp } from "../devices/sclp/sclp.ts";
import type { VirtioCcwDevice } from "../devices/virtio/ccwTransport.ts";
import type { VirtioConsole } from "../devices/virtio/console.ts";
import { Watchdog } from "../devices/watchdog/watchdog.ts";
import type { ApInstruction } from "../isa/s390/helperCpu.ts";
import type { DirtyLog } from "../memory/dirtyLog.ts";
import { kernelProfiles } from "../uapi/kernelProfile.ts";
import { ApBoard } from "./apBoard.ts";
import { channelInstruction } from "./channelInstructions.ts";
import { objectionTo, offeredFacilities, sclpConfig } from "./configuration.ts";
import { DEMO_DIAGNOSE, DemoAdapters, HandoverBuffer } from "./demoAdapters.ts";
import { InterruptionLog } from "./interruptionLog.ts";
import { initialProgramLoad, loadAnew, performReset, type ResetPorts } from "./reset.ts";
import { Scheduler } from "./scheduler.ts";
import { signalProcessor, type SigpResult } from "./sigp.ts";
import type { ResetWanted } from "./state.ts";
import type { StepEnd } from "./stepEnd.ts";
import { cpuIdentification, systemInformation } from "./systemInformation.ts";
import { Terminal } from "./terminal.ts";
import { VcpuAdapter } from "./vcpuAdapter.ts";
import { attachVirtio } from "./virtioDevices.ts";
import { VirtualTime } from "./virtualTime.ts";

const OPERATION = 0x01;

type Ports = [config: MachineConfig, out: (bytes: Uint8Array) => void, clock?: () => number];

export class S390Ccw implements MachinePort {
  readonly core: Core;
  readonly user = new HandoverBuffer();
  readonly kvm: S390Kvm;
  readonly flic: Flic;
  readonly css: ChannelSubsystem;
  readonly sclp: Sclp;
  readonly virtioConsole: VirtioConsole;
  readonly watchdog: Watchdog;
  readonly diag: Diagnose;
  readonly adapters: readonly VcpuAdapter[];
  readonly schedule: Schedule;
  readonly time: VirtualTime;
  readonly log: InterruptionLog;
  readonly scheduler: Scheduler;
  readonly config: MachineConfig;
  readonly prng: Prng;
  readonly terminal: Terminal;
  /** Virtio devices by the names that their sections of a snapshot have. */
  readonly virtio: ReadonlyMap<string, VirtioCcwDevice>;
  /** Changed parts of the disk, in pages; undefined without a disk. */
  readonly diskChanges: DirtyLog | undefined;
  /** AP queues, where the configuration asks for some. */
  readonly ap: ApBoard | undefined;
  private readonly demo: DemoAdapters | undefined;
  private readonly facilityBytes: Uint8Array;
  private readonly resetPorts: ResetPorts;
  resetWanted: ResetWanted | undefined;
  private deviceMs = 0;
  private readonly clock: () => number;

  /**
   * Refuses what cannot be built or loaded with a sentence. `clock`: wall milliseconds, for statistics only.
   */
  static create(...ports: Ports): Result<S390Ccw, string> {
    const built = S390Ccw.build(...ports);
    const loaded = built.ok ? initialProgramLoad(built.value.resetPorts) : built;
    return loaded.ok ? built : loaded;
  }
  /** A machine with nothing in its storage: a snapshot follows. */
  static build(...[config, out, clock]: Ports): Result<S390Ccw, string> {
    const objection = objectionTo(config);
    return objection === undefined ? ok(new S390Ccw(config, out, clock)) : refuse(objection);
  }
  private constructor(...[config, out, clock = () => 0]: Ports) {
    this.config = config;
    this.clock = clock;
    this.prng = new Prng(config.seed);
    this.core = new Core(config.memoryBytes, config.cpus);
    this.core.machine = this;
    this.time = new VirtualTime(this.core);
    this.schedule = new Schedule(() => this.time.now());
    if (!config.interpreterOnly) this.core.compiler = new RegionCompiler(this.core, clock);
    const { user, core: { ram } } = this;
    this.kvm = new S390Kvm({ profile: kernelProfiles["linux-6.1"], memory: ram, time: this.schedule, user });
    this.flic = this.kvm.flic;
    this.log = new InterruptionLog(this.flic, () => this.time.instructions);
    const { demoAdapters } = config;
    this.demo = demoAdapters?.length ? DemoAdapters.plugIn(this.kvm, user, demoAdapters) : undefined;
    this.ap = config.ap && ApBoard.plugIn(this.core, this.kvm, user, this.schedule, config.ap);
    this.facilityBytes = offeredFacilities(config);
    this.adapters = this.core.vcpus.map((v) => new VcpuAdapter(this.core, v, () => this.tod()));
    for (const adapter of this.adapters) this.kvm.attachVcpu(adapter);
    const ports: MachinePorts = {
      memory: ram, interrupts: new FlicInterruptPort(this.flic), time: this.schedule,
      consoleOut: (bytes) => this.terminal.show("sclp", bytes),
    };
    this.sclp = new Sclp(ports, sclpConfig(config));
    this.css = new ChannelSubsystem(ports);
    const virtio = attachVirtio(ports, this.css, config.disk, (bytes) => this.terminal.show("virtio", bytes));
    this.virtio = virtio.devices;
    this.virtioConsole = virtio.console;
    this.diskChanges = virtio.diskChanges;
    this.terminal = new Terminal({
      show: out, note: (bytes) => this.log.noteBytes(this.time.instructions, bytes),
      give: (to, bytes) => {
        if (to === "virtio") this.virtioConsole.input(bytes);
        else this.sclp.consoleInput(bytes);
      },
    });
    this.watchdog = new Watchdog(this.schedule, () => (this.resetWanted = loadAnew));
    const notifyQueue = (id: bigint, queue: bigint): boolean => this.css.notify(id, queue);
    this.diag = new Diagnose({ memory: ram, watchdog: this.watchdog, notifyQueue });
    const { core, flic, adapters, time, schedule, log } = this;
    this.scheduler = new Scheduler({
      core, flic, adapters, time, schedule, log, resetIfWanted: () => this.resetIfWanted(),
      typed: (bytes) => this.terminal.type(bytes),
    });
    this.resetPorts = {
      core: this.core, adapters: this.adapters, config,
      stopCpu: (cpu) => this.stopCpu(cpu),
      startCpu: (cpu) => this.scheduler.start(this.core.vcpus[cpu]!),
      resetSubsystems: () => this.resetSubsystems(),
    };
    this.flic.kick = (id) => this.scheduler.kick(this.core.vcpus[id]!);
    this.core.onProgram = (code, pc) => this.noteProgram(code, pc);
    for (const { atNs, bytes } of config.input ?? [])
      this.scheduler.input.add(BigInt(Math.trunc(atNs)), bytes);
  }

  // ---- console
  /** Bytes a person typed, now: between steps. */
  consoleInput(bytes: Uint8Array): void {
    this.scheduler.input.add(this.now(), bytes);
  }
  /** Asks the guest to power off; false if it does not listen. */
  signalQuiesce(): boolean {
    return this.sclp.signalQuiesce();
  }

  // ---- running
  /** Runs about `budget` instructions, or until all CPUs wait or the machine ends. */
  step(budget: number): StepEnd {
    return this.scheduler.step(budget);
  }
  get instructions(): bigint {
    return this.time.instructions;
  }
  /** Virtual nanoseconds since the start. */
  now(): bigint {
    return this.time.now();
  }
  /** Moves virtual time on while all CPUs wait. */
  skipIdle(toNs: bigint): void {
    this.time.skipTo(toNs);
  }
  /** 16 hex digits over interruptions, their instruction numbers, console output and input. */
  get traceHash(): string {
    return this.log.hash.digest();
  }
  /** One line per interruption. */
  set onTrace(observer: ((line: string) => void) | undefined) {
    this.log.onTrace = observer;
  }
  /** The last interruptions, oldest first, as sentences. */
  lastEvents(): string[] {
    return this.log.sentences();
  }
  /** Wall seconds spent in device models, for statistics. */
  get deviceSeconds(): number {
    return this.deviceMs / 1000;
  }
  private device<T>(work: () => T): T {
    const start = this.clock();
    try {
      return work();
    } finally {
      this.deviceMs += this.clock() - start;
    }
  }
  private noteProgram(code: number, pc: bigint): void {
    const at = this.time.instructions;
    const loops = this.log.noteProgram({ at, cpu: this.core.vcpu.id, kind: "program", code, pc });
    if (!loops) return;
    const where = `code 0x${code.toString(16)} at 0x${pc.toString(16)}`;
    this.scheduler.crash(`The guest loops in program interruptions: ${where}, again and again.`);
  }

  // ---- resets
  /** By a person, between two steps: loads the guest into cleared storage. Time, disk and books go on. */
  reset(): void {
    this.resetWanted = loadAnew;
    this.resetIfWanted();
    this.terminal.newLine();
  }
  private resetIfWanted(): void {
    const wanted = this.resetWanted;
    if (!wanted) return;
    this.resetWanted = undefined;
    this.log.note({ at: this.time.instructions, cpu: wanted.cpu, kind: "reset", code: 0, pc: this.core.pc });
    const done = performReset(this.resetPorts, wanted.kind, wanted.cpu);
    if (!done.ok) this.scheduler.crash(done.error);
  }
  private stopCpu(cpu: number): void {
    this.flic.clearLocal(cpu);
    this.scheduler.stop(this.core.vcpus[cpu]!);
  }
  private resetSubsystems(): void {
    this.css.reset();
    this.sclp.reset();
    this.diag.reset();
    this.watchdog.cancel();
    this.flic.clearFloating();
    this.demo?.reset();
    this.ap?.reset();
    this.terminal.inputGoesTo = "sclp";
  }

  // ---- MachinePort
  tod(): bigint {
    return this.time.tod();
  }
  setTod(value: bigint): boolean {
    this.time.setTod(value);
    return true;
  }
  signalProcessor(from: number, target: number, order: number, parameter: bigint): SigpResult {
    return signalProcessor({
      core: this.core, flic: this.flic, adapters: this.adapters,
      isBlocked: (cpu) => this.scheduler.threads.all[cpu]!.blocked,
      start: (cpu) => this.scheduler.start(this.core.vcpus[cpu]!),
      reset: (cpu, kind) => {
        this.stopCpu(cpu);
        this.adapters[cpu]!.reset(kind);
      },
    }, from, target, order, parameter);
  }
  serviceCall(command: number, sccb: bigint): number {
    const { prefix } = this.core.storage;
    const outcome = this.device(() => this.sclp.serviceCall(command, Number(sccb), { prefix }));
    return "program" in outcome ? this.core.cpu.program(outcome.program) : outcome.cc;
  }
  diagnose(r1: number, r3: number, code: number): void {
    const { cpu, storage, vcpu } = this.core;
    const port: CpuPort = {
      address: vcpu.id, prefix: storage.prefix, gr: (n) => cpu.gr(n), setGr: (n, to) => cpu.setGr(n, to),
    };
    if (this.demo && code === DEMO_DIAGNOSE) {
      const exception = this.demo.diagnose(port);
      if (exception) cpu.program(exception);
      return;
    }
    const outcome = this.device(() => this.diag.diagnose(code, r1, r3, port));
    if (outcome.kind === "program") cpu.program(outcome.code);
    if (outcome.kind === "done" && outcome.cc !== undefined) cpu.cc = outcome.cc;
    if (outcome.kind === "yield") this.scheduler.yield(outcome.to);
    if (outcome.kind === "reset") this.resetWanted = { kind: outcome.reset, cpu: vcpu.id };
  }
  setInterruptionControls(mode: number, isc: number): number {
    return this.demo ? this.demo.setMode(mode, isc) : OPERATION;
  }
  channel(name: string, address: bigint, b: number): number {
    const adapter = this.adapters[this.core.vcpu.id]!;
    return this.device(() => channelInstruction(this.core, this.css, this.flic, adapter, name, address, b));
  }
  adapterQueue(name: ApInstruction, r1: number, r2: number): number {
    return this.ap ? this.device(() => this.ap!.execute(name, r1, r2)) : OPERATION;
  }
  facilities(): Uint8Array {
    return this.facilityBytes;
  }
  systemInformation(functionCode: number, selector1: number, selector2: number): Uint8Array | undefined {
    return systemInformation(functionCode, selector1, selector2, this.config.cpus, this.core.vcpu.id);
  }
  cpuId(): bigint {
    return cpuIdentification;
  }
  purged(): void {
    this.scheduler.threads.flushed(this.core.vcpu);
  }
  random(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.prng.u32() & 0xff);
  }
}
