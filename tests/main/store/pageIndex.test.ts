/** The index of pages beside a map: what is kept already, what waits, and what is new. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { openDatabase } from "../../../src/main/store/database.ts";
import { sha256Text } from "../../../src/main/store/frames.ts";
import { PageIndex } from "../../../src/main/store/pageIndex.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";

const FIRST = 64;

it("gives each hash one id, new ones in a row, over several saves and more than wait in memory", () => {
  const database = openDatabase(join(temporaryFolder(), "store.sqlite"));
  const random = new Prng(5);
  const hash = (page: number): string => sha256Text(Buffer.from(`page ${page}`));
  const model = new Map<string, number>();
  for (let save = 0; save < 3; save++) {
    const index = new PageIndex(database, FIRST + model.size);
    for (let set = 0; set < 80; set++) {
      const hashes = Array.from({ length: random.below(300) }, () => hash(random.below(30_000)));
      const fresh: number[] = [];
      for (const [place, one] of hashes.entries())
        if (!model.has(one)) {
          fresh.push(place);
          model.set(one, FIRST + model.size);
        }
      const ids = Uint32Array.from(hashes, (one) => model.get(one)!);
      expect(index.enter(hashes)).toEqual({ ids, fresh });
    }
    // One set that alone is more than may wait.
    if (save === 1) {
      const many = Array.from({ length: 20_000 }, (_, page) => hash(40_000 + page));
      for (const one of many) model.set(one, FIRST + model.size);
      expect(index.enter(many).fresh.length).toBe(many.length);
    }
    index.end();
    const rows = database.prepare<[], { hash: Buffer; id: number }>("SELECT hash, id FROM pages").all();
    expect(new Map(rows.map((row) => [row.hash.toString("latin1"), row.id]))).toEqual(model);
  }
  database.close();
});
