/**
 * The machines this host has started: one engine worker each, their consoles, and the requests a person makes
 * of them. Knows nothing of windows or sockets; every host and the command line use it as it is.
 */
import type { ApMatrix, MachineConfig, MachineEvent } from "../../engine/api/machine.ts";
import type { GuestSummary, MachinePhase, MachineSummary } from "../../engine/api/workbench.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { EngineHost, engineTiming, type EngineTiming } from "../engineHost.ts";
import type { DebugAnswer, DebugCall } from "../../engine/api/debug.ts";
import type { ConsoleLog } from "./consoleLog.ts";
import { EngineCalls } from "./engineCalls.ts";
import {
  isActive,
  newMachine,
  summarize,
  type HeldMachine,
  type Machine,
  type RestorePoint,
  type SaveSource,
} from "./machineRecord.ts";
import { MachineEvents, type MachineListener } from "./machineEvents.ts";
import { MachineSaver, type PostToMachine } from "./machineSaver.ts";
import { RunHistory, type Beginning } from "./runHistory.ts";
import { takeUp } from "./takeUp.ts";

export interface MachineOptions {
  readonly workerUrl: URL;
  readonly timing?: EngineTiming;
  readonly consoleBytes?: number;
  /** Where records of engine faults are kept; without it none are. */
  readonly crashFolder?: string;
  machineConfig(id: string, overrides?: Partial<MachineConfig>): Promise<Result<MachineConfig, string>>;
}

const RUNNING_MAX = 8;

export class Machines {
  readonly options: MachineOptions;
  private readonly machines = new Map<string, Machine>();
  readonly events: MachineEvents;

  constructor(options: MachineOptions) {
    this.options = options;
    this.events = new MachineEvents(options.crashFolder);
  }

  listen(listener: MachineListener): () => void {
    return this.events.listen(listener);
  }

  record(id: string): Machine | undefined {
    return this.machines.get(id);
  }
  summaries(): MachineSummary[] {
    return [...this.machines.values()].map(summarize);
  }

  /** The console of a machine that has been started in this host. */
  console(id: string): Result<ConsoleLog, string> {
    const machine = this.machines.get(id);
    if (!machine) return refuse(`"${id}" has not been started, so it has no console yet. Start it first.`);
    return ok(machine.log);
  }

  isActive(id: string): boolean {
    const machine = this.machines.get(id);
    return machine !== undefined && isActive(machine);
  }

  async start(guest: GuestSummary, ap?: ApMatrix): Promise<Result<MachineSummary, string>> {
    if (this.isActive(guest.id))
      return refuse(`${guest.title} is already on. Power it off to start it afresh.`);
    const full = this.objectionToAnother();
    if (full !== undefined) return refuse(full);
    const machine = this.begin(guest);
    const config = await this.options.machineConfig(guest.id, { pace: "wall", ...(ap && { ap }) });
    // Powered off while its kernel was still being read.
    if (machine.phase !== "starting") return refuse(`${guest.title} was powered off before it began.`);
    if (!config.ok) {
      this.events.finish(machine, "stopped", undefined);
      return config;
    }
    const { workerUrl, timing = engineTiming } = this.options;
    const onEvent = (event: MachineEvent): void => this.events.take(machine, event);
    const engine = new EngineHost({ workerUrl, config: config.value, checkpoints: true, timing, onEvent });
    this.equip(machine, engine, config.value);
    return ok(summarize(machine));
  }

  /** The machine goes on where it was saved; one of its name that is on ends once the other has begun. */
  async restore(guest: GuestSummary, point: RestorePoint): Promise<Result<MachineSummary, string>> {
    const full = this.isActive(guest.id) ? undefined : this.objectionToAnother();
    if (full !== undefined) return refuse(full);
    const known = this.machines.get(guest.id);
    if (known?.engine && known.phase !== "starting") return this.rewind(known, guest, point);
    if (point.isOver) return refuse(`${guest.title} ended before it was restored. Restore it again.`);
    const { config, saved } = point;
    const { workerUrl, timing = engineTiming } = this.options;
    const taken = await takeUp({ workerUrl, config, saved, timing });
    if (!taken.ok) return taken;
    const before = this.machines.get(guest.id);
    if (before?.engine) this.retire(before);
    const machine = this.goOn(guest, taken.value.engine, point);
    taken.value.hearBy((event) => this.events.take(machine, event));
    return ok(summarize(machine));
  }

  /**
   * Has a machine stand still so that it can go back in its engine; undefined where it cannot be said what it
   * has in common with its last snapshot.
   */
  async hold(id: string): Promise<Result<HeldMachine | undefined, string>> {
    const machine = this.machines.get(id);
    const { engine, saver } = machine ?? {};
    if (machine && (engine?.isHeld || saver?.isSaving)) return refuse(isBusy(machine));
    if (!engine || !saver || saver.base === null || machine!.phase === "starting") return ok(undefined);
    const { base, config } = saver;
    const changed = await engine.hold();
    if (changed) return ok({ config, base, changed });
    engine.release();
    return ok(undefined);
  }
  release(id: string): void {
    this.machines.get(id)?.engine?.release();
  }

