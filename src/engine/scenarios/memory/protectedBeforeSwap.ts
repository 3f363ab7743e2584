/** Row 40: a store between the two halves of reading a dirty log. */
import { claim, defineScenario, step } from "../scenario.ts";
import {
  DATA, bareGuest, dirtyLogOf, run, sendPages, sendRound, stalePages, type BareGuest,
} from "./bareGuest.ts";

const PROTECTS_FIRST = "dirtyLog.protectsBeforeSwap";
const NEITHER = "no page of the target is stale";
const BETWEEN = 1_000;

interface World extends BareGuest {
  readonly protectsFirst: boolean;
}

const program = `
        llilh   %r1,${DATA >> 16}
1:      agsi    0(%r1),1
        j       1b
`;

/** Reads the log while the guest stores between the swap of the bitmap and the protection, or before both. */
function roundWithStoresBetween(world: World): void {
  const log = dirtyLogOf(world);
  const protect = log.onTake!;
  if (world.protectsFirst) {
    protect();
    run(world, BETWEEN);
  }
  const changed = log.changed();
  log.onTake = world.protectsFirst ? undefined : () => {
    run(world, BETWEEN);
    protect();
  };
  log.take();
  log.commit();
  log.onTake = protect;
  sendPages(world, changed);
}

export const protectedBeforeSwap = defineScenario<World>({
  id: "protected-before-swap", family: "memory", row: "40",
  title: "A store while the dirty log is being read is not lost",
  evidence: ["read"],
  sources: ["Linux edde99ce0529"],
  given: {
    says: ["a guest that counts in one word without pause", "a page is dirty, or a store to it is told"],
    build: (defects) => {
      const guest = bareGuest(program, false);
      run(guest, BETWEEN);
      return { ...guest, protectsFirst: defects.has(PROTECTS_FIRST) };
    },
  },
  when: [
    step("a round reads the log, and the guest stores between swap and protection", roundWithStoresBetween),
    step("the guest counts on", (world) => { run(world, BETWEEN); }),
    step("the machine stands still and the last round is sent", sendRound),
  ],
  then: [
    claim("the guest has counted on since the first round",
      ({ machine }) => machine.core.ram.u64(DATA) > BigInt(BETWEEN), true),
    claim(NEITHER, stalePages, []),
  ],
  defects: [{
    switch: PROTECTS_FIRST, breaks: NEITHER,
    because: "the store between both has taken the protection away, and its mark goes with the old bitmap",
  }],
});
