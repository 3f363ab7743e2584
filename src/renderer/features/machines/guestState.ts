/** What the list shows of a guest: its machine's phase, or how far it is from having one. */
import type { FetchState, GuestSummary, MachineSummary } from "../../../engine/api/workbench.ts";

export type GuestState = "absent" | "fetching" | "off" | "starting" | "running" | "paused" | "crashed";

export function guestState(guest: GuestSummary, machine?: MachineSummary, fetch?: FetchState): GuestState {
  if (fetch?.kind === "fetching") return "fetching";
  if (machine && machine.phase !== "stopped") return machine.phase;
  return guest.ready ? "off" : "absent";
}

export const stateWords: Readonly<Record<GuestState, string>> = {
  absent: "Not on this machine",
  fetching: "Fetching",
  off: "Off",
  starting: "Starting",
  running: "Running",
  paused: "Paused",
  crashed: "Crashed",
};

export const isOn = (state: GuestState): boolean =>
  state === "starting" || state === "running" || state === "paused";
