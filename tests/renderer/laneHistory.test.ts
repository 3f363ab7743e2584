/** What a page makes of the events of vCPU threads: none is missing between two, and where each was. */
import { describe, expect, it } from "vitest";
import { LANE_EVENTS, type LaneEvent, type LaneStep, type LanesView } from "../../src/engine/api/lanes.ts";
import { appended, columnsOf } from "../../src/renderer/features/lanes/laneHistory.ts";

const events = (from: number, ...steps: readonly (readonly [cpu: number, step: LaneStep])[]): LaneEvent[] =>
  steps.map(([cpu, step], n) => ({ number: from + n, at: 10 * (from + n), cpu, step }));
const kicks = (from: number, count: number): LaneEvent[] =>
  events(from, ...Array.from({ length: count }, () => [0, "kick"] as const));
const view = (written: number, more: readonly LaneEvent[]): LanesView =>
  ({ instructions: 0, virtualNs: 0, lanes: [], written, events: more });

describe("events that a page has", () => {
  it("go on where the answer does, up to as many as the machine keeps", () => {
    const some = appended([], view(2, kicks(1, 2)));
    expect(appended(some, view(5, kicks(3, 3))).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(appended(some, view(2, []))).toEqual(some);
    const twice = appended(some, view(3, kicks(2, 2)));
    expect(twice.map(({ number }) => number), "asked twice").toEqual([1, 2, 3]);
    const all = appended(kicks(1, LANE_EVENTS), view(LANE_EVENTS + 7, kicks(LANE_EVENTS + 1, 7)));
    expect([all.length, all[0]!.number, all.at(-1)!.number]).toEqual([LANE_EVENTS, 8, LANE_EVENTS + 7]);
  });

  it("begin anew behind a gap and where the machine was set back", () => {
    const some = kicks(1, 4);
    expect(appended(some, view(90, kicks(80, 11)))[0]!.number).toBe(80);
    expect(appended(some, view(3, kicks(1, 3)))).toHaveLength(3);
    expect(appended(some, view(0, []))).toEqual([]);
  });
});

describe("places of vCPUs", () => {
  it("are unknown until told, and an entry puts another one out", () => {
    const row = events(1, [0, "enter"], [1, "kick"], [1, "wake"], [1, "enter"], [1, "sleep"], [0, "stopped"]);
    expect(columnsOf(row, 2).map(({ places }) => places.join(","))).toEqual([
      "guest,", "guest,", "guest,outside", "outside,guest", "outside,asleep", "stopped,asleep",
    ]);
  });

  it("have one vCPU in the guest at most", () => {
    const steps: readonly LaneStep[] = ["enter", "sleep", "wake", "kick", "handled", "stopped", "started"];
    const all = events(1, ...steps.flatMap((step) => [0, 1, 2].map((cpu) => [cpu, step] as const)));
    for (const { places } of columnsOf([...all, ...all.reverse()], 3))
      expect(places.filter((place) => place === "guest").length).toBeLessThan(2);
  });
});
