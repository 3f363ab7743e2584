/** The timeline's viewport: every move keeps its invariant, and zoom keeps its anchor. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../src/engine/base/prng.ts";
import {
  SPAN_MIN, fit, follow, pan, reveal, startViewport, suit, ticks, zoom, type Viewport,
} from "../../src/renderer/features/timeline/viewport.ts";

const span = ({ from, to }: Viewport): number => to - from;

describe("the viewport", () => {
  it("stays within its bounds through 10,000 random moves, and follows where it says so", () => {
    const chance = new Prng(3);
    let view = startViewport;
    let newest = 0;
    for (let n = 0; n < 10_000; n++) {
      newest += chance.below(1_000_000);
      const before = view;
      switch (chance.below(7)) {
        case 0: view = zoom(view, 2 ** (chance.below(9) - 4), chance.below(101) / 100); break;
        case 1: view = pan(view, (chance.below(200) - 100) / 100, newest); break;
        case 2: view = reveal(view, chance.below(1 << 30)); break;
        case 3: view = fit(chance.below(1000), newest + 1000); break;
        case 4: view = suit(view, chance.below(1 << 20)); break;
        case 5: view = follow({ ...view, isFollowing: true }, newest); break;
        default: view = follow(view, newest);
      }
      expect(view.from, `after ${JSON.stringify(before)}`).toBeGreaterThanOrEqual(0);
      expect(span(view)).toBeGreaterThanOrEqual(SPAN_MIN * 0.999);
      if (view.isFollowing) expect(follow(view, newest).to).toBeGreaterThanOrEqual(newest);
    }
  });

  it("keeps what is under the pointer, or the newest edge while it follows", () => {
    const held: Viewport = { from: 10_000, to: 20_000, isFollowing: false };
    for (const anchor of [0, 0.25, 1])
      for (const factor of [0.5, 0.9, 1.5]) {
        const at = held.from + span(held) * anchor;
        const zoomed = zoom(held, factor, anchor);
        expect(zoomed.from + span(zoomed) * anchor).toBeCloseTo(at);
        expect(zoom({ ...held, isFollowing: true }, factor, anchor).to).toBeCloseTo(20_000);
      }
  });

  it("shows what it is asked to, and marks the axis at round numbers inside", () => {
    for (const at of [0, 5, 1e6, 1e12]) {
      const view = reveal({ from: 100, to: 300, isFollowing: true }, at);
      expect(at >= view.from && at <= view.to && !view.isFollowing).toBe(true);
    }
    for (const [from, to] of [[0, 20], [123, 987_654], [1e12, 1e12 + 7e6]] as const) {
      const marks = ticks({ from, to, isFollowing: false }, 6);
      expect(marks.length).toBeGreaterThan(1);
      expect(marks.length).toBeLessThanOrEqual(8);
      expect(marks.every((at) => at >= from && at <= to && Number.isInteger(at))).toBe(true);
    }
  });
});
