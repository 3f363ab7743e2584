/** L14 to L16 and L18: s390, where bits of the SIE block take the place of mode and IPI. */
import { litmusScenario } from "./litmusScenario.ts";

const sources = ["Linux 6.1.192, arch/s390/kvm/kvm-s390.c"];
const evidence = ["derived-twice"] as const;
const given = [
  "a vCPU: delivers (clears STOP_INT), handles (clears REQUEST, looks at the bits), IN_SIE, looks, SIE",
  "a requester: bit, REQUEST, STOP_INT, spins while IN_SIE",
];
const NOT_LOST = "no vCPU stays in SIE with a request pending";
const KEPT_OUT = "when the requester has returned, no vCPU is in SIE with the request pending";
const asInSource = [{ says: NOT_LOST, asks: "L14 F1" }, { says: KEPT_OUT, asks: "L14 F2" }];

export const stopBitCleared = litmusScenario({
  id: "stop-bit-cleared", row: "L14", title: "REQUEST keeps a vCPU out whose STOP_INT delivery has cleared",
  evidence, sources, given,
  then: [...asInSource, { says: "handling before delivery loses nothing either", asks: "L14s F1" }],
  defects: [{
    switch: "requests.sync.noRequestBit", breaks: KEPT_OUT,
    instead: { "L14 F1": "L14m F1", "L14 F2": "L14m F2" },
    because: "the requester finds IN_SIE clear and returns, and nothing keeps the vCPU from entering",
  }, {
    switch: "requests.sync.noStop", breaks: NOT_LOST, instead: { "L14 F1": "L14n F1", "L14 F2": "L14n F2" },
    because: "nothing throws out a vCPU that is in SIE already",
  }, {
    switch: "requests.sync.noRequestBitHandledFirst", breaks: NOT_LOST,
    instead: { "L14 F1": "L14t F1", "L14 F2": "L14t F2" },
    because: "the vCPU has handled; delivery then clears the STOP_INT that came after",
  }, {
    switch: "requests.entry.noOrderAfterInSie", breaks: KEPT_OUT,
    instead: { "L14 F1": "s-a F1", "L14 F2": "s-a F2" },
    because: "IN_SIE is in the store buffer while REQUEST is looked at",
  }, {
    switch: "requests.exitSie.noOrder", breaks: KEPT_OUT,
    instead: { "L14 F1": "s-b F1", "L14 F2": "s-b F2" },
    because: "where an atomic OR orders nothing, IN_SIE is read before REQUEST is in memory",
  }],
});

const TWO = "two requesters lose nothing either";
export const requestWhileHandling = litmusScenario({
  id: "request-while-handling", row: "L15", title: "A request made while requests are handled is seen",
  evidence, sources, given,
  then: [...asInSource, { says: TWO, asks: "L15×2" }],
  defects: [{
    switch: "requests.sync.requestBeforeBit", breaks: KEPT_OUT,
    instead: { "L14 F1": "L15m F1", "L14 F2": "L15m F2" },
    because: "REQUEST is cleared before the bit is there, and the bit finds REQUEST gone",
  }, {
    switch: "requests.handle.noOrderAfterClear", breaks: NOT_LOST,
    instead: { "L14 F1": "L15w F1", "L14 F2": "L15w F2" },
    because: "where an atomic AND orders nothing, the clear wipes out the REQUEST of a request made since",
  }],
});

export const requestClearedLate = litmusScenario({
  id: "request-cleared-late", row: "L16", title: "REQUEST is cleared before the bits are looked at",
  evidence, sources, given, then: asInSource,
  defects: [{
    switch: "requests.handle.clearsLate", breaks: KEPT_OUT,
    instead: { "L14 F1": "L16 F1", "L14 F2": "L16 F2" },
    because: "a request made after the look loses its REQUEST; only STOP_INT throws the vCPU out again",
  }, {
    switch: "requests.handle.clearsLateHandledFirst", breaks: NOT_LOST,
    instead: { "L14 F1": "L16s F1", "L14 F2": "L16s F2" },
    because: "as before, and delivery then clears STOP_INT as well",
  }],
});

const LAST_WINS = "IBS is as the last order said: off, then on";
export const oppositeRequests = litmusScenario({
  id: "opposite-requests", row: "L18", title: "A request takes its opposite back first",
  evidence, sources,
  given: ["a vCPU that handles ENABLE_IBS before DISABLE_IBS", "an operator: one order, then the opposite"],
  then: [{ says: LAST_WINS, asks: "L18a" }, { says: "and so it is: on, then off", asks: "L18" }],
  defects: [{
    switch: "requests.ibs.keepsOpposite", breaks: LAST_WINS, instead: { L18a: "L18m" },
    because: "both bits are set, and the vCPU handles them in its own order",
  }],
});

const BLOCKED = "when block has returned, no vCPU is in SIE";
export const blockedVcpu = litmusScenario({
  id: "blocked-vcpu", title: "A blocked vCPU stays out of SIE until it is unblocked",
  evidence, sources, given: ["a vCPU that runs", "a blocker: BLOCK, STOP_INT, spins while IN_SIE"],
  then: [{ says: BLOCKED, asks: "block" }],
  defects: [{
    switch: "requests.block.stopOnly", breaks: BLOCKED, instead: { block: "block-m" },
    because: "the vCPU was between delivery and SIE: IN_SIE is clear, and nothing keeps it out",
  }, {
    switch: "requests.entry.noOrderBeforeBlock", breaks: BLOCKED, instead: { block: "block-a" },
    because: "IN_SIE is in the store buffer while BLOCK is looked at",
  }],
});
