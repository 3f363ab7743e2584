/** Row 44: a notification that the device has not looked at when the machine is saved; three times. */
import { claim, defineScenario, step, type Step } from "../scenario.ts";
import { VirtioGuest } from "./virtioGuest.ts";

const NEVER = "vmm.restore.skipsNotification";
const ONCE = "vmm.restore.notifiesFirstTimeOnly";
const SHOWN = "every line was shown";

interface World {
  readonly guest: VirtioGuest;
  /** Restores after which the VMM still looks at every queue. */
  looks: number;
}

const cycle = (character: string): Step<World>[] => [
  step(`the guest sends "${character}", and its notification waits`, ({ guest }) => {
    guest.send(character);
  }),
  step("the machine is saved, and restored in another process", (world) => {
    world.guest.move();
    if (world.looks-- > 0) world.guest.notify();
  }),
];

export const notificationInFlight = defineScenario<World>({
  id: "notification-in-flight", family: "memory", row: "44",
  title: "A line whose notification was under way is sent after the restore, three times over",
  evidence: ["read"],
  sources: ["Firecracker #5969, #4811 and #4812"],
  given: {
    says: [
      "a virtio console whose driver suppresses notifications by the event index",
      "a VMM that looks at every queue once after a restore",
    ],
    build: (defects) => {
      const looks = defects.has(NEVER) ? 0 : defects.has(ONCE) ? 1 : Infinity;
      return { guest: new VirtioGuest(), looks };
    },
  },
  when: [..."abc"].flatMap(cycle),
  then: [
    claim(SHOWN, ({ guest }) => guest.shown, "abc"),
    claim("the guest is asked to notify at its next line", ({ guest }) => {
      guest.send("d");
      return guest.isSignalled;
    }, true),
  ],
  defects: [
    {
      switch: NEVER, breaks: SHOWN,
      because: "the signal is gone with the old process, and the guest was not asked for another",
    },
    { switch: ONCE, breaks: SHOWN, because: "the mark that a signal waits is not saved after a restore" },
  ],
});
