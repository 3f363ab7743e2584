/**
 * L14–L16, L18 and the block rows: s390, where SIE-block bits take the place of mode and IPI, and a requester
 * spins until the vCPU is out (kernel arch/s390/kvm/kvm-s390.c; shown as derived from source).
 */
import {
  awaitWord, barrier, branch, clear, equals, hasAny, hasNone, jump, label, load, set, store,
  type Instruction, type Label,
} from "../instruction.ts";
import type { Experiment } from "../experiment.ts";
import type { LitmusProgram, Outcome, Thread } from "../program.ts";
import type { StateView } from "../stateView.ts";
import { prog20 } from "../../devices/requests/sieBlock.ts";

const IN_SIE = 1;
const STOP_INT = 1;
const { BLOCK_SIE: BLOCK, REQUEST } = prog20;
const words = {
  requests: { initial: 0 }, prog0c: { initial: 0, names: { 1: "IN_SIE" } },
  prog20: { initial: 0, names: { 1: "BLOCK", 2: "REQUEST", 3: "BLOCK REQUEST" } },
  cpuflags: { initial: 0, names: { 1: "STOP_INT" } },
};

interface RunShape {
  readonly handleFirst?: boolean;
  /** REQUEST is cleared after the request word was looked at. */
  readonly clearsLate?: boolean;
  readonly handlers?: readonly (Instruction | Label)[];
}

const clearRequest = [clear("prog20", REQUEST), barrier("after clearing REQUEST")];
const look = load("requests", "seen");

function vcpu({ handleFirst, clearsLate, handlers }: RunShape): Thread {
  const deliver = [clear("cpuflags", STOP_INT)];
  const handle: readonly (Instruction | Label)[] = [
    label("handle"),
    ...(clearsLate ? [look] : [...clearRequest, look]),
    branch("seen", equals(0), "handled"),
    ...(handlers ?? [clear("requests", "seen"), jump("handle")]),
    label("handled"),
    ...(clearsLate ? clearRequest : []),
  ];
  return {
    name: "vCPU",
    code: [
      label("loop"),
      ...(handleFirst ? [...handle, ...deliver] : [...deliver, ...handle]),
      store("prog0c", IN_SIE),
      barrier("after IN_SIE"),
      load("prog20", "reasons"),
      branch("reasons", hasAny(BLOCK | REQUEST), "skip"),
      { kind: "enter", forcedBy: { word: "cpuflags", mask: STOP_INT } },
      label("skip"),
      store("prog0c", 0),
      jump("loop"),
    ],
  };
}

const exitSie = (spin: string): readonly (Instruction | Label)[] => [
  set("cpuflags", STOP_INT), barrier("before reading IN_SIE"), label(spin),
  awaitWord("prog0c", hasNone(IN_SIE)),
];

function syncRequester(name: string, bit: number, omit: "REQUEST" | "STOP_INT" | "none" = "none"): Thread {
  return {
    name,
    code: [
      set("requests", bit),
      ...(omit === "REQUEST" ? [] : [set("prog20", REQUEST)]),
      ...exitSie("spin").filter(({ kind }) => omit !== "STOP_INT" || kind !== "set"),
    ],
  };
}
const earlyRequester: Thread = {
  name: "requester", code: [set("prog20", REQUEST), set("requests", 1), ...exitSie("spin")],
};

const isDone = (state: StateView, names: readonly string[]): boolean =>
  names.every((name) => state.isFinished(name) || state.isAt(name, "spin"));

const sieOutcomes = (...names: readonly string[]): Outcome[] => [
  { id: "F1", verdict: "forbidden", title: "in SIE for good with the request pending",
    holds: (state) => isDone(state, names) && state.buffersEmpty && state.inGuest("vCPU")
      && state.word("requests") !== 0 && state.word("cpuflags") === 0 },
  { id: "F2", verdict: "forbidden",
    title: "the requester has returned, the vCPU is in SIE, the request pends",
    holds: (state) => state.isFinished(...names) && state.inGuest("vCPU") && state.word("requests") !== 0 },
  { id: "F3", verdict: "remark", title: "handled, in SIE again, and the requester still spins",
    holds: (state) => isDone(state, names) && !state.isFinished(...names) && state.buffersEmpty
      && state.inGuest("vCPU") && state.word("requests") === 0 && state.word("cpuflags") === 0 },
];

function request(title: string, run: RunShape, requester: Thread): LitmusProgram {
  return { title, words, threads: [vcpu(run), requester], outcomes: sieOutcomes("requester") };
}

function block(title: string, withBlock: boolean): LitmusProgram {
  const blocker: Thread = {
    name: "blocker", code: [...(withBlock ? [set("prog20", BLOCK)] : []), ...exitSie("spin")],
  };
  return {
    title, words, threads: [vcpu({}), blocker],
    outcomes: [{ id: "runs", verdict: "forbidden", title: "block has returned and the vCPU is in SIE",
      holds: (state) => state.isFinished("blocker") && state.inGuest("vCPU") }],
  };
}

