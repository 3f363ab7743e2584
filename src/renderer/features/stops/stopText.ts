/** What a machine is to stop at, and why it stopped, in words. */
import type { Halt, Hex } from "../../../engine/api/debug.ts";
import type { WatchHit, Watchpoint } from "../../../engine/api/watch.ts";

/** Without the zeros in front of a long address. */
export const short = (address: Hex): string => address.replace(/^0{1,8}/, "");
const value = (digits: Hex): string => digits.replace(/^0+(?=.)/, "");

export const eventWords = { change: "changes", write: "is written", read: "is read", access: "is accessed" };

export function placeOf(watch: Watchpoint): string {
  if (watch.kind === "register") return `${watch.register} of vCPU ${watch.cpu}`;
  const bytes = watch.length === 1 ? "1 byte" : `${watch.length} bytes`;
  return `${watch.space} ${short(watch.address)}, ${bytes}`;
}
export const conditionOf = (watch: Watchpoint): string =>
  watch.kind === "register" ? eventWords.change : eventWords[watch.on];

function hitText({ watchpoint, event, by, instruction, before, after }: WatchHit): string {
  const values = before && after ? ` from ${value(before)} to ${value(after)}` : "";
  const doer = instruction === undefined ? by : `the instruction at ${short(instruction)}`;
  return `${placeOf(watchpoint)}: ${event}${values} by ${doer}`;
}

const reasons: Readonly<Record<Halt["why"], string>> = {
  breakpoint: "Breakpoint",
  step: "Stepped",
  "run-to": "Run to here",
  watchpoint: "Watchpoint",
};
/** Why a machine stands still, if a debugger stopped it. */
export function haltText({ why, cpu, address, hit }: Halt): string {
  if (hit) return `Watchpoint: ${hitText(hit)}`;
  return `${reasons[why]}: vCPU ${cpu} at ${short(address)}`;
}
