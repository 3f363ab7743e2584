/** Rows R10, R16, R20 and R21: the device goes, or never came. */
import { setIrq } from "../../devices/passthrough/injection.ts";
import { guestStore, hcallEsb } from "../../devices/passthrough/guestAccess.ts";
import { ESB_SET_PQ } from "../../devices/xive/esb.ts";
import { claim, step } from "../scenario.ts";
import { connect, disconnect, event, injection, race, settle } from "./race.ts";
import { LISN } from "./world.ts";

const ONE_ENTRY = "the second entry waits for the EOI of the first";

export const unmappedWithEntry = race({
  id: "unmapped-with-entry", row: "R10",
  title: "The IPI of a device that went stays pending for the entry that the guest still has",
  shape: { mode: "xics" },
  says: ["a XICS guest with a message of the device in its queue"],
  before: (world) => {
    world.connect();
    world.deviceEvent();
  },
  when: [
    disconnect, injection,
    step("what is queued is counted", (world) => { world.results.push(`${world.queued} queued`); }), settle,
  ],
  then: [
    claim(ONE_ENTRY, ({ results }) => results.at(-1), "1 queued"),
    claim("both are handled", ({ handled }) => handled, [LISN, LISN]),
  ],
  defect: {
    switch: "passthrough.clr.unmaskDespiteP", breaks: ONE_ENTRY,
    because: "the IPI is opened although an entry of the source is unconsumed",
  },
});

export const hostRefusesReturn = race({
  id: "host-refuses-return", row: "R16",
  title: "Unmapping that fails at the host releases what it holds",
  shape: { mode: "xics" },
  says: ["a XICS guest with a device", "firmware that refuses to deliver to the host's CPU again"],
  before: (world) => {
    world.connect();
    world.p.host.get(world.device.hostIrq)!.retargetError = -6;
  },
  when: [disconnect, event, settle],
  then: [
    claim("the failure is returned", ({ results }) => results, [0, -6]),
    claim("no lock is held", (world) => world.broken(10), []),
    claim("the device goes on to interrupt the guest", ({ handled }) => handled, [LISN]),
  ],
  defect: {
    switch: "passthrough.clr.returnLocked", breaks: "no lock is held",
    because: "the error path returns with the block locked and the source masked",
  },
});

const ENDS = "taking the irqfd away ends as it should";

export const failedMappingUndone = race({
  id: "failed-mapping-undone", row: "R20",
  title: "A mapping that failed is not undone later",
  shape: { mode: "xics" },
  says: [
    "a XICS guest with an event by software in its queue", "a host chip that cannot forward an interrupt",
  ],
  before: (world) => {
    setIrq(world.p, LISN, 1);
    world.p.host.get(world.device.hostIrq)!.affinityError = -38;
  },
  when: [connect, disconnect],
  then: [
    claim("the failure is returned", ({ results }) => results[0], -38),
    claim(ENDS, ({ results }) => results[1], 0),
  ],
  defect: {
    switch: "passthrough.bypass.swallowSetError", breaks: ENDS,
    because: "clr_mapped runs on a source without a PHB source, and uses its data",
  },
});

const QUIET_HOST = "the host hears nothing";

export const unmappedWhileMasked = race({
  id: "unmapped-while-masked", row: "R21",
  title: "A source that the guest masked goes back to the host without an event",
  shape: { mode: "native" },
  says: ["a native guest with a device"],
  before: (world) => world.connect(),
  when: [step("the guest masks with SET_PQ_01", ({ p }) => {
    if (p.source(LISN)!.hcallOnly) hcallEsb(p, LISN, true, ESB_SET_PQ(1));
    else guestStore(p, LISN, "management", ESB_SET_PQ(1));
  }), disconnect],
  then: [
    claim(QUIET_HOST, ({ p }) => p.host.queue, []),
    claim("the source is still masked", ({ p }) => p.hardware.pq(p.source(LISN)!.ipi), 1),
  ],
  defect: {
    switch: "passthrough.clr.hostEoiUnmasks", breaks: QUIET_HOST,
    because: "the host's EOI reads the 1 of PQ = 01 as a latched event and triggers it",
  },
});

export const eoiAcrossUnmapping = race({
  id: "eoi-across-unmapping",
  title: "An EOI during unmapping ends the entry at the source that will be asked next",
  shape: { mode: "native" },
  says: ["a native guest that has handled a message of its device", "and has the next one in its queue"],
  before: (world) => {
    world.connect();
    world.deviceEvent();
    world.settle();
    world.deviceEvent();
  },
  when: [step("the guest's EOI comes as early as it can, once unmapping has begun", (world) => {
    let hasHandled = false;
    world.machine.beforeStep = (next) => {
      if (!hasHandled && next === "take host interrupt back") hasHandled = world.handleGuest();
    };
    world.disconnect();
    world.machine.beforeStep = undefined;
  }), injection, settle],
  then: [claim("the next event by software is handled", ({ handled }) => handled.length, 3)],
  defect: {
    switch: "passthrough.clr.zapLate", breaks: "the next event by software is handled",
    because: "the EOI reaches the PHB source, which the host is taking back; the IPI waits for it for ever",
  },
});

export const idleUnmapping = race({
  id: "idle-unmapping",
  title: "A native source that was idle when its device went takes events by software",
  shape: { mode: "native" },
  says: ["a native guest with a device, its source open and idle"],
  before: (world) => world.connect(),
  when: [disconnect, injection, settle],
  then: [claim("the event is handled", ({ handled }) => handled, [LISN])],
  defect: {
    switch: "passthrough.clr.leaveIpiPending", breaks: "the event is handled",
    because: "the IPI is left pending, and the EOI that would open it has no reason to come",
  },
});

export const injectionDuringUnmapping = race({
  id: "injection-during-unmapping",
  title: "Software that injects during unmapping is refused, or its event is kept",
  shape: { mode: "native" },
  says: ["a native guest with a device"],
  before: (world) => world.connect(),
  when: [step("software injects when the IPI has just been routed", (world) => {
    let isRouted = false;
    world.machine.beforeStep = (next) => {
      if (isRouted) injection.does(world);
      isRouted = next === "route IPI";
    };
    world.disconnect();
    world.machine.beforeStep = undefined;
  }), settle],
  then: [claim("an event is handled if, and only if, it was accepted",
    ({ handled, results }) => handled.length === (results[1] === 0 ? 1 : 0), true)],
  defect: {
    switch: "passthrough.clr.selectBeforeResume",
    breaks: "an event is handled if, and only if, it was accepted",
    because: "the IPI is selected and still off: the event is accepted, and swallowed",
  },
});
