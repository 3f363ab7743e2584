/** Events and states of vCPU threads, as signs and in words. */
import type { LaneEvent, LaneStep, VcpuLane } from "../../../engine/api/lanes.ts";

export const stepSigns: Readonly<Record<LaneStep, string>> = {
  enter: "▸", sleep: "○", wake: "●", kick: "▼", request: "◆", handled: "✓", outside: "╱", started: "▲",
  stopped: "■",
};
export const stepWords: Readonly<Record<LaneStep, string>> = {
  enter: "enters the guest",
  sleep: "sleeps in block()",
  wake: "wakes",
  kick: "is kicked",
  request: "is asked",
  handled: "has handled",
  outside: "is asked out of the guest",
  started: "starts",
  stopped: "stops",
};

export const eventText = ({ number, cpu, step, request }: LaneEvent): string =>
  `#${number} vCPU ${cpu} ${stepWords[step]}${request === undefined ? "" : `: ${request}`}`;

/** Where the thread is now, in one word or two. */
export function laneNow({ state, mode, blocked, asleep }: VcpuLane): string {
  if (state !== "operating") return state;
  if (asleep) return "asleep in block()";
  return blocked ? "woken, still in block()" : mode === "outside" ? "outside, ready" : mode;
}
