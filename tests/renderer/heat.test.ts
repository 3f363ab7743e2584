/** Events since a mark: what was there before is not counted, and going back shows nothing untrue. */
import { describe, expect, it } from "vitest";
import { heatLevel, heatLevels, since } from "../../src/renderer/features/esb/heat.ts";

const map = (...events: readonly (readonly [number, number])[]) => ({ cells: new Uint8Array(0), events });

describe("heat", () => {
  it("is what came since the mark, never less than nothing", () => {
    const mark = new Map([[5, 2], [7, 4]]);
    const later = map([5, 3], [7, 4], [9, 1]);
    expect([...since(later, mark)]).toEqual([[5, 1], [9, 1]]);
    expect([...since(map([5, 1]), mark)]).toEqual([]);
    expect(since(undefined, mark).size).toBe(0);
    expect([...since(later, new Map())]).toEqual([[5, 3], [7, 4], [9, 1]]);
  });

  it("has a level for every count, which only grows", () => {
    const levels = Array.from({ length: 100 }, (_, events) => heatLevel(events));
    expect(levels[0]).toBe(0);
    expect(levels.every((level, n) => n === 0 || level >= levels[n - 1]!)).toBe(true);
    expect(heatLevels.map(heatLevel)).toEqual([1, 2, 3, 4]);
    expect(heatLevel(1e9)).toBe(heatLevels.length);
  });
});
