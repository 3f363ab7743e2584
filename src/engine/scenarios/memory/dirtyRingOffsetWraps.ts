/** Row 41: entries of a dirty ring that the VMM has rewritten. */
import { assert } from "../../base/assert.ts";
import {
  DirtyRing, KVM_DIRTY_GFN_F_DIRTY, KVM_DIRTY_GFN_F_RESET, dirtyGfn,
} from "../../devices/kvm/dirtyRing.ts";
import { claim, defineScenario, step } from "../scenario.ts";

const WRAPS = "kvm.dirtyRing.offsetSumWraps";
const PAGES = 256n;
const RING_BYTES = 4096;
const LAST = (1n << 64n) - 1n;

interface World {
  readonly ring: DirtyRing;
  readonly protectedPages: bigint[];
  taken: number;
}

export const dirtyRingOffsetWraps = defineScenario<World>({
  id: "dirty-ring-offset-wraps",
  family: "memory", row: "41",
  title: "A dirty ring's entry is not believed when the ring is reset",
  evidence: ["read"],
  sources: ["CVE-2026-52969"],
  given: {
    says: [`a slot of ${PAGES} pages`, "a dirty ring of 4 KiB with pages 7 and 9 in it"],
    build: (defects) => {
      const protectedPages: bigint[] = [];
      const slots = {
        pagesOf: (slot: number) => (slot === 0 ? PAGES : undefined),
        protect: (_slot: number, page: bigint) => { protectedPages.push(page); },
      };
      const made = DirtyRing.ofBytes(RING_BYTES, slots, { offsetSumWraps: defects.has(WRAPS) });
      assert(made.ok, "4 KiB are a ring");
      for (const page of [7n, 9n]) made.value.push(0, page);
      return { ring: made.value, protectedPages, taken: 0 };
    },
  },
  when: [
    step("the VMM collects both entries, the second rewritten to name page 2^64-1", ({ ring }) => {
      const flags = KVM_DIRTY_GFN_F_DIRTY | KVM_DIRTY_GFN_F_RESET;
      ring.shared.set(dirtyGfn.encode({ flags, slot: 0, offset: 7n }), 0);
      ring.shared.set(dirtyGfn.encode({ flags, slot: 0, offset: LAST }), dirtyGfn.size);
    }),
    step("the rings are reset", (world) => { world.taken = world.ring.reset(); }),
  ],
  then: [
    claim("both entries are taken back", ({ taken }) => taken, 2),
    claim("only a page of the slot is logged again", ({ protectedPages }) => protectedPages, [7n]),
  ],
  defects: [{
    switch: WRAPS, breaks: "only a page of the slot is logged again",
    because: "offset and distance are added before the comparison, and the sum wraps to 0",
  }],
});
