/**
 * The four RTAS calls about XICS sources. Status 0 is success; -3 is "parameter error", for every refusal.
 */
import { PRIORITY_MASKED } from "../xive/hostXive.ts";
import { hardwarePriority, maskSource, unmaskSource } from "./sourceState.ts";
import type { Xics } from "./xics.ts";

export const RTAS_OK = 0;
export const RTAS_PARAMETER_ERROR = -3;

/** 32-bit arguments and, after the status, 32-bit results. */
export interface RtasCall {
  readonly args: readonly number[];
  /** How many results the caller has room for, status included. */
  readonly results: number;
}
export type RtasReply = readonly [status: number, ...results: number[]];

const REFUSED: RtasReply = [RTAS_PARAMETER_ERROR];
const OK: RtasReply = [RTAS_OK];

interface RtasEntry {
  readonly args: number;
  readonly results: number;
  readonly run: (device: Xics, args: readonly number[]) => RtasReply;
}

const calls: Readonly<Record<string, RtasEntry>> = {
  "ibm,set-xive": { args: 3, results: 1, run: setXive },
  "ibm,get-xive": { args: 1, results: 3, run: getXive },
  "ibm,int-off": { args: 1, results: 1, run: switchOff },
  "ibm,int-on": { args: 1, results: 1, run: switchOn },
};

/** Carries out the call of that name. Undefined: it is not one of these. */
export function xicsRtas(device: Xics, name: string, { args, results }: RtasCall): RtasReply | undefined {
  const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (!call) return undefined;
  if (args.length !== call.args || results !== call.results) return REFUSED;
  return call.run(device, args.map((arg) => arg >>> 0));
}

/**
 * A source that is masked (priority 0xff) is moved as well, at the priority it had. One that cannot be moved
 * is unmasked all the same, and remembers the new priority.
 */
function setXive(device: Xics, [irq, server, wide]: readonly number[]): RtasReply {
  const state = device.irqs.get(irq!);
  const isAmbiguous = wide! > 0xff && (wide! & 0xff) === PRIORITY_MASKED;
  if (!state || isAmbiguous) return REFUSED;
  const guestPriority = wide! & 0xff;
  const isMasking = guestPriority === PRIORITY_MASKED;
  const priority = isMasking ? state.actPriority : hardwarePriority(guestPriority);
  if (!isMasking && !device.provision(priority)) return REFUSED;
  if (isMasking) maskSource(device, state);
  const moves = priority !== PRIORITY_MASKED
    && (state.actServer !== server || state.actPriority !== priority);
  const refused = moves ? device.target(state, server!, priority) : 0;
  if (!isMasking) unmaskSource(device, state, guestPriority);
  state.savedPriority = guestPriority;
  return refused ? REFUSED : OK;
}

/** Server and guest priority; a source that was never set up reads 0 and 0xff. */
function getXive(device: Xics, [irq]: readonly number[]): RtasReply {
  const state = device.irqs.get(irq!);
  return state ? [RTAS_OK, state.actServer, state.guestPriority] : REFUSED;
}

/** A second time remembers "masked" as the priority, after which int-on does nothing. */
function switchOff(device: Xics, [irq]: readonly number[]): RtasReply {
  const state = device.irqs.get(irq!);
  if (!state) return REFUSED;
  state.savedPriority = maskSource(device, state);
  return OK;
}

function switchOn(device: Xics, [irq]: readonly number[]): RtasReply {
  const state = device.irqs.get(irq!);
  if (!state || state.actPriority === PRIORITY_MASKED) return REFUSED;
  if (state.savedPriority !== PRIORITY_MASKED) unmaskSource(device, state, state.savedPriority);
  return OK;
}
