/** The books that a window shows balance in every scenario without a defect. */
import { describe, expect, it } from "vitest";
import { bookView, whyView } from "../../../src/engine/deviceSession/bookView.ts";
import { partsOf } from "../../../src/engine/deviceSession/parts.ts";
import { playScenario } from "../../../src/engine/scenarios/runScenario.ts";
import { scenarios } from "../../../src/engine/scenarios/catalogue.ts";

const families = ["power", "passthrough"];

describe("the books of a device machine", () => {
  it("explain each interrupt of which a line is kept, with that interrupt's own steps", () => {
    let explained = 0;
    for (const scenario of scenarios.filter(({ family }) => families.includes(family)))
      for (const { books } of partsOf(playScenario(scenario))) {
        if (!books) continue;
        const { lines, counts } = bookView(books);
        expect(counts.raised).toBeGreaterThanOrEqual(counts.pending);
        for (const id of new Set(lines.map((line) => line.id).filter((one) => one !== 0))) {
          const why = whyView(books, id)!;
          expect(why.sentence, scenario.id).not.toBe("");
          expect(why.trail).toEqual(lines.filter((line) => line.id === id));
          explained++;
        }
        expect(whyView(books, 1_000_000)).toBeNull();
      }
    expect(explained).toBeGreaterThan(20);
  });
});
