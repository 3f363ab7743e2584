/** L13: a kick without a request, where another variable plays the part of the request word. */
import { barrier, branch, differs, equals, label, load, store } from "../instruction.ts";
import type { Experiment } from "../experiment.ts";
import type { LitmusProgram } from "../program.ts";
import { isSettled, modeWord, requester, requestsWord, vcpu, type EntryShape } from "./guestMode.ts";

/** The top of the run loop takes `x`, and only `readsLate` looks at it again before the guest is entered. */
function kickFor(title: string, readsLate: boolean, shape: EntryShape = {}): LitmusProgram {
  return {
    title, words: { mode: modeWord, requests: requestsWord, x: { initial: 0 } },
    threads: [
      vcpu({
        ...shape,
        top: [
          load("x", "taken"), branch("taken", equals(0), "prepare"), store("x", 0),
          barrier("after taking x"), label("prepare"),
        ],
        beforeCheck: readsLate ? [load("x", "late"), branch("late", differs(0), "leave")] : [],
      }),
      requester("requester", { bit: 0, before: [store("x", 1)] }),
    ],
    outcomes: [
      { id: "lost", verdict: "forbidden", title: "in the guest, x set, no IPI on its way",
        holds: (state) => isSettled(state, ["requester"]) && state.inGuest("vCPU") && state.word("x") !== 0 },
      { id: "handled", verdict: "final", title: "in the guest, x taken",
        holds: (state) => isSettled(state, ["requester"]) && state.inGuest("vCPU") && state.word("x") === 0 },
    ],
  };
}

const late = kickFor("x is read again after mode=IN", true);
const asks = { reaches: "lost" } as const;

export const otherVariableExperiments: readonly Experiment[] = [
  { id: "L13", title: "x is read before mode=IN only", without: [], asks,
    program: kickFor("x is read at the top of the loop", false) },
  { id: "L13a", title: "the same, the last check tests the mode too (x86)", without: [], asks,
    program: kickFor("x is read at the top, mode is checked", false, { checksMode: true }) },
  { id: "L13b", title: "x is read after mode=IN and its barrier", program: late, without: [], asks },
  { id: "L13c", title: "x is read after mode=IN, no barrier", program: late, without: ["after mode=IN"],
    asks },
];
