/** Rows 19 and 20: the host resets a queue. */
import { claim, defineScenario, step } from "../scenario.ts";
import {
  INDICATOR, NOTHING_HELD, QUEUE, apWorld, enableInterrupts, heldOf, type ApWorld,
} from "./apWorld.ts";

const GIVES_UP = "ap.reset.busyGivesUp";
const UNVERIFIED = "ap.reset.releasesUnverified";
/** Longer than the host waits for a reset. */
const STUCK_NS = 60_000_000_000n;

const resetDevice = ({ machine: { driver }, results }: ApWorld): void => {
  results.push(driver.resetQueues(driver.device("M")!));
};
const RESET = "the queue was reset and is empty";

export const apBusyResetGivesUp = defineScenario<ApWorld>({
  id: "ap-busy-reset-gives-up", family: "s390", row: "19",
  title: "A busy queue is reset when it is no longer busy",
  evidence: ["read"],
  sources: ["411b0109daa5"],
  given: {
    says: ["a passed-through queue with interrupts enabled and a request in it"],
    build: (defects) => {
      const world = apWorld({ busyResetGivesUp: defects.has(GIVES_UP) });
      enableInterrupts(world);
      world.results.length = 0;
      world.machine.hardware.enqueue(QUEUE, { id: 1n, bytes: Uint8Array.of(1) });
      return world;
    },
  },
  when: [
    step("the queue is busy for the next two calls", ({ machine }) => machine.hardware.makeBusy(QUEUE, 2)),
    step("the guest reboots, and the VMM resets the device", resetDevice),
  ],
  then: [
    claim("the reset succeeds", ({ results }) => results, [0]),
    claim(RESET, ({ machine: { hardware } }) => hardware.tapq(QUEUE).status >>> 24, 0x80),
    claim("nothing is held", heldOf, NOTHING_HELD),
  ],
  defects: [{
    switch: GIVES_UP, breaks: RESET,
    because: "\"busy\" is taken for a failure at once, and the queue goes on",
  }],
});

const PINNED = "while the queue may interrupt, the indicator's page is pinned";

export const apResetReleasesUnverified = defineScenario<ApWorld>({
  id: "ap-reset-releases-unverified", family: "s390", row: "20",
  title: "An indicator stays pinned until its queue is known to be quiet",
  evidence: ["derived-twice", "title"],
  sources: [
    "Linux 6.1.192 drivers/s390/crypto/vfio_ap_ops.c, vfio_ap_mdev_reset_queue",
    "62414d901c3a to 7cb7636a1ac1 (titles)",
  ],
  given: {
    says: ["a passed-through queue with interrupts enabled", "an adapter that takes a minute for a reset"],
    build: (defects) => {
      const world = apWorld({ resetReleasesUnverified: defects.has(UNVERIFIED) }, {}, {},
        { resetNs: STUCK_NS });
      enableInterrupts(world);
      world.results.length = 0;
      return world;
    },
  },
  when: [step("the VMM resets the device", resetDevice)],
  then: [
    claim("interrupts are still enabled in the hardware",
      ({ machine: { hardware } }) => (hardware.tapq(QUEUE).status >>> 24) & 1, 1),
    claim(PINNED, ({ machine: { kvm } }) => kvm.ap.container.pinCount(INDICATOR), 1),
    claim("the VMM is told that the reset is not over", ({ results }) => results[0]! < 0, true),
  ],
  defects: [{
    switch: UNVERIFIED, breaks: PINNED,
    because: "two looks later the page is unpinned whatever they showed, and the reset returns 0",
  }],
});

