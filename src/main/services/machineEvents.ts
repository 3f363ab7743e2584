/** What engines tell of their machines: kept in the machine's record, and passed on to whoever listens. */
import type { MachineEvent, MachineStats, StopReason } from "../../engine/api/machine.ts";
import type { MachinePhase, MachineSummary } from "../../engine/api/workbench.ts";
import { ok } from "../../engine/base/result.ts";
import { keepCrashRecord } from "../crashRecords.ts";
import { summarize, type Machine } from "./machineRecord.ts";

export interface MachineListener {
  machineChanged(machine: MachineSummary): void;
  /** More can be read from the machine's console log. */
  consoleGrew(id: string): void;
  machineRefused(id: string, sentence: string): void;
}

/** Figures are shown to people: more often than this only costs. */
const STATS_PERIOD_MS = 200;

export class MachineEvents {
  private readonly crashFolder: string | undefined;
  private readonly listeners = new Set<MachineListener>();

  /** `crashFolder`: where records of engine faults are kept; without it none are. */
  constructor(crashFolder: string | undefined) {
    this.crashFolder = crashFolder;
  }

  listen(listener: MachineListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  take(machine: Machine, event: MachineEvent): void {
    switch (event.type) {
      case "state":
        if (event.state === "stopped" || event.state === "crashed") {
          machine.remains = event.ledger;
          this.finish(machine, event.state, event.reason);
        } else {
          machine.halt = event.halt;
          this.change(machine, event.state);
        }
        return;
      case "console":
        machine.log.append(event.bytes);
        this.grew(machine);
        return;
      case "progress":
        this.takeStats(machine, event.stats);
        return;
      case "outside":
        machine.history?.take(event);
        return;
      case "marked":
        machine.marks.settle(event.id, ok(event.near));
        return;
      case "past":
        if (!machine.past) return;
        machine.past = { of: machine.past.of, ...event.report };
        this.tell(machine);
        // On its way it still shows where it stood.
        if (event.report.done !== undefined) return;
        machine.pastConsole?.show(machine.log, event.report.printed);
        this.grew(machine);
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

  private grew({ id }: Machine): void {
    for (const listener of this.listeners) listener.consoleGrew(id);
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

  finish(machine: Machine, phase: "stopped" | "crashed", reason: StopReason | undefined): void {
    this.unequip(machine);
    machine.reason = this.onDisk(machine, reason);
    this.change(machine, phase);
  }

  private onDisk({ id, stats }: Machine, reason: StopReason | undefined): StopReason | undefined {
    const { crashFolder } = this;
    if (reason?.kind !== "engine-fault" || crashFolder === undefined) return reason;
    return keepCrashRecord(crashFolder, id, reason, stats);
  }

  tell(machine: Machine): void {
    const summary = summarize(machine);
    for (const listener of this.listeners) listener.machineChanged(summary);
  }

  /** Without its engine: nobody answers what was asked of it. */
  unequip(machine: Machine): void {
    machine.engine = undefined;
    machine.saver = undefined;
    machine.halt = undefined;
    machine.calls.refuseAll("The machine is off. Start it to look into it.");
    machine.marks.refuseAll("The machine has ended meanwhile. Ask once more.");
  }
}
