/** L8: page tables read without a lock, against who clears an entry and frees the page behind it. */
import {
  barrier, branch, compareExchange, equals, interruptsOff, interruptsOn, differs, label, load, set, store,
  storeRelease, type Instruction,
} from "../instruction.ts";
import type { Experiment } from "../experiment.ts";
import type { LitmusProgram } from "../program.ts";
import { vcpuMode } from "../../devices/requests/mode.ts";
import { CPU, modeWord, requestsWord } from "./guestMode.ts";

const { OUTSIDE_GUEST_MODE: OUTSIDE, IN_GUEST_MODE: IN, EXITING_GUEST_MODE: EXITING } = vcpuMode;
const FREED = 2;

interface ReaderShape {
  /** The mode is given up before the page is used for the last time. */
  readonly leavesEarly?: boolean;
  /** mode=OUTSIDE is an ordinary store. */
  readonly plainLeave?: boolean;
  /** The waiter tests the mode like a plain requester. */
  readonly waitsLikePlain?: boolean;
}

function reader(title: string, shape: ReaderShape = {}): LitmusProgram {
  const leave: Instruction = shape.plainLeave ? store("mode", OUTSIDE) : storeRelease("mode", OUTSIDE);
  const use = load("page", "used");
  return {
    title,
    words: {
      mode: modeWord, requests: requestsWord, entry: { initial: 1, names: { 0: "cleared", 1: "valid" } },
      page: { initial: 1, names: { 1: "in use", 2: "freed" } },
    },
    threads: [
      {
        name: "vCPU", cpu: CPU,
        code: [
          interruptsOff,
          store("mode", vcpuMode.READING_SHADOW_PAGE_TABLES),
          barrier("after mode=READING"),
          load("entry", "entry"),
          branch("entry", equals(0), "out"),
          ...(shape.leavesEarly ? [leave, use] : [use, leave]),
          interruptsOn,
          { kind: "jump", to: "end" },
          label("out"),
          leave,
          interruptsOn,
          label("end"),
        ],
      },
      {
        name: "requester",
        code: [
          store("entry", 0),
          set("requests", 1),
          barrier("before reading mode"),
          compareExchange("mode", IN, EXITING, "old"),
          branch("old", shape.waitsLikePlain ? differs(IN) : equals(OUTSIDE), "free"),
          { kind: "sendIpi", cpu: CPU, call: 1 },
          { kind: "awaitAcknowledgement", cpu: CPU, call: 1 },
          label("free"),
          store("page", FREED),
        ],
      },
    ],
    outcomes: [
      { id: "used-freed", verdict: "forbidden", title: "the page is used after it was freed",
        holds: (state) => state.register("vCPU", "used") === FREED },
      { id: "used", verdict: "final", title: "the page was used before it was freed",
        holds: (state) => state.isFinished("vCPU", "requester") && state.register("vCPU", "used") === 1 },
      { id: "not-used", verdict: "final", title: "the entry was found cleared",
        holds: (state) => state.isFinished("vCPU", "requester") && state.register("vCPU", "used") === 0 },
    ],
  };
}

const right = reader("A page-table reader and a TLB flush");
const asks = { reaches: "used-freed" } as const;

export const pageTableExperiments: readonly Experiment[] = [
  { id: "L8", title: "all barriers", program: right, without: [], asks },
  { id: "L8a", title: "no barrier after mode=READING", program: right, without: ["after mode=READING"],
    asks },
  { id: "L8b", title: "no barrier in the requester", program: right, without: ["before reading mode"], asks },
  { id: "L8c", title: "WAIT tested like a plain request", without: [], asks,
    program: reader("A flush that only looks for mode IN", { waitsLikePlain: true }) },
  { id: "L8d", title: "mode=OUTSIDE before the last use", without: [], asks,
    program: reader("A reader that leaves too early", { leavesEarly: true }) },
  { id: "L8e", title: "mode=OUTSIDE is no release store", without: [], asks,
    program: reader("A reader that leaves with an ordinary store", { plainLeave: true }) },
];
