/** L6 to L8, L11 and L19: several requesters, IPIs that are saved, IPIs that are waited for. */
import { relaxedLoads } from "../../litmus/memoryModel.ts";
import { litmusScenario } from "./litmusScenario.ts";

const DOCUMENT = "Linux Documentation/virt/kvm/vcpu-requests.rst";
const sources = [DOCUMENT];
const evidence = ["documented"] as const;

const BOTH = "no request of either is lost";
const REDUCED = "there are no more IPIs than steps from IN to EXITING";
const ONE = "one stay in the guest takes exactly one IPI";
export const twoKickers = litmusScenario({
  id: "two-kickers", row: "L6", title: "Two kicks are both heard, and the second costs no IPI",
  evidence, sources, given: ["a vCPU that enters and leaves for ever", "two requesters, each with its bit"],
  then: [{ says: BOTH, asks: "L6" }, { says: REDUCED, asks: "L6-ipis" }, { says: ONE, asks: "L6-once" }],
  defects: [{
    switch: "requests.kick.always", breaks: REDUCED, instead: { L6: "L6p", "L6-ipis": "L6p-ipis" },
    because: "the mode is left alone (as powerpc does), so the second finds nothing that tells of the first",
  }, {
    switch: "requests.kick.alwaysWithoutBarrier", breaks: BOTH, instead: { L6: "L6p-a" },
    because: "the IPI overtakes the bit: the vCPU looks, finds nothing and enters",
  }],
});

const LEFT = "a waiter returns only when the stay that it sampled is over";
const NO_STUCK = "no waiter waits for ever";
const LEFT_ALONE = "so does one without a request, alone";
const LEFT_WITH_BIT = "so does one with a request, alone";
export const waitAfterKick = litmusScenario({
  id: "wait-after-kick", row: "L7", title: "Who waits sends an IPI although the vCPU is on its way out",
  evidence: ["documented", "derived-twice"], sources: [DOCUMENT, "Linux 6.1.192, kvm_request_needs_ipi"],
  given: ["a plain kick", "another requester that waits until the vCPU is out"],
  then: [
    { says: LEFT, asks: "L7" }, { says: NO_STUCK, asks: "L7-stuck" },
    { says: "the same without a request", asks: "L7n" }, { says: LEFT_ALONE, asks: "L7q" },
    { says: LEFT_WITH_BIT, asks: "L7q-bit" },
    { says: "with the mode in the last look, interrupts may go off behind mode=IN", asks: "L7p" },
  ],
  defects: [{
    switch: "requests.wait.likePlain", breaks: LEFT, instead: { L7: "L7m" },
    because: "EXITING is taken for outside: the IPI of the first has not arrived yet",
  }, {
    switch: "requests.entry.interruptsOffAfterMode", breaks: LEFT_ALONE,
    instead: { L7q: "L7o", "L7q-bit": "L7o-bit" },
    because: "the IPI is acknowledged between mode=IN and interrupts off, and the same entry goes on",
  }],
});

const NOT_FREED = "no page is used after it was freed";
export const pageTableReader = litmusScenario({
  id: "page-table-reader", row: "L8", title: "A flush waits for a vCPU that reads page tables without a lock",
  evidence, sources, machines: [relaxedLoads],
  given: ["a vCPU: mode READING, barrier, entry, page, mode OUTSIDE, interrupts on",
    "a requester: clears the entry, TLB_FLUSH with WAIT, frees the page"],
  then: [{ says: NOT_FREED, asks: "L8" }],
  defects: [{
    switch: "requests.reader.noBarrierAfterMode", breaks: NOT_FREED, instead: { L8: "L8a" },
    because: "mode=READING is in the store buffer while the entry is read",
  }, {
    switch: "requests.flush.noBarrier", breaks: NOT_FREED, instead: { L8: "L8b" },
    because: "where an atomic OR orders nothing, the mode is read before the entry is cleared",
  }, {
    switch: "requests.flush.likePlain", breaks: NOT_FREED, instead: { L8: "L8c" },
    because: "READING is not IN: no IPI is sent, nothing is waited for",
  }, {
    switch: "requests.reader.leavesEarly", breaks: NOT_FREED, instead: { L8: "L8d" },
    because: "mode=OUTSIDE is stored before the last use",
  }, {
    switch: "requests.reader.plainLeave", breaks: NOT_FREED, instead: { L8: "L8e" },
    because: "mode=OUTSIDE is no release store and overtakes the last use",
  }],
});

const FOUND = "the vCPU is not in the guest with its request, wherever it moved";
export const vcpuMoves = litmusScenario({
  id: "vcpu-moves", row: "L11", title: "An IPI to the host CPU that a vCPU has left does no harm",
  evidence, sources,
  given: ["a vCPU that may move to another host CPU whenever it is outside",
    "a requester that reads the host CPU after its request and the mode"],
  then: [
    { says: FOUND, asks: "L11" },
    { says: "an IPI to the former host CPU is possible", asks: "L11-astray", isPossible: true },
  ],
  defects: [{
    switch: "requests.kick.samplesCpuFirst", breaks: FOUND, instead: { L11: "L11m" },
    because: "the host CPU was read before the request was there: the vCPU moves, enters and hears nothing",
  }],
});

const ALONE = "the request word is left alone";
const COMES_BACK = "arm64 comes to its guest again";
export const noActionLogged = litmusScenario({
  id: "no-action-logged", row: "L19", title: "A request without action sets no bit",
  evidence: ["derived-twice"], sources: ["Linux 6.1.192, kvm_make_vcpu_request"],
  given: ["OUTSIDE_GUEST_MODE: NO_ACTION, WAIT, NO_WAKEUP; its number field is 0",
    "arm64 has no handler for number 0, x86 takes it for a TLB flush"],
  then: [
    { says: ALONE, asks: "no-action" }, { says: COMES_BACK, asks: "L19b" },
    { says: "x86 comes to its guest again even if it is logged", asks: "L19a" },
  ],
  defects: [{
    switch: "requests.noAction.logged", breaks: COMES_BACK,
    instead: { "no-action": "no-action-m", L19b: "L19" },
    because: "bit 0 appears, nobody clears it, and every entry is aborted",
  }],
});
