/** Rows 24 to 26: a pseries machine is stopped and runs on, here or elsewhere. */
import { ESB_GET } from "../../devices/xive/esb.ts";
import { resumeSources, stopSources } from "../../devices/xive/handover.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { ENTRY, LISN, QUEUE, entries, routedPseries, trigger, type PseriesWorld } from "./pseriesWorld.ts";

const SKIP_DIRTY = "xive.eqSync.skipMarkDirty";
const SKIP_TRIGGER = "xive.resume.skipTrigger";
const MASK_OFF = "xive.stop.maskOff";

interface QueueWorld extends PseriesWorld {
  dirty: readonly bigint[];
}

const given = [
  "a pseries machine whose sources are in the kernel", "source 0x1300 leads to a queue of vCPU 0",
];
const stop = step<PseriesWorld>("the machine is stopped", ({ xive, monitor }) => {
  stopSources(xive, monitor);
});
const arrives = step<PseriesWorld>("source 0x1300 is triggered while it stands still", trigger);
const resume = step<PseriesWorld>("the machine runs on", ({ xive, monitor }) => {
  resumeSources(xive, monitor);
});
const KEPT = "the event that arrived meanwhile is in the queue, once";

export const queuePageNotMarked = defineScenario<QueueWorld>({
  id: "queue-page-not-marked",
  family: "power", row: "24",
  title: "An entry queued in the last moment travels with its page",
  evidence: ["read", "documented"],
  sources: ["QEMU 9b88cd7673dd", "Linux Documentation/virt/kvm/devices/xive.rst, Migration"],
  given: {
    says: [...given, "every page has been sent once"],
    build: (defects) => {
      const world = routedPseries(defects);
      world.kvm.pages.takeDirty();
      return { ...world, dirty: [] };
    },
  },
  when: [
    step("source 0x1300 is triggered", trigger),
    stop,
    step("the pages still to be sent are asked for", (world) => {
      world.dirty = world.kvm.pages.takeDirty();
    }),
  ],
  then: [
    claim("the entry is in the queue", entries, [ENTRY]),
    claim("the queue's page is among them", ({ kvm, dirty }) =>
      dirty.includes(BigInt(QUEUE) >> BigInt(kvm.pages.pageShift)), true),
  ],
  defects: [{
    switch: SKIP_DIRTY, breaks: "the queue's page is among them",
    because: "hardware wrote the page, no CPU store did, and nobody marks it",
  }],
});

export const triggerWhileStopped = defineScenario<PseriesWorld>({
  id: "trigger-while-stopped",
  family: "power", row: "25",
  title: "An event that arrives while the machine stands still is sent when it runs",
  evidence: ["read"],
  sources: ["QEMU 9b88cd7673dd, kvmppc_xive_change_state_handler"],
  given: { says: given, build: routedPseries },
  when: [stop, arrives, resume],
  then: [
    claim(KEPT, entries, [ENTRY]),
    claim("the source waits for its EOI", ({ xive }) => xive.loadEsb(LISN, "management", ESB_GET), 2),
  ],
  defects: [{
    switch: SKIP_TRIGGER, breaks: KEPT,
    because: "PQ is put back to 00 and the Q that was latched is dropped with it",
  }],
});

export const stoppedWithSourcesOff = defineScenario<PseriesWorld>({
  id: "stopped-with-sources-off",
  family: "power", row: "26",
  title: "Sources of a stopped machine latch what arrives",
  evidence: ["derived-twice", "documented"],
  sources: [
    "Linux Documentation/virt/kvm/devices/xive.rst, which masks with PQ 01", "QEMU, which masks with PQ 10",
  ],
  given: { says: given, build: routedPseries },
  when: [stop, arrives, resume],
  then: [claim(KEPT, entries, [ENTRY])],
  defects: [{ switch: MASK_OFF, breaks: KEPT, because: "a source at PQ 01 swallows every event" }],
});
