/** L9, L10 and L17: vCPUs that sleep. */
import {
  awaitWord, barrier, branch, choose, clear, compareExchange, differs, equals, jump, label, load, set, store,
  type Instruction, type Note,
} from "../instruction.ts";
import type { Experiment } from "../experiment.ts";
import type { LitmusProgram, Outcome, Thread } from "../program.ts";
import { vcpuMode } from "../../devices/requests/mode.ts";
import { CPU, enterOnce, handleRequests, isSettled, modeWord, requestsWord } from "./guestMode.ts";

const { IN_GUEST_MODE: IN, EXITING_GUEST_MODE: EXITING } = vcpuMode;
const waitingWord = { initial: 0, names: { 0: "awake", 1: "waiting" } };
const words = { mode: modeWord, requests: requestsWord, waiting: waitingWord };

/** Each round sleeps or enters; a sleeper announces itself, then looks once more. */
const sleeper: Thread = {
  name: "vCPU", cpu: CPU,
  code: [
    label("loop"),
    ...handleRequests,
    choose("enter"),
    store("waiting", 1),
    barrier("after announcing the sleep"),
    load("requests", "reason"),
    branch("reason", equals(0), "asleep"),
    store("waiting", 0),
    jump("loop"),
    label("asleep"),
    awaitWord("waiting", equals(0)),
    jump("loop"),
    label("enter"),
    ...enterOnce,
  ],
};

/** Sleeps from the start, and enters once it was woken. */
const asleep: Thread = {
  name: "vCPU", cpu: CPU,
  code: [
    label("asleep"), awaitWord("waiting", equals(0)), label("loop"), ...handleRequests, ...enterOnce,
  ],
};

const kick: readonly Instruction[] = [
  barrier("before reading mode"),
  compareExchange("mode", IN, EXITING, "old"),
  branch("old", differs(IN), "done"),
  { kind: "sendIpi", cpu: CPU, notes: [{ ghost: "ipis", change: { add: 1 } }] },
];

const byRequest: Note = { ghost: "woken by the request", change: { to: 1 }, exchanged: true };

/** Wakes a sleeper, and kicks only if there was none; or, by mistake, in either case. */
function waker(name: string, bit: number, kicksAnyway = false): Thread {
  return {
    name,
    code: [
      set("requests", bit),
      barrier("before looking for a sleeper"),
      compareExchange("waiting", 1, 0, "woke", [byRequest]),
      ...(kicksAnyway ? [] : [branch("woke", equals(1), "done")]),
      ...kick,
      label("done"),
    ],
  };
}
const noWakeup: Thread = { name: "requester", code: [set("requests", 1), ...kick, label("done")] };
const otherReason: Thread = { name: "other reason", code: [store("waiting", 0)] };

const ghosts = ["ipis", "woken by the request"];
const unheard = (...requesters: readonly string[]): Outcome[] => [
  { id: "overslept", verdict: "forbidden", title: "asleep, request pending, nobody left to wake it",
    holds: (state) => isSettled(state, requesters) && state.isAt("vCPU", "asleep")
      && state.word("waiting") === 1 && state.word("requests") !== 0 },
  { id: "lost", verdict: "forbidden", title: "in the guest, request pending, no IPI on its way",
    holds: (state) => isSettled(state, requesters) && state.inGuest("vCPU") && state.word("requests") !== 0 },
];

const pair: LitmusProgram = {
  title: "Sleep or enter, against two that wake or kick", words, ghosts,
  threads: [sleeper, waker("first", 1), waker("second", 2)], outcomes: unheard("first", "second"),
};

const onePair: LitmusProgram = {
  title: "Sleep or enter, against one that wakes or kicks", words, ghosts,
  threads: [sleeper, waker("requester", 1)], outcomes: unheard("requester"),
};

