/**
 * The machines this host has started: one engine worker each, their consoles, and the requests a person makes
 * of them. Knows nothing of windows or sockets; every host and the command line use it as it is.
 */
import type { MachineConfig, MachineEvent, MachineStats, StopReason } from "../../engine/api/machine.ts";
import type { GuestSummary, MachinePhase, MachineSummary } from "../../engine/api/workbench.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { keepCrashRecord } from "../crashRecords.ts";
import { EngineHost, engineTiming, type EngineTiming } from "../engineHost.ts";
import type { DebugAnswer, DebugCall, Halt } from "../../engine/api/debug.ts";
import { ConsoleLog } from "./consoleLog.ts";
import { DebugCalls } from "./debugCalls.ts";
import { MachineStops } from "./machineStops.ts";

export interface MachineListener {
  machineChanged(machine: MachineSummary): void;
  /** More can be read from the machine's console log. */
  consoleGrew(id: string): void;
  machineRefused(id: string, sentence: string): void;
}

export interface MachineOptions {
  readonly workerUrl: URL;
  readonly timing?: EngineTiming;
  readonly consoleBytes?: number;
  /** Where records of engine faults are kept; without it none are. */
  readonly crashFolder?: string;
  machineConfig(id: string, overrides?: Partial<MachineConfig>): Promise<Result<MachineConfig, string>>;
}

interface Machine {
  readonly id: string;
  readonly log: ConsoleLog;
  readonly calls: DebugCalls;
  title: string;
  phase: MachinePhase;
  reason: StopReason | undefined;
  stats: MachineStats | undefined;
  statsShownAt: number;
  memoryBytes: number;
  cpus: number;
  run: number;
  halt: Halt | undefined;
  readonly stops: MachineStops;
  engine: EngineHost | undefined;
}

const RUNNING_MAX = 8;
/** Figures are shown to people: more often than this only costs. */
const STATS_PERIOD_MS = 200;

export class Machines {
  private readonly options: MachineOptions;
  private readonly machines = new Map<string, Machine>();
  private readonly listeners = new Set<MachineListener>();

  constructor(options: MachineOptions) {
    this.options = options;
  }

