/** Row 39: compiled code that has permission to store without asking, when the log is read. */
import { claim, defineScenario, step } from "../scenario.ts";
import {
  DATA, DATA_PAGE, bareGuest, dirtyLogOf, run, sendRound, stalePages, type BareGuest,
} from "./bareGuest.ts";

const KEEPS = "cpu.dirtyLog.keepsStorePermission";
const SEEN = "the second round finds the page dirty again";

interface World extends BareGuest {
  second: number[];
}

const program = `
        llilh   %r1,${DATA >> 16}
1:      agsi    0(%r1),1
        j       1b
`;

export const fastPathThinksDirty = defineScenario<World>({
  id: "fast-path-thinks-dirty", family: "memory", row: "39",
  title: "Compiled code asks again once the dirty log was read",
  evidence: ["read"],
  sources: ["QEMU 9458a9a1df1a"],
  given: {
    says: ["a guest whose compiled loop counts in one word", "the word's page is dirty, and known to be"],
    build: (defects) => {
      const guest = bareGuest(program, true);
      run(guest, 1_000_000);
      if (defects.has(KEEPS)) dirtyLogOf(guest).onTake = undefined;
      return { ...guest, second: [] };
    },
  },
  when: [
    step("a round of a move reads the log, clears it and sends what changed", sendRound),
    step("the guest counts on", (world) => { run(world, 100_000); }),
    step("the next round does the same", (world) => {
      world.second = [...dirtyLogOf(world).changed()];
      sendRound(world);
    }),
  ],
  then: [
    claim("the loop was compiled", ({ machine }) => machine.core.compiledInstructions > 0n, true),
    claim(SEEN, ({ second }) => second, [DATA_PAGE]),
    claim("no page of the target is stale", stalePages, []),
  ],
  defects: [{
    switch: KEEPS, breaks: SEEN,
    because: "the translation of the page still says that a store need not be told",
  }],
});
