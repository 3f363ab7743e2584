/** Row 38: an atomic instruction stores, and the move must hear of it. */
import { claim, defineScenario, step } from "../scenario.ts";
import {
  DATA, DATA_PAGE, bareGuest, dirtyLogOf, run, sendRound, stalePages, type BareGuest,
} from "./bareGuest.ts";

const UNMARKED = "cpu.atomic.skipMarkDirty";
/** Opcode of COMPARE AND SWAP. */
const CS = 0xba;
const MARKED = "the pages of both swaps are dirty";
const SAME_PAGE = DATA_PAGE, OTHER_PAGE = DATA_PAGE + 1;

interface World extends BareGuest {
  dirty: number[];
}

const program = `
        llilh   %r1,${DATA >> 16}
        lghi    %r2,0
        lghi    %r3,0x5a
1:      chi     %r8,0
        je      1b
        cs      %r2,%r2,0(%r1)
        aghi    %r1,4096
        cs      %r2,%r3,0(%r1)
2:      j       2b
`;

/** The log does not hear of what COMPARE AND SWAP stores. */
function dropAtomicMarks({ machine: { core } }: BareGuest): void {
  const { dirty } = core.storage;
  const mark = dirty.mark.bind(dirty);
  dirty.mark = (page, writer) => {
    if (core.ram.u8(Number(core.pc)) !== CS) mark(page, writer);
  };
}

export const atomicStoreUnmarked = defineScenario<World>({
  id: "atomic-store-unmarked", family: "memory", row: "38",
  title: "What an atomic instruction stores is sent again, even where the value stays the same",
  evidence: ["read"],
  sources: ["Linux 910c57dfa4d1"],
  given: {
    says: ["a running s390 guest, every page of it sent once", "two words of two pages, both 0"],
    build: (defects) => {
      const guest = bareGuest(program, false);
      run(guest, 100);
      sendRound(guest);
      if (defects.has(UNMARKED)) dropAtomicMarks(guest);
      return { ...guest, dirty: [] };
    },
  },
  when: [
    step("COMPARE AND SWAP puts 0 where 0 is, and 0x5a where 0 is", (world) => {
      world.machine.core.cpu.setGr(8, 1n);
      run(world, 100);
    }),
    step("the next round asks what changed, and sends it", (world) => {
      world.dirty = [...dirtyLogOf(world).changed()];
      sendRound(world);
    }),
  ],
  then: [
    claim(MARKED, ({ dirty }) => dirty, [SAME_PAGE, OTHER_PAGE]),
    claim("no page of the target is stale", stalePages, []),
  ],
  defects: [{
    switch: UNMARKED, breaks: MARKED,
    because: "an atomic instruction goes another way to storage than a store, and nobody marks there",
  }],
});
