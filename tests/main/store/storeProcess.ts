/** A process of its own that saves without end, until it is killed: `node storeProcess.ts <folder>`. */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../../../src/main/store/database.ts";
import { Snapshots } from "../../../src/main/store/snapshots.ts";
import { captured, newSnapshot } from "./savedMachine.ts";

const snapshots = new Snapshots(openDatabase(join(process.argv[2]!, "store.sqlite")));
let parent: number | null = null;
for (let round = 0; ; round++) {
  const contents = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [i, round * 300 + i + 1]));
  const saved = await snapshots.save(newSnapshot({ parent, captured: captured(contents) }));
  parent = saved.id;
  writeSync(1, `${saved.id}\n`);
}
