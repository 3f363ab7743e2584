/** Row 42: a snapshot or a move that fails half way and is tried again. */
import { DirtyLog } from "../../memory/dirtyLog.ts";
import { claim, defineScenario, step } from "../scenario.ts";

const CONSUMES = "snapshot.failure.consumesDirtyLog";
const WRITTEN = [3, 17, 40];

interface World {
  readonly log: DirtyLog;
  readonly consumes: boolean;
  second: number[];
}

export const failedSnapshotForgets = defineScenario<World>({
  id: "failed-snapshot-forgets",
  family: "memory", row: "42",
  title: "The second attempt at a snapshot is complete",
  evidence: ["read"],
  sources: ["Firecracker #4545 and #4580", "propolis #682"],
  given: {
    says: ["64 pages of RAM, all in a snapshot already", `pages ${WRITTEN.join(", ")} written since`],
    build: (defects) => {
      const log = new DirtyLog(64);
      for (const page of WRITTEN) log.mark(page, "virtio");
      return { log, consumes: defects.has(CONSUMES), second: [] };
    },
  },
  when: [
    step("a snapshot takes the dirty pages and fails before they are stored", ({ log, consumes }) => {
      log.take();
      if (consumes) log.commit();
      else log.giveBack();
    }),
    step("page 17 is written once more", ({ log }) => { log.mark(17, "css"); }),
    step("the next attempt asks which pages changed", (world) => {
      world.second = [...world.log.changed()];
    }),
  ],
  then: [claim("it stores every page written since the last snapshot", ({ second }) => second, WRITTEN)],
  defects: [{
    switch: CONSUMES, breaks: "it stores every page written since the last snapshot",
    because: "the bits were consumed by the attempt that failed",
  }],
});
