/** L6, L7 and L19: several requesters, IPIs saved and IPIs waited for. */
import {
  barrier, branch, clear, equals, interruptsOn, label, load, store, type Note,
} from "../instruction.ts";
import type { Experiment } from "../experiment.ts";
import type { LitmusProgram, Outcome, Thread } from "../program.ts";
import { vcpuMode } from "../../devices/requests/mode.ts";
import {
  CPU, isSettled, lostRequest, modeWord, requester, requestsWord, vcpu, type EntryShape, type KickShape,
} from "./guestMode.ts";

const words = { mode: modeWord, requests: requestsWord };
const countsIpi: Note = { ghost: "ipis", change: { add: 1 } };
const countsEpisodeIpi: Note = { ghost: "ipis of this episode", change: { add: 1 } };
const countsTransition: Note = { ghost: "IN to EXITING", change: { add: 1 }, exchanged: true };
const endsEpisode: Note = { ghost: "ipis of this episode", change: { to: 0 } };

/** Two plain kicks. */
function twoKickers(always: boolean): LitmusProgram {
  const shape = { ipiNotes: [countsIpi, countsEpisodeIpi], exchangeNotes: [countsTransition], always };
  const both = ["first", "second"] as const;
  const rests = [0, 1, 2].map((ipis): Outcome => ({
    id: `ipis=${ipis}`, verdict: "final", title: `both handled with ${ipis} IPIs`,
    holds: (state) => isSettled(state, both) && state.inGuest("vCPU") && state.word("requests") === 0
      && state.ghost("ipis") === ipis,
  }));
  return {
    title: always ? "Two kicks that always send an IPI" : "Two kicks, the second without an IPI", words,
    ghosts: ["ipis", "ipis of this episode", "IN to EXITING"],
    threads: [
      vcpu({ outsideNotes: [endsEpisode] }), requester("first", { bit: 1, ...shape }),
      requester("second", { bit: 2, ...shape }),
    ],
    outcomes: [
      lostRequest(...both),
      { id: "unreduced", verdict: always ? "remark" : "forbidden", title: "more IPIs than IN to EXITING",
        holds: (state) => state.ghost("ipis") > state.ghost("IN to EXITING") },
      { id: "two-in-one", verdict: "remark", title: "two IPIs arrive in one episode",
        holds: (state) => state.ghost("ipis of this episode") > 1 },
      ...rests,
    ],
  };
}

/** The vCPU is in the guest, leaves it once, and looks. */
const leavesOnce: Thread = {
  name: "vCPU", cpu: CPU, startsInGuestAt: "guest",
  code: [
    label("guest"),
    { kind: "enter", forcedBy: "ipi" },
    store("mode", vcpuMode.OUTSIDE_GUEST_MODE),
    barrier("after mode=OUTSIDE"),
    interruptsOn,
    load("requests", "seen"),
  ],
};
const episode: LitmusProgram = {
  title: "Two kicks within one stay in the guest", ghosts: ["ipis"],
  words: { ...words, mode: { ...modeWord, initial: vcpuMode.IN_GUEST_MODE } },
  threads: [
    leavesOnce, requester("first", { bit: 1, ipiNotes: [countsIpi] }),
    requester("second", { bit: 2, ipiNotes: [countsIpi] }),
  ],
  outcomes: [
    { id: "not-one", verdict: "forbidden", title: "at rest, and not exactly one IPI was sent",
      holds: (state) => state.isFinished("vCPU", "first", "second") && state.buffersEmpty
        && state.ghost("ipis") !== 1 },
    ...[1, 2, 3].map((seen): Outcome => ({
      id: `sees=${seen}`, verdict: "final",
      title: seen === 3 ? "the check sees both" : `the check sees request ${seen} alone`,
      holds: (state) => state.isFinished("vCPU", "first", "second") && state.register("vCPU",
        "seen") === seen,
    })),
  ],
};

const samples: Note = { ghost: "sampled", change: { to: "old" } };
const leavesSampled: Note = { ghost: "sampled", change: { to: 0 } };

/** make_all_cpus() with WAIT, alone or after a plain kick. */
function waiter(title: string, entry: EntryShape, wait: Omit<KickShape, "waitsAs">, afterKick: boolean):
LitmusProgram {
  return {
    title, words, ghosts: ["sampled"],
    threads: [
      vcpu({ ...entry, outsideNotes: [leavesSampled] }),
      ...(afterKick ? [requester("kicker", { bit: 1 })] : []),
      requester("waiter", { ...wait, waitsAs: 1, exchangeNotes: [samples] }),
    ],
    outcomes: [
      { id: "too-early", verdict: "forbidden",
        title: "returned while the vCPU is in the stay that was sampled",
        holds: (state) => state.isFinished("waiter") && state.inGuest("vCPU")
          && state.ghost("sampled") !== 0 },
      { id: "returned", verdict: "remark", title: "the waiter returned",
        holds: (state) => state.isFinished("waiter") },
      { id: "changed", verdict: "remark", title: "a request bit is set",
        holds: (state) => state.word("requests") !== 0 },
    ],
  };
}

