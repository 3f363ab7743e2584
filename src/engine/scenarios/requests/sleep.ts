/** L9, L10 and L17: vCPUs that sleep. */
import { litmusScenario } from "./litmusScenario.ts";

const DOCUMENT = "Linux Documentation/virt/kvm/vcpu-requests.rst";
const sources = [DOCUMENT];
const evidence = ["documented"] as const;

const SLEEPS_ON = "the request ends no sleep";
export const requestToSleeper = litmusScenario({
  id: "request-to-sleeper", row: "L9", title: "A request that wakes nobody is handled at the next run",
  evidence, sources,
  given: ["a vCPU asleep", "a request with NO_WAKEUP and WAIT", "later another reason to wake up"],
  then: [
    { says: SLEEPS_ON, asks: "L9" },
    { says: "the requester can return while the bit is set and the vCPU asleep", asks: "L9-bit",
      isPossible: true },
    { says: "the bit is handled before the guest is entered", asks: "L9-lost" },
  ],
  defects: [{
    switch: "requests.make.wakesAnyway", breaks: SLEEPS_ON, instead: { L9: "L9m" },
    because: "NO_WAKEUP is not looked at",
  }],
});

const NO_IPI = "no IPI is sent and the mode is not touched";
const NOT_OVERSLEPT = "no vCPU sleeps with a request pending and nobody left to wake it";
export const sleeperIsWoken = litmusScenario({
  id: "sleeper-is-woken", row: "L10", title: "A request to a sleeper wakes it and sends no IPI",
  evidence, sources,
  given: ["a vCPU that sleeps or enters: announces its sleep, barrier, looks once more",
    "requesters: bit, barrier, wake a sleeper, kick if there was none"],
  then: [
    { says: NO_IPI, asks: "L10" }, { says: NOT_OVERSLEPT, asks: "kick-sleep" },
    { says: "no request is lost in the guest", asks: "kick-sleep-lost" },
  ],
  defects: [{
    switch: "requests.kick.afterWaking", breaks: NO_IPI, instead: { L10: "L10m" },
    because: "who was woken is kicked as well, in the guest that it has just entered",
  }, {
    switch: "requests.block.noBarrier", breaks: NOT_OVERSLEPT, instead: { "kick-sleep": "kick-sleep-a" },
    because: "the announcement is in the store buffer while the requests are looked at",
  }, {
    switch: "requests.wakeUp.noBarrier", breaks: NOT_OVERSLEPT, instead: { "kick-sleep": "kick-sleep-b" },
    because: "where an atomic OR orders nothing, the sleeper is looked for before the bit is in memory",
  }],
});

const REHALTS = "a signal alone does not end the halt state";
export const signalEndsBlock = litmusScenario({
  id: "signal-ends-block", row: "L17", title: "A vCPU whose sleep a signal interrupts halts again (4.13)",
  evidence, sources: [`${DOCUMENT} of 4.13`],
  given: ["a halted vCPU whose block() says by UNHALT whether it became runnable", "a signal, an interrupt"],
  then: [{ says: REHALTS, asks: "L17" }, { says: "a runnable vCPU always leaves it", asks: "L17-stuck" }],
  defects: [{
    switch: "requests.block.unhaltsOnSignal", breaks: REHALTS, instead: { L17: "L17m" },
    because: "UNHALT is set whatever ended the block",
  }],
});
