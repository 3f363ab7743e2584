/** The tree of snapshots as rows, for every family of five, and the screen without escape sequences. */
import { describe, expect, it } from "vitest";
import type { SnapshotSummary } from "../../src/engine/api/snapshot.ts";
import { rowsOf, screenLines } from "../../src/renderer/features/snapshots/tree.ts";

const one = (id: number, parent: number | null): SnapshotSummary => ({
  id,
  parent,
  guest: "hello",
  title: "Hello",
  note: "",
  createdMs: 0,
  memoryBytes: 0,
  cpus: 1,
  instructions: 0,
  virtualSeconds: 0,
  pauseMs: 0,
  pages: 0,
  newBytes: 0,
  console: "",
});

describe("the rows of a tree", () => {
  it("are each snapshot once, behind its parent and one deeper, whatever the parents", () => {
    for (let code = 0; code < 7 ** 5; code++) {
      const parents = [0, 1, 2, 3, 4].map((digit) => Math.floor(code / 7 ** digit) % 7);
      const all = parents.map((parent, index) => one(index + 1, parent === 0 ? null : parent));
      const rows = rowsOf(all);
      const ids = rows.map(({ snapshot }) => snapshot.id);
      if (ids.length !== 5 || new Set(ids).size !== 5) throw new Error(`${parents}: ${ids}`);
      for (const [at, { snapshot, depth }] of rows.entries()) {
        const { parent, id } = snapshot;
        if (parent === null || parent > 5 || parent >= id) {
          if (depth !== 0) throw new Error(`${parents}: ${id} has no parent and depth ${depth}`);
          continue;
        }
        const above = ids.indexOf(parent);
        if (above > at || rows[above]!.depth !== depth - 1) throw new Error(`${parents}: ${id} at ${depth}`);
      }
    }
  });
});

describe("the lines of a screen", () => {
  it("are the last ones, without colours, titles and empty ends", () => {
    const text = "one\r\n\u001b[1;31mtwo\u001b[0m\u001b]0;title\u0007\r\n\u001b[6nthree \u0000\r\n\r\n  \r\n";
    expect(screenLines(text, 2)).toEqual(["two", "three "]);
    expect(screenLines("", 5)).toEqual([]);
  });
});