/** NO_ACTION by mistake logged: number 0 becomes a request that this run loop may not know. */
function loggedNoAction(title: string, handledBits: number, bit = 1): LitmusProgram {
  const top = [
    load("requests", "seen"), branch("seen", equals(0), "prepare"), clear("requests", handledBits),
    barrier("after clearing a request"), label("prepare"),
  ];
  return {
    title, words, threads: [vcpu({ top }), requester("waiter", { bit, waitsAs: 1 })],
    outcomes: [{ id: "enters", verdict: "remark", title: "the vCPU is in the guest",
      holds: (state) => state.inGuest("vCPU") }],
  };
}

const asksLost = { reaches: "lost" } as const;
const asksEarly = { reaches: "too-early" } as const;
const late: EntryShape = { interruptsOff: "before-check" };
const lateWithMode: EntryShape = { ...late, checksMode: true };
const reduced = twoKickers(false);
const always = twoKickers(true);
const afterKick = waiter("A waiter after a plain kick", {}, { bit: 2 }, true);
const noAction = waiter("A waiter without a request, after a plain kick", {}, { bit: 0 }, true);

function alone(id: string, title: string, entry: EntryShape, bit: number): Experiment {
  return { id, title, program: waiter(title, entry, { bit }, false), without: [], asks: asksEarly };
}

export const kickerExperiments: readonly Experiment[] = [
  { id: "L6", title: "two kickers", program: reduced, without: [], asks: asksLost },
  { id: "L6-ipis", title: "two kickers: more IPIs than IN to EXITING", program: reduced, without: [],
    asks: { reaches: "unreduced" } },
  { id: "L6-once", title: "two kickers, one stay: not exactly one IPI", program: episode, without: [],
    asks: { reaches: "not-one" } },
  { id: "L6p", title: "two kickers that always send an IPI (powerpc)", program: always, without: [],
    asks: asksLost },
  { id: "L6p-two", title: "the same: two IPIs in one stay", program: always, without: [],
    asks: { reaches: "two-in-one" } },
  { id: "L6p-ipis", title: "the same: more IPIs than IN to EXITING", program: always, without: [],
    asks: { reaches: "unreduced" } },
  { id: "L6p-a", title: "the same, no barrier before the IPI: lost", program: always,
    without: ["before the IPI"], asks: asksLost },
  { id: "L7", title: "WAIT after a plain kick", program: afterKick, without: [], asks: asksEarly },
  { id: "L7-stuck", title: "the same: the waiter waits for ever", program: afterKick, without: [],
    asks: { strands: "returned" } },
  { id: "L7n", title: "NO_ACTION and WAIT after a plain kick", program: noAction, without: [],
    asks: asksEarly },
  { id: "no-action", title: "NO_ACTION leaves the request word alone", without: [], asks: {
    reaches: "changed" },
    program: waiter("A waiter without a request", {}, { bit: 0 }, false) },
  { id: "no-action-m", title: "NO_ACTION logged all the same", without: [], asks: { reaches: "changed" },
    program: waiter("A waiter that logs number 0", {}, { bit: 1 }, false) },
  alone("L7o", "interrupts off between mode=IN and the check, NO_ACTION", late, 0),
  alone("L7o-bit", "the same with a request", late, 1),
  alone("L7p", "as L7o, the last check tests the mode too", lateWithMode, 0),
  alone("L7p-bit", "the same with a request", lateWithMode, 1),
  alone("L7q", "interrupts off before mode=IN, NO_ACTION", {}, 0),
  alone("L7q-bit", "the same with a request", {}, 1),
  { id: "L7m", title: "WAIT tested like a plain request", without: [], asks: asksEarly,
    program: waiter("A waiter that is content with EXITING", {}, { bit: 2, waitsLikePlain: true }, true) },
  { id: "L19", title: "NO_ACTION logged, no handler for number 0 (arm64): never in the guest again",
    program: loggedNoAction("Number 0 has no handler", 2), without: [], asks: { strands: "enters" } },
  { id: "L19a", title: "NO_ACTION logged, taken for a TLB flush (x86)",
    program: loggedNoAction("Number 0 is handled", 3), without: [], asks: { strands: "enters" } },
  { id: "L19b", title: "NO_ACTION not logged (arm64)",
    program: loggedNoAction("No number is logged", 2, 0), without: [], asks: { strands: "enters" } },
];