const asleepWords = { ...words, waiting: { ...waitingWord, initial: 1 } };
const toSleeper = (title: string, kicksAnyway: boolean): LitmusProgram => ({
  title, words: asleepWords, ghosts,
  threads: [asleep, waker("requester", 1, kicksAnyway)],
  outcomes: [
    ...unheard("requester"),
    { id: "ipi", verdict: "forbidden", title: "an IPI was sent or the mode was changed by the requester",
      holds: (state) => state.ghost("ipis") > 0 || state.word("mode") === EXITING },
    { id: "woken", verdict: "remark", title: "the request ended the sleep",
      holds: (state) => state.ghost("woken by the request") === 1 },
  ],
});
const wakesSleeper = toSleeper("A plain request to a sleeper", false);
const quiet: LitmusProgram = {
  title: "A request that must not wake a sleeper", words: asleepWords, ghosts,
  threads: [asleep, noWakeup, otherReason],
  outcomes: [
    { id: "woken", verdict: "forbidden", title: "the request ended the sleep",
      holds: (state) => state.ghost("woken by the request") === 1 },
    { id: "bit-stays", verdict: "remark", title: "returned, bit set, still asleep",
      holds: (state) => state.isFinished("requester") && state.isAt("vCPU", "asleep")
        && state.word("requests") === 1 },
    { id: "lost", verdict: "forbidden", title: "in the guest, request pending, no IPI on its way",
      holds: (state) => isSettled(state, ["requester"]) && state.inGuest("vCPU")
        && state.word("requests") !== 0 },
  ],
};

/** Until 4.13's successors: block() reports through a request of its own why it ended. */
function unhalt(title: string, onSignal: boolean): LitmusProgram {
  const wake = (name: string, word: string): Thread => ({
    name, code: [store(word, 1), barrier("before the wake-up"), set("wake", 1)],
  });
  return {
    title,
    words: {
      runnable: { initial: 0 }, signal: { initial: 0 }, wake: { initial: 0 }, unhalt: { initial: 0 },
      halted: { initial: 1 },
    },
    threads: [
      {
        name: "vCPU",
        code: [
          label("check"),
          load("runnable", "runnable"),
          branch("runnable", differs(0), "runnable"),
          load("signal", "signal"),
          branch("signal", differs(0), "signal"),
          awaitWord("wake", equals(1)),
          clear("wake", 1),
          barrier("after waking up"),
          jump("check"),
          label("runnable"),
          store("unhalt", 1),
          jump("stop"),
          label("signal"),
          ...(onSignal ? [store("unhalt", 1)] : []),
          store("signal", 0),
          label("stop"),
          load("unhalt", "why"),
          branch("why", equals(0), "check"),
          store("unhalt", 0),
          store("halted", 0),
        ],
      },
      wake("interrupt", "runnable"), wake("signal", "signal"),
    ],
    outcomes: [
      { id: "left-by-signal", verdict: "forbidden", title: "left the halt state although nothing is runnable",
        holds: (state) => state.word("halted") === 0 && state.word("runnable") === 0 },
      { id: "left", verdict: "remark", title: "left the halt state",
        holds: (state) => state.word("halted") === 0 },
    ],
  };
}

const rehalts = unhalt("A halt that a signal interrupts", false);
const asksOverslept = { reaches: "overslept" } as const;

export const sleepExperiments: readonly Experiment[] = [
  { id: "kick-sleep", title: "sleep or enter, against two that wake or kick: overslept", program: pair,
    without: [], asks: asksOverslept },
  { id: "kick-sleep-lost", title: "the same: lost in the guest", program: pair, without: [],
    asks: { reaches: "lost" } },
  { id: "kick-sleep-a", title: "no barrier after announcing the sleep", program: onePair,
    without: ["after announcing the sleep"], asks: asksOverslept },
  { id: "kick-sleep-b", title: "no barrier before looking for a sleeper", program: onePair,
    without: ["before looking for a sleeper"], asks: asksOverslept },
  { id: "L9", title: "NO_WAKEUP ends a sleep", program: quiet, without: [], asks: { reaches: "woken" } },
  { id: "L9-bit", title: "NO_WAKEUP returns at once, the bit stays", program: quiet, without: [],
    asks: { reaches: "bit-stays" } },
  { id: "L9-lost", title: "the bit is not handled at the next run", program: quiet, without: [],
    asks: { reaches: "lost" } },
  { id: "L9m", title: "the same request without NO_WAKEUP", program: wakesSleeper, without: [],
    asks: { reaches: "woken" } },
  { id: "L10", title: "a plain request to a sleeper sends an IPI", program: wakesSleeper,
    without: [], asks: { reaches: "ipi" } },
  { id: "L10m", title: "the same, kicked although it was woken", without: [], asks: { reaches: "ipi" },
    program: toSleeper("A sleeper that is woken and kicked", true) },
  { id: "L17", title: "a signal ends the halt state", program: rehalts, without: [],
    asks: { reaches: "left-by-signal" } },
  { id: "L17-stuck", title: "a runnable vCPU stays halted", program: rehalts, without: [],
    asks: { strands: "left" } },
  { id: "L17m", title: "UNHALT also after a signal", program: unhalt("UNHALT whatever ended the block", true),
    without: [], asks: { reaches: "left-by-signal" } },
];
