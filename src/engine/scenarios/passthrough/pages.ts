/** Rows R1 to R5 and R22: the guest's pages when the source behind them changes. */
import { faultOperation } from "../../devices/passthrough/fault.ts";
import { guestStore, userPageOf } from "../../devices/passthrough/guestAccess.ts";
import { advance, finish, start } from "../../devices/passthrough/operation.ts";
import { ESB_USER_PAGE } from "../../devices/passthrough/passthrough.ts";
import { createSource } from "../../devices/passthrough/sourceCalls.ts";
import { ESB_SET_PQ } from "../../devices/xive/esb.ts";
import { claim, step } from "../scenario.ts";
import { connect, event, race, settle } from "./race.ts";
import { LISN, type World } from "./world.ts";

const NO_STALE_PAGE = "no page of a source leads to an interrupt that is not selected";
const noStalePage = claim<World>(NO_STALE_PAGE, (world) => world.broken(2), []);
const HANDLED_ONCE = "each message is handled once";
const SECOND_PLACE = 0x60_0000;

export const stalePageAfterMapping = race({
  id: "stale-page-after-mapping", row: "R1",
  title: "The guest's EOI ends the interrupt that the device raised",
  shape: { mode: "native" },
  says: ["a native guest that has touched both pages of its source"],
  when: [connect, event, settle, step("what was handled is counted", (world) => {
    world.results.push(`${world.handled.length} handled`);
  }), event, settle],
  then: [
    noStalePage,
    claim(HANDLED_ONCE, ({ results, handled }) => [results[1]!, handled.length], ["1 handled", 2]),
  ],
  defect: {
    switch: "passthrough.zap.skip", breaks: HANDLED_ONCE,
    because: "the EOI goes through the stale page: the IPI fires once, the PHB source waits for ever",
  },
});

export const faultAcrossMapping = race({
  id: "fault-across-mapping", row: "R2",
  title: "A fault that began before the switch maps the page of what is selected after it",
  shape: { mode: "native", touchesTrigger: false },
  says: ["a native guest that has not touched the page that triggers"],
  when: [step("a vCPU faults on the page, and is overtaken by the device's connection", (world) => {
    const fault = start(world.p, faultOperation(userPageOf(world.p, LISN, "trigger")!));
    const outcome = advance(world.p, fault);
    world.connect();
    if (outcome !== "done") finish(world.p, fault);
  })],
  then: [noStalePage],
  defect: {
    switch: "passthrough.fault.insertUnlocked", breaks: NO_STALE_PAGE,
    because: "the fault chose the IPI before the switch, and maps its page after the zap",
  },
});

export const secondMapping = race({
  id: "second-mapping-of-the-file", row: "R3",
  title: "A switch reaches every mapping of the device's file",
  shape: { mode: "native" },
  says: ["a native guest", "user space that has mapped the file a second time, and touched the page there"],
  before: (world) => {
    world.p.space.mmap(SECOND_PLACE, 0x2800, 4);
    for (const page of [0, 1])
      finish(world.p, start(world.p, faultOperation(SECOND_PLACE + 2 * LISN + page)));
  },
  when: [connect],
  then: [noStalePage],
  defect: {
    switch: "passthrough.zap.lastVma", breaks: NO_STALE_PAGE,
    because: "only the mapping that was made last is zapped",
  },
});

export const mappingGone = race({
  id: "mapping-gone-before-switch", row: "R4",
  title: "A switch uses no mapping that is gone",
  evidence: ["read"],
  sources: ["KVM mailing list, January 2019, review of the XIVE native exploitation mode"],
  shape: { mode: "native" },
  says: ["a native guest whose user space has unmapped the file"],
  before: (world) => world.p.space.munmap(ESB_USER_PAGE, 0x2800),
  when: [connect],
  then: [claim("only live mappings are used", (world) => world.broken(6), [])],
  defect: {
    switch: "passthrough.zap.lastVma", breaks: "only live mappings are used",
    because: "the pointer to the VMA has outlived it",
  },
});

export const splitMapping = race({
  id: "split-mapping", row: "R5",
  title: "After a mapping was split every page is still that of its own source",
  shape: { mode: "native", touchesTrigger: false },
  says: ["a native guest whose user space has unmapped the first source", "a valid source just below"],
  before: (world) => {
    createSource(world.p, LISN - 1);
    world.p.space.munmap(ESB_USER_PAGE, 2);
  },
  when: [connect, step("the guest touches its page that triggers", ({ p }) => {
    const userPage = userPageOf(p, LISN, "trigger");
    if (userPage !== undefined) finish(p, start(p, faultOperation(userPage)));
  })],
  then: [noStalePage],
  defect: {
    switch: "passthrough.fault.indexFromVma", breaks: NO_STALE_PAGE,
    because: "the fault counts from the VMA's new start, one source too low",
  },
});

const ONE_LIVE_SOURCE = "the IPI is off while the device is there";

export const ipiReopened = race({
  id: "ipi-reopened-during-mapping", row: "R22",
  title: "The guest cannot reopen the IPI while a device takes its place",
  shape: { mode: "native" },
  says: ["a native guest that has touched its pages"],
  when: [step("between all steps of the switch the guest writes SET_PQ_00", (world) => {
    let isOff = false;
    world.machine.beforeStep = (next) => {
      if (isOff) guestStore(world.p, LISN, "management", ESB_SET_PQ(0));
      isOff ||= next === "IPI off";
    };
    world.connect();
    world.machine.beforeStep = undefined;
  })],
  then: [claim(ONE_LIVE_SOURCE, (world) => world.broken(1), [])],
  defect: {
    switch: "passthrough.set.hardOffBeforeZap", breaks: ONE_LIVE_SOURCE,
    because: "the guest still has the page when the IPI is already off, and opens it again",
  },
});