const ENABLE = 1;
const DISABLE = 2;
/** Handlers in the run loop's order; each starts the loop again. */
const ibsHandlers: readonly (Instruction | Label)[] = [
  branch("seen", hasNone(ENABLE), "no enable"),
  clear("requests", ENABLE), store("ibs", 1), jump("handle"),
  label("no enable"),
  branch("seen", hasNone(DISABLE), "handled"),
  clear("requests", DISABLE), store("ibs", 0), jump("handle"),
];

/** IBS switched twice by who starts and stops vCPUs; `drops`: the opposite request is taken back first. */
function ibs(title: string, last: 0 | 1, drops: boolean): LitmusProgram {
  const switchTo = (on: boolean, spin: string): readonly (Instruction | Label)[] => [
    ...(drops ? [clear("requests", on ? DISABLE : ENABLE), barrier(`after dropping the opposite (${spin})`)]
      : []),
    set("requests", on ? ENABLE : DISABLE), set("prog20", REQUEST), ...exitSie(spin),
  ];
  return {
    title, words: { ...words, ibs: { initial: last === 1 ? 1 : 0 } },
    threads: [
      vcpu({ handlers: ibsHandlers }),
      { name: "operator", code: [...switchTo(last === 0, "first"), ...switchTo(last === 1, "second")] },
    ],
    outcomes: [{ id: "first-wins", verdict: "forbidden", title: "all handled, and the earlier order counts",
      holds: (state) => state.isFinished("operator") && state.buffersEmpty && state.inGuest("vCPU")
        && state.word("requests") === 0 && state.word("cpuflags") === 0 && state.word("ibs") !== last }],
  };
}

const source = request("A synchronous request as in the source", {}, syncRequester("requester", 1));
const twoRequesters: LitmusProgram = {
  title: "Two synchronous requests", words, outcomes: sieOutcomes("first", "second"),
  threads: [vcpu({}), syncRequester("first", 1), syncRequester("second", 2)],
};
const blocked = block("Block a vCPU", true);
const noRequest = syncRequester("requester", 1, "REQUEST");
const noStop = syncRequester("requester", 1, "STOP_INT");

/** The same program asked for a request lost for good (F1) and for a broken promise of exit_sie (F2). */
function both(id: string, title: string, program: LitmusProgram,
  without: readonly string[] = []): Experiment[] {
  return ["F1", "F2"].map((outcome) =>
    ({ id: `${id} ${outcome}`, title, program, without, asks: { reaches: outcome } }));
}

export const sieExperiments: readonly Experiment[] = [
  ...both("L14", "as in the source", source),
  { id: "F3", title: "as in the source: the requester misses the moment out of SIE", program: source,
    without: [], asks: { reaches: "F3" } },
  { id: "L15×2", title: "two requesters", program: twoRequesters, without: [], asks: { reaches: "F1" } },
  ...both("s-a", "no order from IN_SIE to reading prog20", source, ["after IN_SIE"]),
  ...both("s-b", "no order from STOP_INT to reading IN_SIE", source, ["before reading IN_SIE"]),
  ...both("L14m", "no REQUEST bit", request("No REQUEST bit", {}, noRequest)),
  ...both("L14n", "REQUEST but no STOP_INT", request("No STOP_INT", {}, noStop)),
  ...both("L14s", "handled before delivery",
    request("Handled before delivery", { handleFirst: true }, syncRequester("requester", 1))),
  ...both("L14t", "no REQUEST bit, handled before delivery",
    request("No REQUEST bit, handled before delivery", { handleFirst: true }, noRequest)),
  ...both("L15m", "REQUEST set before the bit", request("REQUEST set before the bit", {}, earlyRequester)),
  ...both("L15w", "no order from clearing REQUEST to testing the bits", source, ["after clearing REQUEST"]),
  ...both("L16", "REQUEST cleared after the test",
    request("REQUEST cleared after the test", { clearsLate: true }, syncRequester("requester", 1))),
  ...both("L16s", "REQUEST cleared after the test, handled before delivery",
    request("REQUEST cleared after the test, handled before delivery", { clearsLate: true,
      handleFirst: true },
      syncRequester("requester", 1))),
  { id: "block", title: "block has returned, the vCPU is in SIE", program: blocked, without: [],
    asks: { reaches: "runs" } },
  { id: "block-a", title: "the same, no order from IN_SIE to reading prog20", program: blocked,
    without: ["after IN_SIE"], asks: { reaches: "runs" } },
  { id: "block-m", title: "STOP_INT without BLOCK", program: block("Stop without blocking", false),
    without: [], asks: { reaches: "runs" } },
  { id: "L18", title: "IBS on, then off", program: ibs("IBS on, then off", 0, true), without: [],
    asks: { reaches: "first-wins" } },
  { id: "L18a", title: "IBS off, then on", program: ibs("IBS off, then on", 1, true), without: [],
    asks: { reaches: "first-wins" } },
  { id: "L18m", title: "IBS off, then on; the opposite request is not dropped", without: [],
    program: ibs("IBS off, then on, nothing dropped", 1, false), asks: { reaches: "first-wins" } },
];
