/** L11 and the doorbell of POWER: who is kicked is on a host CPU that the requester reads from memory. */
import {
  barrier, branch, choose, clear, compareExchange, differs, equals, interruptsOff, interruptsOn, jump, label,
  load, set, store, type Instruction, type Label,
} from "../instruction.ts";
import type { Experiment } from "../experiment.ts";
import type { LitmusProgram } from "../program.ts";
import { vcpuMode } from "../../devices/requests/mode.ts";
import {
  CPU, enterOnce, handleRequests, isSettled, lostRequest, modeWord, requestsWord,
} from "./guestMode.ts";

const { IN_GUEST_MODE: IN, EXITING_GUEST_MODE: EXITING } = vcpuMode;

/** The vCPU may go on on another host CPU whenever it is outside. */
function moving(title: string, samplesFirst: boolean): LitmusProgram {
  const sample = load("cpu", "target");
  return {
    title, words: { mode: modeWord, requests: requestsWord, cpu: { initial: 0 } },
    threads: [
      {
        name: "vCPU", cpu: CPU,
        code: [
          label("loop"),
          choose("stays"),
          { kind: "migrate", cpu: 1 },
          store("cpu", 1),
          label("stays"),
          ...handleRequests,
          ...enterOnce.map((item): Instruction | Label =>
            item.kind === "enter" ? { ...item, leavesByItself: true } : item),
        ],
      },
      {
        name: "requester",
        code: [
          ...(samplesFirst ? [sample] : []),
          set("requests", 1), barrier("before reading mode"), compareExchange("mode", IN, EXITING, "old"),
          branch("old", differs(IN), "done"), ...(samplesFirst ? [] : [sample]),
          { kind: "sendIpi", cpu: "target" }, label("done"),
        ],
      },
    ],
    outcomes: [
      lostRequest("requester"),
      { id: "astray", verdict: "remark", title: "the IPI is for a CPU that the vCPU has left",
        holds: (state) => state.ipisOf(0) !== 0 && state.cpuOf("vCPU") === 1 },
    ],
  };
}

const NOWHERE = 0;
const HERE = 1;

/**
 * POWER9: no mode. The entry stores its host CPU and looks for a doorbell; who rings looks for a CPU. What
 * stands between the two is as Linux c7fa848ff01d tells it.
 */
function doorbell(title: string, looksFirst: boolean): LitmusProgram {
  const look = load("doorbell", "rung");
  return {
    title,
    words: {
      cpu: { initial: NOWHERE, names: { [NOWHERE]: "nowhere", [HERE]: "here" } }, doorbell: { initial: 0 },
    },
    threads: [
      {
        name: "vCPU", cpu: CPU,
        code: [
          label("loop"),
          interruptsOff,
          ...(looksFirst ? [look] : []),
          store("cpu", HERE),
          barrier("after storing the CPU"),
          ...(looksFirst ? [] : [look]),
          branch("rung", equals(0), "guest"),
          clear("doorbell", 1),
          barrier("after taking the doorbell"),
          label("guest"),
          { kind: "enter", forcedBy: "ipi" },
          store("cpu", NOWHERE),
          barrier("after leaving"),
          interruptsOn,
          jump("loop"),
        ],
      },
      {
        name: "sender",
        code: [
          store("doorbell", 1), barrier("before looking for a CPU"), load("cpu", "target"),
          branch("target", equals(NOWHERE), "done"), { kind: "sendIpi", cpu: CPU }, label("done"),
        ],
      },
    ],
    outcomes: [
      { id: "unheard", verdict: "forbidden", title: "in the guest, doorbell rung, no IPI on its way",
        holds: (state) => isSettled(state, ["sender"]) && state.inGuest("vCPU")
          && state.word("doorbell") !== 0 },
      { id: "heard", verdict: "final", title: "in the guest, doorbell taken",
        holds: (state) => isSettled(state, ["sender"]) && state.inGuest("vCPU")
          && state.word("doorbell") === 0 },
    ],
  };
}

const moves = moving("A vCPU that moves to another host CPU", false);
const rings = doorbell("A doorbell against an entry", false);
const unheard = { reaches: "unheard" } as const;

export const movingExperiments: readonly Experiment[] = [
  { id: "L11", title: "the vCPU moves after sampling: lost", program: moves, without: [],
    asks: { reaches: "lost" } },
  { id: "L11-astray", title: "the vCPU moves after sampling: IPI to the old CPU", program: moves,
    without: [], asks: { reaches: "astray" } },
  { id: "L11m", title: "the CPU is sampled before the request is made: lost", without: [],
    program: moving("A CPU that is sampled too early", true), asks: { reaches: "lost" } },
  { id: "doorbell", title: "a doorbell against an entry: lost", program: rings, without: [], asks: unheard },
  { id: "doorbell-a", title: "the same, no barrier after storing the CPU", program: rings,
    without: ["after storing the CPU"], asks: unheard },
  { id: "doorbell-m", title: "the entry looks before it stores its CPU", without: [], asks: unheard,
    program: doorbell("A doorbell against an entry that looks too early", true) },
];
