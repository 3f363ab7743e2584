/**
 * The entry protocol of a vCPU and what requesters do about it: mode, request word and IPI
 * (kernel Documentation/virt/kvm/vcpu-requests.rst). Words: `mode`, `requests`.
 */
import {
  barrier, branch, clear, compareExchange, differs, equals, interruptsOff, interruptsOn, jump, label,
  load, set, store, type Instruction, type Label, type Note,
} from "../instruction.ts";
import type { Outcome, Thread, WordDescription } from "../program.ts";
import type { StateView } from "../stateView.ts";
import { vcpuMode } from "../../devices/requests/mode.ts";

const { OUTSIDE_GUEST_MODE: OUTSIDE, IN_GUEST_MODE: IN, EXITING_GUEST_MODE: EXITING } = vcpuMode;

export const modeWord: WordDescription = {
  initial: OUTSIDE, names: { 0: "OUTSIDE", 1: "IN", 2: "EXITING", 3: "READING" },
};
export const requestsWord: WordDescription = { initial: 0 };

/** Host CPU of the vCPU. */
export const CPU = 0;

/** Where the entry protocol turns interrupts off. The right place is `before-mode`. */
export type InterruptsOff = "before-mode" | "before-check" | "after-check" | "never";

export interface EntryShape {
  readonly interruptsOff?: InterruptsOff;
  /** The last check also aborts the entry where the mode is EXITING (x86). */
  readonly checksMode?: boolean;
  /** Further things before the last check: reads of another variable, between barrier and check. */
  readonly beforeCheck?: readonly (Instruction | Label)[];
  /** What the top of the loop does before it turns interrupts off. */
  readonly top?: readonly (Instruction | Label)[];
  /** Effects of storing OUTSIDE, when they are in memory. */
  readonly outsideNotes?: readonly Note[];
  readonly startsInGuest?: boolean;
  /** The guest also leaves for reasons of its own. */
  readonly leavesByItself?: boolean;
  /** An entry that trusts an earlier look at the requests. */
  readonly skipsLastCheck?: boolean;
}

/** The guard of `check()`: reads the word, clears what it saw, and orders what follows. */
export const handleRequests: readonly (Instruction | Label)[] = [
  load("requests", "seen"),
  branch("seen", equals(0), "prepare"),
  clear("requests", "seen"),
  barrier("after clearing a request"),
  label("prepare"),
];

const lastCheck = [load("requests", "pending"), branch("pending", differs(0), "leave")];

/** The vCPU's thread: handles requests, enters, leaves when it must, for ever. */
export function vcpu(shape: EntryShape = {}): Thread {
  const { interruptsOff: place = "before-mode", outsideNotes = [] } = shape;
  const off = (here: InterruptsOff): Instruction[] => (here === place ? [interruptsOff] : []);
  return {
    name: "vCPU", cpu: CPU, ...(shape.startsInGuest ? { startsInGuestAt: "guest" } : {}),
    code: [
      label("loop"),
      ...(shape.top ?? handleRequests),
      ...off("before-mode"),
      store("mode", IN),
      barrier("after mode=IN"),
      ...off("before-check"),
      ...(shape.beforeCheck ?? []),
      ...(shape.skipsLastCheck ? [] : lastCheck),
      ...(shape.checksMode ? [load("mode", "now"), branch("now", equals(EXITING), "leave")] : []),
      label("decided"),
      ...off("after-check"),
      label("guest"),
      { kind: "enter", forcedBy: "ipi", ...(shape.leavesByItself ? { leavesByItself: true } : {}) },
      label("leave"),
      store("mode", OUTSIDE, outsideNotes),
      barrier("after mode=OUTSIDE"),
      interruptsOn,
      jump("loop"),
    ],
  };
}

/** One entry that cannot go wrong, back to `loop`. */
export const enterOnce: readonly (Instruction | Label)[] = [
  interruptsOff,
  store("mode", IN),
  barrier("after mode=IN"),
  load("requests", "pending"),
  branch("pending", differs(0), "leave"),
  { kind: "enter", forcedBy: "ipi" },
  label("leave"),
  store("mode", OUTSIDE),
  barrier("after mode=OUTSIDE"),
  interruptsOn,
  jump("loop"),
];

export interface KickShape {
  /** Bit of the request; 0 makes none (NO_ACTION). */
  readonly bit: number;
  /** Number of the caller, which then waits until its IPI was taken. */
  readonly waitsAs?: number;
  /** A waiter that sends its IPI only where a plain requester would. */
  readonly waitsLikePlain?: boolean;
  /** powerpc: always an IPI, the mode is left alone. */
  readonly always?: boolean;
  readonly ipiNotes?: readonly Note[];
  readonly exchangeNotes?: readonly Note[];
  /** Before the request: the state that it announces. */
  readonly before?: readonly Instruction[];
}

/** make() and kick, or make_all_cpus() with WAIT, for one vCPU that is not asleep. */
export function requester(name: string, shape: KickShape): Thread {
  const { bit, waitsAs, ipiNotes = [], exchangeNotes = [] } = shape;
  const call = waitsAs === undefined ? {} : { call: waitsAs };
  const toPlain: Instruction[] = [branch("old", differs(IN), "done")];
  const toWaiter: Instruction[] = [branch("old", equals(OUTSIDE), "done")];
  const reduces = waitsAs === undefined || shape.waitsLikePlain ? toPlain : toWaiter;
  return {
    name,
    code: [
      ...(shape.before ?? []),
      ...(bit === 0 ? [] : [set("requests", bit)]),
      ...(shape.always ? [barrier("before the IPI")] : [
        barrier("before reading mode"),
        compareExchange("mode", IN, EXITING, "old", exchangeNotes),
        ...reduces,
      ]),
      { kind: "sendIpi", cpu: CPU, ...call, notes: ipiNotes },
      ...(waitsAs === undefined ? [] : [{ kind: "awaitAcknowledgement", cpu: CPU, call: waitsAs } as const]),
      label("done"),
    ],
  };
}

/** An interrupt can still be taken between the last look at the requests and the guest. */
export const openAfterCheck: Outcome = {
  id: "open-after-check", verdict: "forbidden", title: "decided to enter while interrupts are on",
  holds: (state) => state.isAt("vCPU", "decided") && !state.inGuest("vCPU") && state.interruptsOn("vCPU"),
};

/** Requesters have finished, nothing is on its way, and yet the vCPU is in the guest with its bit set. */
export function lostRequest(...requesters: readonly string[]): Outcome {
  return {
    id: "lost", verdict: "forbidden",
    title: "in the guest, request pending, no IPI on its way",
    holds: (state) => isSettled(state, requesters) && state.inGuest("vCPU") && state.word("requests") !== 0,
  };
}

export const isSettled = (state: StateView, requesters: readonly string[]): boolean =>
  state.isFinished(...requesters) && state.buffersEmpty && !state.ipiPending;