  listen(listener: MachineListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  summaries(): MachineSummary[] {
    return [...this.machines.values()].map(summarize);
  }

  /** The console and run of a machine that has been started in this host. */
  console(id: string): Result<{ log: ConsoleLog; run: number }, string> {
    const machine = this.machines.get(id);
    if (!machine) return refuse(`"${id}" has not been started, so it has no console yet. Start it first.`);
    return ok({ log: machine.log, run: machine.run });
  }

  isActive(id: string): boolean {
    const machine = this.machines.get(id);
    return machine !== undefined && isActive(machine);
  }

  async start(guest: GuestSummary): Promise<Result<MachineSummary, string>> {
    if (this.isActive(guest.id))
      return refuse(`${guest.title} is already on. Power it off to start it afresh.`);
    const active = [...this.machines.values()].filter(isActive);
    if (active.length >= RUNNING_MAX)
      return refuse(`${active.length} machines are on and ${RUNNING_MAX} are allowed. Power one off first.`);
    const machine = this.begin(guest);
    const config = await this.options.machineConfig(guest.id, { pace: "wall" });
    // Powered off while its kernel was still being read.
    if (machine.phase !== "starting") return refuse(`${guest.title} was powered off before it began.`);
    if (!config.ok) {
      this.finish(machine, "stopped", undefined);
      return config;
    }
    machine.memoryBytes = config.value.memoryBytes;
    machine.cpus = config.value.cpus;
    machine.engine = new EngineHost({
      workerUrl: this.options.workerUrl,
      config: config.value,
      timing: this.options.timing ?? engineTiming,
      onEvent: (event) => this.take(machine, event),
    });
    for (const call of machine.stops.calls()) void this.debug(machine.id, call);
    return ok(summarize(machine));
  }

  resume(id: string): Result<void, string> {
    return this.request(id, "resume", ["paused"]);
  }

  pause(id: string): Result<void, string> {
    return this.request(id, "pause", ["running"]);
  }

  reset(id: string): Result<void, string> {
    const asked = this.request(id, "reset", ["running", "paused"]);
    // What boots next has its own line, not the rest of the one that the reset cut off.
    if (asked.ok) this.take(this.machines.get(id)!, { type: "console", bytes: Uint8Array.of(13, 10) });
    return asked;
  }

  /** Asks the machine's debugger. */
  async debug(id: string, call: DebugCall): Promise<Result<DebugAnswer, string>> {
    const machine = this.machines.get(id);
    const { engine } = machine ?? {};
    if (!machine || !engine)
      return refuse(`"${id}" is off, so there is nothing to look into. Start it first.`);
    const answer = await machine.calls.ask((number) => engine.post({ type: "debug", id: number, call }));
    if (answer.ok && machine.stops.keep(call)) this.tell(machine);
    return answer;
  }

  powerOff(id: string): Result<void, string> {
    const machine = this.machines.get(id);
    if (!machine || !isActive(machine)) return refuse(`"${id}" is off already.`);
    if (machine.engine) machine.engine.powerOff();
    else this.finish(machine, "stopped", { kind: "powered-off" });
    return ok(undefined);
  }

  input(id: string, bytes: Uint8Array): Result<void, string> {
    const machine = this.machines.get(id);
    if (!machine?.engine) return refuse(`"${id}" is off, so nothing reads its keyboard. Start it first.`);
    machine.engine.post({ type: "console-input", bytes });
    return ok(undefined);
  }

  /** Forgets a machine that is off. */
  forget(id: string): void {
    if (!this.isActive(id)) this.machines.delete(id);
  }

  async close(): Promise<void> {
    const engines = [...this.machines.values()].map((machine) => machine.engine);
    await Promise.all(engines.map((engine) => engine?.dispose()));
  }

  private begin(guest: GuestSummary): Machine {
    const known = this.machines.get(guest.id);
    const machine: Machine = {
      id: guest.id,
      log: known?.log ?? new ConsoleLog(this.options.consoleBytes),
      calls: new DebugCalls(),
      title: guest.title,
      phase: "starting",
      reason: undefined,
      stats: undefined,
      statsShownAt: 0,
      memoryBytes: guest.memoryBytes,
      cpus: guest.cpus,
      run: (known?.run ?? 0) + 1,
      halt: undefined,
      stops: known?.stops ?? new MachineStops(),
      engine: undefined,
    };
    machine.log.clear();
    this.machines.set(guest.id, machine);
    this.tell(machine);
    return machine;
  }

  private request(
    id: string,
    type: "resume" | "pause" | "reset",
    from: MachinePhase[],
  ): Result<void, string> {
    const machine = this.machines.get(id);
    const phase = machine?.phase ?? "stopped";
    if (!machine?.engine || !from.includes(phase))
      return refuse(`A machine can ${type} when it is ${from.join(" or ")}; "${id}" is ${phase}.`);
    machine.engine.post({ type });
    return ok(undefined);
  }

  private take(machine: Machine, event: MachineEvent): void {
    switch (event.type) {
      case "state":
        if (event.state === "stopped" || event.state === "crashed")
          this.finish(machine, event.state, event.reason);
        else {
          machine.halt = event.halt;
          this.change(machine, event.state);
        }
        return;
      case "console":
        machine.log.append(event.bytes);
        for (const listener of this.listeners) listener.consoleGrew(machine.id);
        return;
      case "progress":
        this.takeStats(machine, event.stats);
        return;
      case "debug":
        machine.calls.settle(event.id, event.answer);
        return;
      case "refused":
        this.takeRefusal(machine, event.sentence);
        return;
      default:
        return;
    }
  }

  private takeStats(machine: Machine, stats: MachineStats): void {
    machine.stats = stats;
    const now = performance.now();
    if (now - machine.statsShownAt < STATS_PERIOD_MS) return;
    machine.statsShownAt = now;
    this.tell(machine);
  }

  private takeRefusal(machine: Machine, sentence: string): void {
    for (const listener of this.listeners) listener.machineRefused(machine.id, sentence);
    if (machine.phase !== "starting") return;
    // The engine will not run this guest at all: what it says is why the machine is off.
    void machine.engine?.dispose();
    this.finish(machine, "crashed", { kind: "crashed", sentence, pswMask: "", pswAddress: "" });
  }

  private change(machine: Machine, phase: MachinePhase): void {
    machine.phase = phase;
    this.tell(machine);
  }

  private finish(machine: Machine, phase: "stopped" | "crashed", reason: StopReason | undefined): void {
    machine.engine = undefined;
    machine.halt = undefined;
    machine.calls.refuseAll("The machine is off. Start it to look into it.");
    machine.reason = this.onDisk(machine, reason);
    this.change(machine, phase);
  }

  private onDisk({ id, stats }: Machine, reason: StopReason | undefined): StopReason | undefined {
    const { crashFolder } = this.options;
    if (reason?.kind !== "engine-fault" || crashFolder === undefined) return reason;
    return keepCrashRecord(crashFolder, id, reason, stats);
  }

  private tell(machine: Machine): void {
    const summary = summarize(machine);
    for (const listener of this.listeners) listener.machineChanged(summary);
  }
}

const isActive = (machine: Machine): boolean => machine.phase !== "stopped" && machine.phase !== "crashed";

const summarize = (machine: Machine): MachineSummary => ({
  id: machine.id,
  title: machine.title,
  phase: machine.phase,
  run: machine.run,
  memoryBytes: machine.memoryBytes,
  cpus: machine.cpus,
  ...(machine.reason && { reason: machine.reason }),
  ...(machine.stats && { stats: machine.stats }),
  ...(machine.halt && { halt: machine.halt }),
  breakpoints: machine.stops.breakpoints,
  watchpoints: machine.stops.watchpoints,
});
