/** L5 and V8: what a request announces, and who may consume it. */
import {
  barrier, branch, clear, compareExchange, equals, label, load, set, store, type Instruction,
} from "../instruction.ts";
import type { Experiment } from "../experiment.ts";
import type { LitmusProgram, Thread } from "../program.ts";
import { requestsWord } from "./guestMode.ts";

/** State, then make(); check(), then the state. */
const message: LitmusProgram = {
  title: "A request announces state that was written before",
  words: { state: { initial: 0 }, requests: requestsWord },
  threads: [
    { name: "requester", code: [store("state", 1), barrier("before the request", "stores"), set("requests",
      1)] },
    {
      name: "vCPU",
      code: [
        load("requests", "seen"),
        branch("seen", equals(0), "done"),
        clear("requests", "seen"),
        barrier("after clearing a request"),
        load("state", "got"),
        label("done"),
      ],
    },
  ],
  outcomes: [
    { id: "stale", verdict: "forbidden", title: "request seen, state read as it was before",
      holds: (state) => state.isFinished("vCPU") && state.register("vCPU", "seen") === 1
        && state.register("vCPU", "got") === 0 },
    { id: "fresh", verdict: "final", title: "request seen with its state",
      holds: (state) => state.isFinished("vCPU") && state.register("vCPU", "got") === 1 },
    { id: "not-seen", verdict: "final", title: "request not seen yet",
      holds: (state) => state.isFinished("vCPU") && state.register("vCPU", "seen") === 0 },
  ],
};

/** One request, two threads that look for it. */
function twoCheckers(title: string, look: readonly Instruction[]): LitmusProgram {
  const checker = (name: string): Thread => ({
    name,
    code: [
      ...look,
      branch("seen", equals(0), "done"),
      store("handled", 1, [{ ghost: "handled", change: { add: 1 } }]),
      label("done"),
    ],
  });
  return {
    title, words: { requests: { initial: 1 }, handled: { initial: 0 } }, ghosts: ["handled"],
    threads: [checker("first"), checker("second")],
    outcomes: [
      { id: "twice", verdict: "forbidden", title: "one request handled twice",
        holds: (state) => state.ghost("handled") > 1 },
      { id: "once", verdict: "final", title: "handled once",
        holds: (state) => state.isFinished("first", "second") && state.ghost("handled") === 1 },
    ],
  };
}

const asksStale = { reaches: "stale" } as const;

export const messageExperiments: readonly Experiment[] = [
  { id: "L5", title: "both barriers", program: message, without: [], asks: asksStale },
  { id: "L5a", title: "no store barrier in the requester", program: message, without: ["before the request"],
    asks: asksStale },
  { id: "L5b", title: "no barrier in check()", program: message, without: ["after clearing a request"],
    asks: asksStale },
  { id: "once", title: "test and clear in one", without: [], asks: { reaches: "twice" },
    program: twoCheckers("Two look for one request, atomically",
      [compareExchange("requests", 1, 0, "seen")]) },
  { id: "once-m", title: "test, then clear, by two threads", without: [], asks: { reaches: "twice" },
    program: twoCheckers("Two look for one request, test and clear apart",
      [load("requests", "seen"), clear("requests", "seen")]) },
];
