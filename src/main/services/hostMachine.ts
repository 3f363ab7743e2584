/** A machine as its host keeps it, and as others are shown it. */
import type { Halt } from "../../engine/api/debug.ts";
import type { MachineConfig, MachineStats, StopReason } from "../../engine/api/machine.ts";
import type { SavedMachine } from "../../engine/api/snapshot.ts";
import type { MachinePhase, MachineSummary } from "../../engine/api/workbench.ts";
import type { EngineHost } from "../engineHost.ts";
import type { ConsoleLog } from "./consoleLog.ts";
import type { DebugCalls } from "./debugCalls.ts";
import type { MachineSaver } from "./machineSaver.ts";

/** One machine of a host, from its first start on; it outlives its engines. */
export interface Machine {
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
  engine: EngineHost | undefined;
  saver: MachineSaver | undefined;
}

/** Where a machine goes on in place of a boot. */
export interface RestorePoint {
  readonly snapshot: number;
  readonly config: MachineConfig;
  readonly saved: SavedMachine;
}

export const isActive = (machine: Machine): boolean =>
  machine.phase !== "stopped" && machine.phase !== "crashed";

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
});
