/** What a host knows of one machine that it has started, and what of it a page is shown. */
import type { MachineConfig, MachineStats, StopReason } from "../../engine/api/machine.ts";
import type { DebugAnswer, Halt } from "../../engine/api/debug.ts";
import type { NearCheckpoint } from "../../engine/api/history.ts";
import type { LedgerBlock } from "../../engine/api/ledgerBlock.ts";
import type { SavedMachine } from "../../engine/api/snapshot.ts";
import type { GuestSummary, MachinePhase, MachineSummary } from "../../engine/api/workbench.ts";
import type { EngineHost } from "../engineHost.ts";
import { ConsoleLog } from "./consoleLog.ts";
import { EngineCalls } from "./engineCalls.ts";
import type { MachineSaver } from "./machineSaver.ts";
import { MachineStops } from "./machineStops.ts";
import type { PastConsole } from "./pastConsole.ts";
import type { Beginning, RunHistory } from "./runHistory.ts";

/** Whose state a machine's snapshots are: of the guest, whatever machine runs it. */
export interface Origin {
  readonly guest: string;
  readonly title: string;
}
/** A machine to go on with; `console` is the end of what it had printed. */
export interface RestorePoint {
  readonly config: MachineConfig;
  readonly saved: SavedMachine;
  /** `saved` has only what differs from the memory of the machine that is on, which is held. */
  readonly isOver?: boolean;
  readonly snapshot: number;
  /** Reads `saved` once more, for whoever goes back to it. */
  readonly again: Beginning;
  readonly origin: Origin;
  readonly console: Uint8Array;
}
/** What a machine that stands still for a restore holds: its base's pages but for some. */
export interface HeldMachine {
  readonly config: MachineConfig;
  readonly base: number;
  readonly changed: Uint32Array<ArrayBuffer>;
}
export interface SaveSource {
  readonly saver: MachineSaver;
  readonly origin: Origin;
  readonly log: ConsoleLog;
}

export interface Machine {
  readonly id: string;
  readonly log: ConsoleLog;
  readonly calls: EngineCalls<DebugAnswer>;
  /** Questions for the present moment, answered with a checkpoint where one is kept. */
  readonly marks: EngineCalls<NearCheckpoint | undefined>;
  title: string;
  phase: MachinePhase;
  reason: StopReason | undefined;
  stats: MachineStats | undefined;
  statsShownAt: number;
  memoryBytes: number;
  cpus: number;
  run: number;
  halt: Halt | undefined;
  /** Of one that has ended: its newest ledger lines. */
  remains: LedgerBlock | undefined;
  readonly stops: MachineStops;
  engine: EngineHost | undefined;
  saver: MachineSaver | undefined;
  origin: Origin;
  /** Of one that runs or has run in this host. */
  history: RunHistory | undefined;
  /** Where in `log` its record begins; what lies before that, a snapshot brought. */
  printedFrom: number;
  /** Of one that stands in the past of another. */
  past: MachineSummary["past"] | undefined;
  pastConsole: PastConsole | undefined;
}

/** A machine that is about to start, with the console of the one before. */
export function newMachine(
  guest: GuestSummary,
  calls: Machine["calls"],
  known: Machine | undefined,
  consoleBytes?: number,
): Machine {
  return {
    id: guest.id,
    log: known?.log ?? new ConsoleLog(consoleBytes),
    calls,
    marks: new EngineCalls(),
    title: guest.title,
    phase: "starting",
    reason: undefined,
    stats: undefined,
    statsShownAt: 0,
    memoryBytes: guest.memoryBytes,
    cpus: guest.cpus,
    run: (known?.run ?? 0) + 1,
    halt: undefined,
    remains: undefined,
    stops: known?.stops ?? new MachineStops(),
    engine: undefined,
    saver: undefined,
    origin: { guest: guest.id, title: guest.title },
    history: undefined,
    printedFrom: known?.log.end ?? 0,
    past: undefined,
    pastConsole: undefined,
  };
}

export const isActive = ({ phase }: Machine): boolean => phase !== "stopped" && phase !== "crashed";

export const summarize = (machine: Machine): MachineSummary => ({
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
  ...(machine.past && { past: machine.past }),
});
