/** L1–L4 and L12: one vCPU against one kick. */
import { branch, differs, label, load, store, type Instruction, type Label } from "../instruction.ts";
import type { Experiment } from "../experiment.ts";
import type { LitmusProgram, Outcome } from "../program.ts";
import { vcpuMode } from "../../devices/requests/mode.ts";
import {
  lostRequest, modeWord, openAfterCheck, requester, requestsWord, vcpu, type EntryShape,
} from "./guestMode.ts";

const handled: Outcome = {
  id: "handled", verdict: "final", title: "in the guest, request handled",
  holds: (state) => state.isFinished("requester") && state.inGuest("vCPU") && state.word("requests") === 0,
};

/** Entry against make() and kick. */
export function entryAgainstKick(title: string, shape: EntryShape = {}): LitmusProgram {
  return {
    title, words: { mode: modeWord, requests: requestsWord },
    threads: [vcpu(shape), requester("requester", { bit: 1 })],
    outcomes: [lostRequest("requester"), openAfterCheck, handled],
  };
}

const onTime = entryAgainstKick("A request and kick against a guest entry");
const AFTER_MODE = "after mode=IN";
const BEFORE_MODE_READ = "before reading mode";
const asksLost = { reaches: "lost" } as const;

/** The vCPU's own thread kicks it, once, between mode=IN and the last check. */
function selfKick(shape: EntryShape, withRequest: boolean): LitmusProgram {
  const kick: readonly (Instruction | Label)[] = [
    load("kicked", "before"),
    branch("before", differs(0), "kicked"),
    store("kicked", 1),
    ...(withRequest ? [store("requests", 1)] : []),
    store("mode", vcpuMode.EXITING_GUEST_MODE),
    label("kicked"),
  ];
  return {
    title: "A vCPU that kicks itself before it enters",
    words: { mode: modeWord, requests: requestsWord, kicked: { initial: 0 } },
    threads: [vcpu({ ...shape, beforeCheck: kick })],
    outcomes: [{
      id: "entered", verdict: "remark", title: "entered although it was kicked",
      holds: (state) =>
        state.inGuest("vCPU") && state.buffersEmpty && state.word("mode") === vcpuMode.EXITING_GUEST_MODE,
    }, {
      id: "rests", verdict: "final", title: "in the guest",
      holds: (state) => state.inGuest("vCPU") && state.buffersEmpty,
    }],
  };
}

const asksEntered = { reaches: "entered" } as const;

export const entryExperiments: readonly Experiment[] = [
  { id: "L1", title: "all barriers", program: onTime, without: [], asks: asksLost },
  { id: "L2", title: "no barrier after mode=IN", program: onTime, without: [AFTER_MODE], asks: asksLost },
  { id: "L3", title: "no barrier in the requester", program: onTime, without: [BEFORE_MODE_READ],
    asks: asksLost },
  { id: "L2+L3", title: "neither barrier", program: onTime, without: [AFTER_MODE, BEFORE_MODE_READ],
    asks: asksLost },
  { id: "L4a", title: "interrupts off only after the last check", without: [], asks: asksLost,
    program: entryAgainstKick("Interrupts off after the check", { interruptsOff: "after-check" }) },
  { id: "L4b", title: "interrupts never off", without: [], asks: asksLost,
    program: entryAgainstKick("Interrupts never off", { interruptsOff: "never" }) },
  { id: "L4c", title: "interrupts off between mode=IN and the check", without: [], asks: asksLost,
    program: entryAgainstKick("Interrupts off before the check", { interruptsOff: "before-check" }) },
  { id: "check-off", title: "interrupts are off from the last check on", program: onTime, without: [],
    asks: { reaches: openAfterCheck.id } },
  { id: "check-on", title: "the same, interrupts off only after the last check", without: [],
    program: entryAgainstKick("Interrupts off after the check", { interruptsOff: "after-check" }),
    asks: { reaches: openAfterCheck.id } },
  { id: "no-check", title: "an entry without a last check", without: [], asks: asksLost,
    program: entryAgainstKick("No last check", { skipsLastCheck: true }) },
  { id: "L12", title: "self kick without a request, requests alone are checked (arm64)", without: [],
    program: selfKick({}, false), asks: asksEntered },
  { id: "L12a", title: "self kick without a request, mode is checked too (x86)", without: [],
    program: selfKick({ checksMode: true }, false), asks: asksEntered },
  { id: "L12b", title: "self kick with a request, requests alone are checked (arm64)", without: [],
    program: selfKick({}, true), asks: asksEntered },
];
