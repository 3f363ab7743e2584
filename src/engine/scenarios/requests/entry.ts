/** L1 to L5, L12, L13 and rows 34 and 37: one vCPU enters its guest while one thread wants it out. */
import { relaxedLoads, relaxedStores } from "../../litmus/memoryModel.ts";
import { litmusScenario } from "./litmusScenario.ts";

const DOCUMENT = "Linux Documentation/virt/kvm/vcpu-requests.rst";
const DEKKER = [
  "a vCPU enters: interrupts off, mode IN, barrier, last look at its requests",
  "a requester: request bit, barrier, IN becomes EXITING, IPI if it was IN",
];
const NOT_LOST = "nobody is in the guest with a request pending and no IPI on its way";
const sources = [DOCUMENT];
const evidence = ["documented"] as const;

export const kickAgainstEntry = litmusScenario({
  id: "kick-against-entry", row: "L1", title: "A request and a kick are not lost to an entry",
  evidence, sources, given: DEKKER,
  then: [{ says: NOT_LOST, asks: "L1" }],
  defects: [{
    switch: "requests.entry.noLastCheck", breaks: NOT_LOST, instead: { L1: "no-check" },
    because: "requests are looked at before mode=IN only: one made in between sees OUTSIDE and sends nothing",
  }],
});

export const entryWithoutBarrier = litmusScenario({
  id: "entry-without-barrier", row: "L2", title: "The mode is in memory before the requests are looked at",
  evidence, sources, given: DEKKER,
  then: [{ says: NOT_LOST, asks: "L1" }],
  defects: [{
    switch: "requests.entry.noBarrierAfterMode", breaks: NOT_LOST, instead: { L1: "L2" },
    because: "mode=IN is still in the store buffer while the requests are read: each misses the other",
  }, {
    switch: "requests.noBarriers", breaks: NOT_LOST, instead: { L1: "L2+L3" },
    because: "neither side waits for its own store",
  }],
});

export const requesterWithoutBarrier = litmusScenario({
  id: "requester-without-barrier", row: "L3", title: "The request is in memory before the mode is looked at",
  evidence, sources, given: DEKKER,
  then: [{ says: NOT_LOST, asks: "L1" }],
  defects: [{
    switch: "requests.exiting.noBarrier", breaks: NOT_LOST, instead: { L1: "L3" },
    because: "where an atomic OR orders nothing, the mode is read before the bit is in memory",
  }],
});

const OFF_LATER = "interrupts off between mode=IN and the last look lose nothing either";
export const interruptsOnAtCheck = litmusScenario({
  id: "interrupts-on-at-check", row: "L4", title: "No IPI is taken between the last look and the guest",
  evidence, sources, given: DEKKER,
  then: [{ says: NOT_LOST, asks: "L1" }, { says: OFF_LATER, asks: "L4c" }],
  defects: [{
    switch: "requests.entry.interruptsOffAfterCheck", breaks: NOT_LOST, instead: { L1: "L4a" },
    because: "the IPI is taken in the host behind the last look, and the entry goes on",
  }, {
    switch: "requests.entry.interruptsNeverOff", breaks: NOT_LOST, instead: { L1: "L4b" },
    because: "as before: the IPI that should force the guest out is consumed before the guest is entered",
  }],
});

const FRESH = "who sees the request sees what was written before it";
export const messageBeforeFlag = litmusScenario({
  id: "message-before-flag", row: "L5", title: "A request announces state that was written before",
  evidence, sources, machines: [relaxedStores, relaxedLoads],
  given: [
    "a requester: state, write barrier, request bit", "a vCPU: takes the bit, barrier, reads the state",
  ],
  then: [{ says: FRESH, asks: "L5" }],
  defects: [{
    switch: "requests.make.noWriteBarrier", breaks: FRESH, instead: { L5: "L5a" },
    because: "where stores overtake stores, the bit is in memory before the state",
  }, {
    switch: "requests.check.noBarrier", breaks: FRESH, instead: { L5: "L5b" },
    because: "where loads overtake loads, the state was read before the bit",
  }],
});

