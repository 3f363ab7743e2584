/** Rows R6 to R9, R11, R17 and R23: events that arrive while a device takes an IPI's place. */
import { setIrq } from "../../devices/passthrough/injection.ts";
import { addIrqfd, addProducer } from "../../devices/passthrough/irqBypass.ts";
import { advance, finish, start } from "../../devices/passthrough/operation.ts";
import { eoiOperation, intOff, intOn } from "../../devices/passthrough/xicsCalls.ts";
import { claim, step } from "../scenario.ts";
import { connect, disconnect, event, injection, race, settle } from "./race.ts";
import { LISN } from "./world.ts";

export const eventDuringMapping = race({
  id: "event-during-mapping", row: "R6",
  title: "A message that arrives between forwarding and routing is sent again",
  shape: { mode: "xics" },
  says: ["a XICS guest with its source open"],
  when: [step("the message arrives before the PHB source is routed", (world) => {
    world.machine.beforeStep = (next) => {
      if (next === "route PHB source") world.deviceEvent();
    };
    world.connect();
  }), settle],
  then: [claim("the message is handled", ({ handled }) => handled, [LISN])],
  defect: {
    switch: "passthrough.set.eoiWithoutResend", breaks: "the message is handled",
    because: "the PHB source is opened without looking at Q",
  },
});

export const entryAtHost = race({
  id: "entry-at-host-during-mapping", row: "R7",
  title: "An entry that is in the host's queue already is there once",
  shape: { mode: "xics" },
  says: ["a XICS guest", "a message that the host has queued and not handled"],
  before: (world) => world.deviceEvent(),
  when: [connect, disconnect, event],
  then: [claim("the host has one entry, and owes one EOI", (world) => world.broken(5), [])],
  defect: {
    switch: "passthrough.host.forgetEntry", breaks: "the host has one entry, and owes one EOI",
    because: "the source is opened for the host while its first entry is still queued",
  },
});

const ONE_ENTRY = "the guest's queue holds the source once";

export const entryAtGuest = race({
  id: "entry-at-guest-during-mapping", row: "R8",
  title: "A source whose entry is still in the guest's queue is not opened by mapping",
  shape: { mode: "xics" },
  says: ["a XICS guest", "an event by software that it has not taken"],
  before: (world) => setIrq(world.p, LISN, 1),
  when: [connect, event],
  then: [claim(ONE_ENTRY, ({ queued }) => queued, 1)],
  defect: {
    switch: "passthrough.set.ignoreOldP", breaks: ONE_ENTRY,
    because: "the PHB source is opened beside the entry of the IPI",
  },
});

export const latchedSoftwareEvent = race({
  id: "latched-software-event", row: "R9",
  title: "An event latched in the IPI moves to the PHB source",
  shape: { mode: "xics" },
  says: ["a XICS guest", "two events by software, the second latched in Q"],
  before: (world) => {
    for (const level of [1, 1]) setIrq(world.p, LISN, level);
  },
  when: [connect, settle],
  then: [claim("both events are handled", ({ handled }) => handled, [LISN, LISN])],
  defect: {
    switch: "passthrough.set.dropIpiQ", breaks: "both events are handled",
    because: "turning the IPI off drops its Q, and nothing sets it on the PHB source",
  },
});

export const openedBeforeMapping = race({
  id: "opened-before-mapping", row: "R11",
  title: "A source that a native guest has opened is open after mapping",
  shape: { mode: "native" },
  says: ["a native guest that has set PQ to 00 and has no interrupt to end"],
  when: [connect, event, settle],
  then: [claim("the message is handled", ({ handled }) => handled, [LISN])],
  defect: {
    switch: "passthrough.set.leavePhbPending", breaks: "the message is handled",
    because: "the PHB source is left pending, and the EOI that would open it has no reason to come",
  },
});

export const eoiDuringMapping = race({
  id: "eoi-during-mapping", row: "R17",
  title: "Mapping waits for an EOI that is under way",
  shape: { mode: "xics" },
  says: ["a XICS guest in the middle of the EOI of an event by software"],
  before: (world) => {
    setIrq(world.p, LISN, 1);
    world.p.queues.take();
    advance(world.p, start(world.p, eoiOperation(LISN)));
  },
  when: [step("the device is connected, then the EOI goes on", (world) => {
    const { p, device } = world;
    const eoi = p.operations[0]!;
    world.irqfd = addIrqfd(p, LISN, device.hostIrq);
    const begun = addProducer(p, world.irqfd);
    if (!("operation" in begun)) return;
    const isDone = finish(p, begun.operation);
    finish(p, eoi);
    p.queues.finish(LISN);
    if (!isDone) finish(p, begun.operation);
  }), event, settle],
  then: [
    claim("the IPI is off", (world) => world.broken(1), []),
    claim("the message is handled", ({ handled }) => handled, [LISN]),
  ],
  defect: {
    switch: "passthrough.mask.ignoreInEoi", breaks: "the IPI is off",
    because: "the EOI reaches the IPI, which it chose, after the switch has turned that off",
  },
});

export const maskedWithEntry = race({
  id: "masked-with-entry-during-mapping", row: "R23",
  title: "A masked source remembers over mapping that its entry is still queued",
  shape: { mode: "xics" },
  says: ["a XICS guest that has masked its source", "with an entry of it in its queue"],
  before: (world) => {
    setIrq(world.p, LISN, 1);
    intOff(world.p, LISN);
  },
  when: [connect, step("the guest unmasks", ({ p }) => { intOn(p, LISN); }), event],
  then: [claim(ONE_ENTRY, ({ queued }) => queued, 1)],
  defect: {
    switch: "passthrough.set.forgetOldP", breaks: ONE_ENTRY,
    because: "unmasking opens the PHB source, as if no entry were there",
  },
});

export const injectionDuringMapping = race({
  id: "injection-during-mapping",
  title: "Software that injects during mapping is refused, or its event is kept",
  shape: { mode: "native" },
  says: ["a native guest with its source open"],
  when: [step("software injects when the IPI has just been turned off", (world) => {
    let isOff = false;
    world.machine.beforeStep = (next) => {
      if (isOff) injection.does(world);
      isOff = next === "IPI off";
    };
    world.connect();
  }), settle],
  then: [claim("an event is handled if, and only if, it was accepted",
    ({ handled, results }) => handled.length === (results[0] === 0 ? 1 : 0), true)],
  defect: {
    switch: "passthrough.set.hardOffBeforeSelection",
    breaks: "an event is handled if, and only if, it was accepted",
    because: "the IPI is off and still selected: the event is accepted, and swallowed",
  },
});
