/** A machine's summary, its stops and watchpoints, in the forms of scripts and of the workbench. */
import type {
  Halt as HaltInfo, MachineInfo, Watchpoint as WatchInfo,
} from "../../../resources/scripts/api/machines.d.ts";
import type { Halt, Hex } from "../../engine/api/debug.ts";
import type { Watchpoint } from "../../engine/api/watch.ts";
import type { MachineSummary } from "../../engine/api/workbench.ts";

export const hex16 = (value: bigint | number): Hex => value.toString(16).padStart(16, "0");
const numberOf = (digits: Hex): bigint => BigInt(`0x${digits}`);

export function infoOf(summary: MachineSummary): MachineInfo {
  const { id, title, phase, memoryBytes, cpus, stats, reason, halt, past } = summary;
  const sentence = reason && ("sentence" in reason ? reason.sentence : reason.kind);
  return {
    id, title, phase, memoryBytes, cpus,
    ...(stats && { instructions: stats.instructions, virtualSeconds: stats.virtualSeconds }),
    ...(sentence !== undefined && { reason: sentence }),
    ...(halt && { halt: haltOf(halt) }),
    breakpoints: summary.breakpoints.map(numberOf),
    watchpoints: summary.watchpoints.map(watchInfoOf),
    ...(past && { past: pastOf(past) }),
  };
}

const pastOf = (
  { of, instructions, difference }: NonNullable<MachineSummary["past"]>,
): NonNullable<MachineInfo["past"]> =>
  ({ of, instructions, ...(difference !== undefined && { difference }) });

export function haltOf({ why, cpu, address, hit }: Halt): HaltInfo {
  return {
    why, cpu, address: numberOf(address),
    ...(hit && {
      hit: {
        watchpoint: watchInfoOf(hit.watchpoint), event: hit.event, by: hit.by,
        ...(hit.instruction !== undefined && { instruction: numberOf(hit.instruction) }),
        ...(hit.before !== undefined && { before: numberOf(hit.before) }),
        ...(hit.after !== undefined && { after: numberOf(hit.after) }),
      },
    }),
  };
}

const watchInfoOf = (watch: Watchpoint): WatchInfo =>
  (watch.kind === "register" ? watch : { ...watch, address: numberOf(watch.address) });

/** As the engine takes it. */
export function watchOf(watch: WatchInfo): Watchpoint {
  const { cpu = 0 } = watch;
  if (watch.kind === "register") return { kind: "register", cpu, register: watch.register };
  const { address, length, on, space = "absolute" } = watch;
  return { kind: "storage", cpu, space, address: hex16(address), length, on };
}
