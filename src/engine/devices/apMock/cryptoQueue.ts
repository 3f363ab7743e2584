/**
 * One queue of a crypto adapter that is not there: takes requests, works on them one after the other, keeps
 * replies until they are fetched, and notifies if it was asked to. What sources do not tell about real
 * adapters (how long things take, when a reset shows) is a choice of this model.
 *
 * Times are virtual nanoseconds. Invariant: requests and replies together never exceed the depth.
 */
import type { ApMessage } from "../apPorts.ts";
import { apResponse, queueStatus, statusWord, type AqicControl } from "../../uapi/ap.ts";

/** `deconfigured` and `checkstopped` are an adapter's; each answers with its own response code. */
export type AdapterCondition = "operating" | "deconfigured" | "checkstopped";

export interface QueueTiming {
  /** From the start of the work on a request to its reply. */
  readonly serviceNs: bigint;
  readonly resetNs: bigint;
  /** From an accepted AQIC to the change of the I bit. */
  readonly interruptChangeNs: bigint;
}

/** Where a queue notifies: guest ISC in a GISA, and the indicator's host absolute address. */
export interface NotificationTarget {
  readonly control: AqicControl;
  readonly indicator: bigint;
}

export interface CryptoQueueState {
  requests: ApMessage[];
  replies: ApMessage[];
  /** When the oldest request is done. */
  doneAt: bigint;
  target: NotificationTarget | null;
  /** What the I bit changes to, and when. */
  change: { readonly at: bigint; readonly to: NotificationTarget | null } | null;
  resetAt: bigint | null;
  condition: AdapterCondition;
  /** So many further calls are answered "busy". */
  busyCalls: number;
}

export const idleQueue = (): CryptoQueueState => ({
  requests: [], replies: [], doneAt: 0n, target: null, change: null, resetAt: null, condition: "operating",
  busyCalls: 0,
});

/** The status word with this response code and the queue's flags. */
export function statusOf(state: CryptoQueueState, depth: number, response: number): number {
  const held = state.requests.length + state.replies.length;
  const { EMPTY, REPLIES_WAITING, FULL, INTERRUPTS_ENABLED } = queueStatus;
  const flags = (held === 0 ? EMPTY : 0) | (state.replies.length ? REPLIES_WAITING : 0)
    | (held >= depth ? FULL : 0) | (state.target ? INTERRUPTS_ENABLED : 0);
  return statusWord(response, flags);
}

/** The response code that keeps any call from being carried out; 0 if none does. */
export function obstacle(state: CryptoQueueState): number {
  if (state.condition === "deconfigured") return apResponse.DECONFIGURED;
  if (state.condition === "checkstopped") return apResponse.CHECKSTOPPED;
  if (state.resetAt !== null) return apResponse.RESET_IN_PROGRESS;
  if (state.busyCalls === 0) return apResponse.NORMAL;
  state.busyCalls--;
  return apResponse.BUSY;
}

/** When something happens next; undefined if nothing is under way. An adapter that does not operate rests. */
export function nextEvent(state: CryptoQueueState): bigint | undefined {
  const { requests, doneAt, change, resetAt } = state;
  if (state.condition !== "operating") return undefined;
  const due = [requests.length ? doneAt : null, change?.at ?? null, resetAt].filter((at) => at !== null);
  return due.sort((a, b) => Number(a - b))[0];
}

/**
 * Carries out what happens next, at its time `at`: a reset before a change of interrupts before a reply.
 * `reply` computes an answer, `notify` is called for a finished request while interrupts are on.
 */
export function runNext(
  state: CryptoQueueState, at: bigint, timing: QueueTiming,
  reply: (request: ApMessage) => ApMessage, notify: (target: NotificationTarget) => void,
): void {
  if (state.resetAt === at) Object.assign(state, { ...idleQueue(), busyCalls: state.busyCalls });
  else if (state.change?.at === at) {
    state.target = state.change.to;
    state.change = null;
  } else {
    state.replies.push(reply(state.requests.shift()!));
    state.doneAt = at + timing.serviceNs;
    if (state.target) notify(state.target);
  }
}

/** The hardware goes on for so long while the host's clock stands: everything is due earlier. */
export function bringForward(state: CryptoQueueState, ns: bigint): void {
  state.doneAt -= ns;
  if (state.change) state.change = { ...state.change, at: state.change.at - ns };
  if (state.resetAt !== null) state.resetAt -= ns;
}
