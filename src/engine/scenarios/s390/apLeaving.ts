/** Rows 21 and 22: a device is closed, or an adapter leaves, while its interrupts are enabled. */
import { apqnName } from "../../uapi/ap.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import {
  ADAPTER, NOTHING_HELD, QUEUE, apWorld, enableInterrupts, heldOf, type ApWorld,
} from "./apWorld.ts";
import { withoutId } from "../../devices/ap/idMask.ts";

const KEEPS_ALL = "ap.close.withoutVmKeepsAll";
const LEAKS = "ap.removal.absentQueueLeaks";
const RELEASED = "nothing is pinned and nothing registered";

const using = (world: ApWorld): ApWorld => {
  enableInterrupts(world);
  return world;
};

export const apCloseWithoutVm = defineScenario<ApWorld>({
  id: "ap-close-without-vm", family: "s390", row: "21",
  title: "A close undoes everything, also when the VFIO group lost its VM",
  evidence: ["read"],
  sources: ["f21916ec4826"],
  given: {
    says: ["a passed-through queue with interrupts enabled"],
    build: (defects) => using(apWorld({ closeWithoutVmKeepsAll: defects.has(KEEPS_ALL) })),
  },
  when: [
    step("the group loses its pointer to the VM", ({ machine: { driver } }) => {
      driver.device("M")!.groupKnowsVm = false;
    }),
    step("the VM closes the device", ({ machine: { driver } }) => driver.close("M")),
  ],
  then: [
    claim(RELEASED, heldOf, NOTHING_HELD),
    claim("the control block's masks are clear",
      ({ machine: { kvm } }) => kvm.ap.crycb.toBytes().some((byte) => byte !== 0), false),
    claim("no VM is referenced", ({ machine: { driver } }) => driver.device("M")!.vm === undefined, true),
  ],
  defects: [{
    switch: KEEPS_ALL, breaks: RELEASED,
    because: "everything to be undone stands behind a test of the pointer that is gone",
  }],
});

export const apAbsentQueueLeaks = defineScenario<ApWorld>({
  id: "ap-absent-queue-leaks", family: "s390", row: "22",
  title: "An adapter that leaves the host under a running guest leaves nothing behind",
  evidence: ["title"],
  sources: ["65e05ec252a9, 2026-09 (title; how it leaks is our reading of it)"],
  given: {
    says: [`queue ${apqnName(QUEUE)} is passed through with interrupts enabled`],
    build: (defects) => using(apWorld({ absentQueueLeaks: defects.has(LEAKS) })),
  },
  when: [
    step("the adapter is taken out of the host's configuration", ({ machine: { driver, hardware } }) => {
      const { configuration } = driver;
      hardware.unplug(ADAPTER);
      driver.changeConfiguration({ ...configuration, apm: withoutId(configuration.apm, ADAPTER) });
    }),
    step("the bus removes its queue", ({ machine: { driver } }) => {
      driver.unbind(QUEUE);
      driver.completeScan();
    }),
  ],
  then: [
    claim("the guest no longer sees it", ({ machine: { driver } }) =>
      driver.device("M")!.printGuestMatrix(), ".0004\n"),
    claim(RELEASED, heldOf, NOTHING_HELD),
  ],
  defects: [{
    switch: LEAKS, breaks: RELEASED,
    because: "the reset answers \"not available\", and the exit frees nothing",
  }],
});
