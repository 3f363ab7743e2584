/** Rows R10, R16, R20 and R21: the device goes, or never came. */
import { setIrq } from "../../devices/passthrough/injection.ts";
import { guestStore, hcallEsb } from "../../devices/passthrough/guestAccess.ts";
import { ESB_SET_PQ } from "../../devices/xive/esb.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { LISN, World, derived, type StrategyScenario } from "./world.ts";

const connect = step<World>("the device's message is connected", (world) => world.connect());
const disconnect = step<World>("it is disconnected", (world) => world.disconnect());
const event = step<World>("the device sends a message", (world) => world.deviceEvent());
const injection = step<World>("software injects an event", (world) => {
  world.results.push(setIrq(world.p, LISN, 1));
});
const settle = step<World>("guest and host handle what there is", (world) => world.settle());

const ONE_ENTRY = "the second entry waits for the EOI of the first";

export const unmappedWithEntry: StrategyScenario = (strategy) => defineScenario<World>({
  id: "unmapped-with-entry",
  family: "passthrough", row: "R10",
  title: "The IPI of a device that went stays pending for the entry that the guest still has",
  ...derived,
  given: {
    says: ["a XICS guest with a message of the device in its queue"],
    build: (defects) => {
      const world = new World({ mode: "xics", strategy, defects });
      world.connect();
      world.deviceEvent();
      return world;
    },
  },
  when: [
    disconnect, injection,
    step("what is queued is counted", (world) => { world.results.push(`${world.queued} queued`); }), settle,
  ],
  then: [
    claim(ONE_ENTRY, ({ results }) => results.at(-1), "1 queued"),
    claim("both are handled", ({ handled }) => handled, [LISN, LISN]),
  ],
  defects: [{
    switch: "passthrough.clr.unmaskDespiteP", breaks: ONE_ENTRY,
    because: "the IPI is opened although an entry of the source is unconsumed",
  }],
});

export const hostRefusesReturn: StrategyScenario = (strategy) => defineScenario<World>({
  id: "host-refuses-return",
  family: "passthrough", row: "R16",
  title: "Unmapping that fails at the host releases what it holds",
  ...derived,
  given: {
    says: ["a XICS guest with a device", "firmware that refuses to deliver to the host's CPU again"],
    build: (defects) => {
      const world = new World({ mode: "xics", strategy, defects });
      world.connect();
      world.p.host.get(world.device.hostIrq)!.retargetError = -6;
      return world;
    },
  },
  when: [disconnect, event, settle],
  then: [
    claim("the failure is returned", ({ results }) => results, [0, -6]),
    claim("no lock is held", (world) => world.broken(10), []),
    claim("the device goes on to interrupt the guest", ({ handled }) => handled, [LISN]),
  ],
  defects: [{
    switch: "passthrough.clr.returnLocked", breaks: "no lock is held",
    because: "the error path returns with the block locked and the source masked",
  }],
});

const ENDS = "taking the irqfd away ends as it should";

export const failedMappingUndone: StrategyScenario = (strategy) => defineScenario<World>({
  id: "failed-mapping-undone",
  family: "passthrough", row: "R20",
  title: "A mapping that failed is not undone later",
  ...derived,
  given: {
    says: [
      "a XICS guest with an event by software in its queue", "a host chip that cannot forward an interrupt",
    ],
    build: (defects) => {
      const world = new World({ mode: "xics", strategy, defects });
      setIrq(world.p, LISN, 1);
      world.p.host.get(world.device.hostIrq)!.affinityError = -38;
      return world;
    },
  },
  when: [connect, disconnect],
  then: [
    claim("the failure is returned", ({ results }) => results[0], -38),
    claim(ENDS, ({ results }) => results[1], 0),
  ],
  defects: [{
    switch: "passthrough.bypass.swallowSetError", breaks: ENDS,
    because: "clr_mapped runs on a source without a PHB source, and uses its data",
  }],
});

const QUIET_HOST = "the host hears nothing";

export const unmappedWhileMasked: StrategyScenario = (strategy) => defineScenario<World>({
  id: "unmapped-while-masked",
  family: "passthrough", row: "R21",
  title: "A source that the guest masked goes back to the host without an event",
  ...derived,
  given: {
    says: ["a native guest with a device"],
    build: (defects) => {
      const world = new World({ mode: "native", strategy, defects });
      world.connect();
      return world;
    },
  },
  when: [step("the guest masks with SET_PQ_01", ({ p }) => {
    if (p.source(LISN)!.hcallOnly) hcallEsb(p, LISN, true, ESB_SET_PQ(1));
    else guestStore(p, LISN, "management", ESB_SET_PQ(1));
  }), disconnect],
  then: [
    claim(QUIET_HOST, ({ p }) => p.host.queue, []),
    claim("the source is still masked", ({ p }) => p.hardware.pq(p.source(LISN)!.ipi), 1),
  ],
  defects: [{
    switch: "passthrough.clr.hostEoiUnmasks", breaks: QUIET_HOST,
    because: "the host's EOI reads the 1 of PQ = 01 as a latched event and triggers it",
  }],
});

export const eoiAcrossUnmapping: StrategyScenario = (strategy) => defineScenario<World>({
  id: "eoi-across-unmapping",
  family: "passthrough",
  title: "An EOI during unmapping ends the entry at the source that will be asked next",
  ...derived,
  given: {
    says: ["a native guest that has handled a message of its device", "and has the next one in its queue"],
    build: (defects) => {
      const world = new World({ mode: "native", strategy, defects });
      world.connect();
      world.deviceEvent();
      world.settle();
      world.deviceEvent();
      return world;
    },
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
  defects: [{
    switch: "passthrough.clr.zapLate", breaks: "the next event by software is handled",
    because: "the EOI reaches the PHB source, which the host is taking back; the IPI waits for it for ever",
  }],
});

export const idleUnmapping: StrategyScenario = (strategy) => defineScenario<World>({
  id: "idle-unmapping",
  family: "passthrough",
  title: "A native source that was idle when its device went takes events by software",
  ...derived,
  given: {
    says: ["a native guest with a device, its source open and idle"],
    build: (defects) => {
      const world = new World({ mode: "native", strategy, defects });
      world.connect();
      return world;
    },
  },
  when: [disconnect, injection, settle],
  then: [claim("the event is handled", ({ handled }) => handled, [LISN])],
  defects: [{
    switch: "passthrough.clr.leaveIpiPending", breaks: "the event is handled",
    because: "the IPI is left pending, and the EOI that would open it has no reason to come",
  }],
});

export const injectionDuringUnmapping: StrategyScenario = (strategy) => defineScenario<World>({
  id: "injection-during-unmapping",
  family: "passthrough",
  title: "Software that injects during unmapping is refused, or its event is kept",
  ...derived,
  given: {
    says: ["a native guest with a device"],
    build: (defects) => {
      const world = new World({ mode: "native", strategy, defects });
      world.connect();
      return world;
    },
  },
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
  defects: [{
    switch: "passthrough.clr.selectBeforeResume",
    breaks: "an event is handled if, and only if, it was accepted",
    because: "the IPI is selected and still off: the event is accepted, and swallowed",
  }],
});
