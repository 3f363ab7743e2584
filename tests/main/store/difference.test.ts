/** What a machine lacks to be a snapshot, put over what it is, makes it that snapshot. */
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { openDatabase } from "../../../src/main/store/database.ts";
import { readDifference } from "../../../src/main/store/difference.ts";
import { Snapshots } from "../../../src/main/store/snapshots.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { captured, newSnapshot, pages } from "./savedMachine.ts";

type Contents = Record<number, number>;
const PAGES = 24;

function store(): Snapshots {
  const database = openDatabase(join(temporaryFolder(), "store.sqlite"));
  onTestFinished(() => void database.close());
  return new Snapshots(database);
}
const drawn = (random: Prng): Contents =>
  Object.fromEntries(Array.from({ length: PAGES }, (_, page) => [page, random.below(6)]));

it("whatever the two are, and whatever changed since", async () => {
  const snapshots = store();
  const random = new Prng(41);
  const known = new Map<number, Contents>();
  for (let round = 0; round < 6; round++) {
    const contents = drawn(random);
    known.set((await snapshots.save(newSnapshot({ captured: captured(contents) }))).id, contents);
  }
  for (const [base, before] of known)
    for (const [snapshot, wanted] of known) {
      const all = Uint32Array.from({ length: PAGES }, (_, page) => page);
      const changed = all.filter(() => random.below(3) === 0);
      const { memory } = (await readDifference(snapshots, { snapshot, base, changed })).saved;
      const machine: Contents = { ...before };
      for (const page of changed) machine[page] = 77;
      for (const page of memory.zeros) machine[page] = 0;
      memory.numbers.forEach((page, index) => {
        const came = Buffer.from(memory.bytes.subarray(index * 4096, (index + 1) * 4096));
        expect(came.equals(Buffer.from(pages({ 0: wanted[page]! }).bytes)), `page ${page}`).toBe(true);
        machine[page] = wanted[page]!;
      });
      expect(machine, `${base} to ${snapshot}`).toEqual(wanted);
      // No more than what differs.
      const differs = (page: number) => changed.includes(page) || before[page] !== wanted[page];
      for (const page of [...memory.numbers, ...memory.zeros]) expect(differs(page)).toBe(true);
    }
});

it("is refused where one of them is gone, or was started with something else", async () => {
  const snapshots = store();
  const { id: base } = await snapshots.save(newSnapshot());
  const other = await snapshots.save(newSnapshot({ images: { kernel: Uint8Array.of(9) } }));
  const more = await snapshots.save(
    newSnapshot({ config: { ...newSnapshot().config, memoryBytes: 32 << 20 } }),
  );
  for (const snapshot of [other.id, more.id, 99])
    await expect(readDifference(snapshots, { snapshot, base, changed: Uint32Array.of(1) }))
      .rejects.toThrow(/not of machines that were started alike\.$/);
  snapshots.remove(base);
  await expect(readDifference(snapshots, { snapshot: other.id, base, changed: Uint32Array.of(1) }))
    .rejects.toThrow("started alike");
});