const BY_MODE = "x86, which looks at the mode too, does not enter";
const BY_BIT = "arm64, which looks at requests alone, does not enter when the kick comes with a request";
export const selfKick = litmusScenario({
  id: "self-kick", row: "L12", title: "A vCPU that kicks itself before it enters does not enter",
  evidence: ["derived-twice"], sources: ["Linux 6.1.192, kvm_vcpu_kick; arch/x86 and arch/arm64"],
  given: ["a vCPU whose own thread kicks it between mode=IN and the last look", "no IPI is sent to oneself"],
  then: [{ says: BY_MODE, asks: "L12a" }, { says: BY_BIT, asks: "L12b" }],
  defects: [{
    switch: "requests.entry.ignoresMode", breaks: BY_MODE, instead: { L12a: "L12" },
    because: "EXITING is the only trace of a kick without a request, and nobody looks at it",
  }, {
    switch: "requests.selfKick.noRequest", breaks: BY_BIT, instead: { L12b: "L12" },
    because: "there is no bit that the last look could see",
  }],
});

const X_SEEN = "nobody is in the guest with the variable set and no IPI on its way";
export const kickWithoutRequest = litmusScenario({
  id: "kick-without-request", row: "L13",
  title: "A kick without a request is kept by another variable that is read behind the barrier",
  evidence, sources,
  given: ["a requester: variable, kick without a request", "a vCPU that reads it after mode=IN and barrier"],
  then: [{ says: X_SEEN, asks: "L13b" }],
  defects: [{
    switch: "requests.variable.readBeforeMode", breaks: X_SEEN, instead: { L13b: "L13" },
    because: "the vCPU is past its reading, and its mode is not yet IN: no IPI, nothing to see",
  }, {
    switch: "requests.variable.readBeforeModeX86", breaks: X_SEEN, instead: { L13b: "L13a" },
    because: "the mode is looked at as well, and it was never made EXITING",
  }, {
    switch: "requests.variable.noBarrier", breaks: X_SEEN, instead: { L13b: "L13c" },
    because: "mode=IN is in the store buffer while the variable is read",
  }],
});

const ACTED_ON = "a kick just before an entry is acted on";
export const kickNeedsRequest = litmusScenario({
  id: "kick-needs-request", row: "37", title: "A kick reaches a vCPU that is about to enter",
  evidence: ["documented", "read"], sources: [DOCUMENT, "325f9c649c8a (arm)"], given: DEKKER,
  then: [{ says: ACTED_ON, asks: "L1" }],
  defects: [{
    switch: "requests.kick.noRequest", breaks: ACTED_ON, instead: { L1: "L13" },
    because: "the mode says OUTSIDE, so no IPI is sent, and no bit stays behind for the last look",
  }],
});

const HEARD = "nobody is in the guest with a doorbell rung and no IPI on its way";
export const doorbellAgainstEntry = litmusScenario({
  id: "doorbell-against-entry", row: "34", title: "A doorbell is not lost to an entry",
  evidence: ["read"], sources: ["c7fa848ff01d"],
  given: ["a POWER9 vCPU enters: stores its host CPU, barrier, looks for a doorbell",
    "a sender: doorbell, barrier, looks for the vCPU's host CPU, IPI if there is one"],
  then: [{ says: HEARD, asks: "doorbell" }],
  defects: [{
    switch: "power.entry.looksBeforeStore", breaks: HEARD, instead: { doorbell: "doorbell-m" },
    because: "store and load are swapped: the doorbell comes between, and its sender finds no host CPU",
  }, {
    switch: "power.entry.noBarrierAfterCpu", breaks: HEARD, instead: { doorbell: "doorbell-a" },
    because: "the host CPU is still in the store buffer while the doorbell is looked for",
  }],
});