  /** In the engine that runs: it has started, and has its code. */
  private async rewind(
    before: Machine,
    guest: GuestSummary,
    point: RestorePoint,
  ): Promise<Result<MachineSummary, string>> {
    const { saver, engine } = before;
    if (!engine || !saver || saver.isSaving) return refuse(isBusy(before));
    // A save that is asked for meanwhile would be one of the wrong machine.
    before.saver = undefined;
    const done = await engine.restore(point, () => {
      before.marks.refuseAll("The machine was restored meanwhile. Ask once more.");
      const machine = this.goOn(guest, engine, point, before.calls);
      return (event) => this.events.take(machine, event);
    });
    if (done.ok) return ok(summarize(this.machines.get(guest.id)!));
    if (before.engine) before.saver = saver;
    return done;
  }

  /** The machine of a snapshot, once its engine has it. */
  private goOn(
    guest: GuestSummary,
    engine: EngineHost,
    point: RestorePoint,
    calls?: Machine["calls"],
  ): Machine {
    const machine = this.begin(guest, calls);
    machine.origin = point.origin;
    this.equip(machine, engine, point.config, point);
    this.events.take(machine, { type: "console", bytes: point.console });
    machine.printedFrom = machine.log.end;
    return machine;
  }

  /** The last snapshot that holds the state of a machine that is on; null where there is none. */
  baseOf(id: string): number | null {
    return this.machines.get(id)?.saver?.base ?? null;
  }

  /** What a save of a machine that is on needs. */
  saveSource(id: string): Result<SaveSource, string> {
    const machine = this.machines.get(id);
    if (machine?.past) return refuse(inThePast("saved"));
    if (!machine?.saver) return refuse(`"${id}" is off, so there is nothing to save. Start it first.`);
    if (machine.engine?.isHeld) return refuse(isBusy(machine));
    return ok({ saver: machine.saver, origin: machine.origin, log: machine.log });
  }

  private equip(
    machine: Machine,
    engine: EngineHost,
    config: MachineConfig,
    base?: { readonly snapshot: number; readonly again: Beginning },
  ): void {
    machine.engine = engine;
    const post: PostToMachine = (request, ports) => engine.post(request, ports);
    machine.saver = new MachineSaver(config, base?.snapshot ?? null, post);
    machine.history = new RunHistory(config, base?.again);
    machine.memoryBytes = config.memoryBytes;
    machine.cpus = config.cpus;
    for (const call of machine.stops.calls()) void this.debug(machine.id, call);
  }
  /** Ends a machine without a word: another takes its place. */
  retire(machine: Machine): void {
    void machine.engine?.dispose();
    this.events.unequip(machine);
  }

  objectionToAnother(): string | undefined {
    const { length } = [...this.machines.values()].filter(isActive);
    if (length < RUNNING_MAX) return undefined;
    return `${length} machines are on and ${RUNNING_MAX} are allowed. Power one off first.`;
  }

  resume(id: string): Result<void, string> {
    return this.request(id, "resume", ["paused"]);
  }

  pause(id: string): Result<void, string> {
    return this.request(id, "pause", ["running"]);
  }

  reset(id: string): Result<void, string> {
    return this.request(id, "reset", ["running", "paused"]);
  }

  /** Asks the machine's debugger. */
  async debug(id: string, call: DebugCall): Promise<Result<DebugAnswer, string>> {
    const machine = this.machines.get(id);
    const { engine } = machine ?? {};
    if (!engine && machine?.remains && call.name === "ledger") return ok(machine.remains);
    if (!machine || !engine)
      return refuse(`"${id}" is off, so there is nothing to look into. Start it first.`);
    const answer = await machine.calls.ask((number) => engine.post({ type: "debug", id: number, call }));
    if (answer.ok && machine.stops.keep(call)) this.events.tell(machine);
    return answer;
  }

  powerOff(id: string): Result<void, string> {
    const machine = this.machines.get(id);
    if (!machine || !isActive(machine)) return refuse(`"${id}" is off already.`);
    if (machine.engine) machine.engine.powerOff();
    else this.events.finish(machine, "stopped", { kind: "powered-off" });
    return ok(undefined);
  }

  input(id: string, bytes: Uint8Array): Result<void, string> {
    const machine = this.machines.get(id);
    if (machine?.past) return refuse(inThePast("typed to"));
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

  /** `calls`: questions that the machine's engine still answers. */
  begin(guest: GuestSummary, calls: Machine["calls"] = new EngineCalls()): Machine {
    const known = this.machines.get(guest.id);
    const machine = newMachine(guest, calls, known, this.options.consoleBytes);
    machine.log.clear();
    this.machines.set(guest.id, machine);
    this.events.tell(machine);
    return machine;
  }

  private request(
    id: string,
    type: "resume" | "pause" | "reset",
    from: MachinePhase[],
  ): Result<void, string> {
    const machine = this.machines.get(id);
    const phase = machine?.phase ?? "stopped";
    if (machine?.past && type === "reset") return refuse(inThePast("reset"));
    if (!machine?.engine || !from.includes(phase))
      return refuse(`A machine can ${type} when it is ${from.join(" or ")}; "${id}" is ${phase}.`);
    machine.engine.post({ type });
    return ok(undefined);
  }
}

const isBusy = ({ title }: Machine): string =>
  `${title} is being saved or restored; wait for that to end.`;
const inThePast = (what: string): string =>
  `A machine that stands in the past is not ${what}: nothing changes there. Go back to the present first.`;
