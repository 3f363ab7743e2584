/** Row 23: the adapter writes guest memory after the last round. */
import { claim, defineScenario, step } from "../scenario.ts";
import { A_WHILE, INDICATOR, QUEUE, apWorld, enableInterrupts, type ApWorld } from "./apWorld.ts";

const UNLOGGED = "ap.indicator.unlogged";
const SENT_AGAIN = "the indicator's frame is in the dirty log";

export const apIndicatorUnlogged = defineScenario<ApWorld>({
  id: "ap-indicator-unlogged", family: "s390", row: "23",
  title: "An indicator byte that the adapter wrote is sent again",
  evidence: ["derived-twice"],
  sources: ["QEMU 7.2 hw/vfio/ap.c and hw/vfio/common.c (latent there: the device cannot be migrated)"],
  given: {
    says: ["a passed-through queue with interrupts enabled"],
    build: (defects) => {
      const world = apWorld({}, { indicatorByteUnlogged: defects.has(UNLOGGED) });
      enableInterrupts(world);
      return world;
    },
  },
  when: [
    step("the guest sends a request", ({ machine: { hardware } }) => {
      hardware.enqueue(QUEUE, { id: 1n, bytes: Uint8Array.of(1) });
    }),
    step("the last round of the move has sent every page", ({ machine: { kvm } }) => {
      kvm.slots.takeDirtyFrames();
    }),
    step("the reply comes", ({ time }) => time.pass(A_WHILE)),
  ],
  then: [
    claim("the byte is written", ({ machine: { memory } }) => memory.u8(Number(INDICATOR)), 0x80),
    claim(SENT_AGAIN, ({ machine: { kvm } }) => kvm.slots.takeDirtyFrames(), [INDICATOR >> 12n]),
    claim("the container itself reports the page", ({ machine: { kvm } }) =>
      kvm.ap.container.pinnedPages(), [INDICATOR & ~4095n]),
  ],
  defects: [{
    switch: UNLOGGED, breaks: SENT_AGAIN,
    because: "no CPU stored it, and nobody asks the container for the pages it keeps pinned",
  }],
});
