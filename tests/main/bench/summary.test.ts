import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import type { Sample } from "../../../src/main/bench/measure.ts";
import { reportText } from "../../../src/main/bench/report.ts";
import { geometricMean, medianSample, summarize } from "../../../src/main/bench/summary.ts";

const sample = (name: string, side: Sample["side"], ms: number, checksum?: string, round = 0): Sample => ({
  name,
  side,
  round,
  ms,
  processorMs: ms * 2,
  ...(checksum === undefined ? {} : { checksum }),
});

describe("a summary", () => {
  it("has a median that occurred, with as many samples below as above it", () => {
    const chance = new Prng(3);
    for (let run = 0; run < 300; run++) {
      const samples = Array.from({ length: 1 + chance.below(6) }, () => ({ ms: chance.below(5) }));
      const median = medianSample(samples)!;
      expect(samples).toContain(median);
      const below = samples.filter(({ ms }) => ms < median.ms).length;
      const above = samples.filter(({ ms }) => ms > median.ms).length;
      expect(below).toBeLessThanOrEqual((samples.length - 1) >> 1);
      expect(above).toBeLessThanOrEqual(samples.length >> 1);
    }
    expect(medianSample([])).toBeUndefined();
  });

  it("has a geometric mean that the inverse ratios invert", () => {
    expect(geometricMean([2, 8])).toBeCloseTo(4);
    expect(geometricMean([0.5, 0.125])).toBeCloseTo(0.25);
    expect(geometricMean([])).toBeUndefined();
  });

  it("divides QEMU's median by ours, and keeps the boot out of the mean", () => {
    const samples = [
      ...[sample("boot", "ours", 4000), sample("boot", "qemu", 1000)],
      ...[10, 20, 90].map((ms, i) => sample("a", "ours", ms, "aa", i)),
      ...[40, 5, 800].map((ms, i) => sample("a", "qemu", ms, "aa", i)),
    ];
    const { rows, geometricMean: mean } = summarize(["boot", "a"], { samples }, new Map());
    expect(rows.map(({ ratio }) => ratio)).toEqual([0.25, 2]);
    expect(rows.map(({ processorRatio }) => processorRatio)).toEqual([0.25, 2]);
    expect(mean).toBe(2);
  });

  it("calls a row wrong if any one checksum differs, and only that row", () => {
    const rounds = [0, 1, 2];
    const of = (name: string, wrongAt: string): Sample[] =>
      (["ours", "qemu"] as const).flatMap((side) =>
        rounds.map((round) => sample(name, side, 1, `${side} ${round}` === wrongAt ? "bad" : "aa", round)),
      );
    const host = new Map([["a", { ms: 1, checksum: "aa" }]]);
    for (const wrongAt of ["ours 0", "ours 2", "qemu 1"]) {
      const samples = [...of("a", wrongAt), ...of("b", "")];
      const { rows } = summarize(["a", "b"], { samples }, host);
      expect(rows.map(({ isWrong }) => isWrong), wrongAt).toEqual([true, false]);
    }
    const other = new Map([["a", { ms: 1, checksum: "x" }]]);
    const differsFromHost = summarize(["a"], { samples: of("a", "") }, other);
    expect(differsFromHost.rows[0]!.isWrong).toBe(true);
  });

  it("is printed with dashes for what was not measured, in columns of one width", () => {
    const samples = [sample("a", "ours", 10, "aa"), sample("b", "ours", 12345, "aa")];
    const summary = summarize(["a", "b"], { samples }, new Map([["b", { ms: 7, checksum: "bb" }]]));
    const failure = { name: "a", side: "qemu", round: 1, sentence: "It broke.", lastLines: ["x"] } as const;
    const text = reportText({
      summary,
      snapshots: [],
      failures: [failure],
      residentBytes: { boot: { ours: 2 ** 30 }, programs: {} },
      memoryBytes: 2 ** 29,
      rounds: 3,
    });
    const lines = text.split("\n");
    expect(new Set(lines.slice(0, 3).map(({ length }) => length)).size).toBe(1);
    expect(lines[1]).toMatch(/^a +10 +– +– +– +– +– +– +– +– +–$/);
    expect(lines[2]).toMatch(/WRONG$/);
    expect(text).toContain("b computed different things: host bb, ours 1 aa.");
    expect(text).toContain("a failed (qemu, round 2): It broke.\n  | x\n");
    expect(text).toContain("Memory held for a guest of 512.0 MiB at its shell: ours 1.0 GiB.\n");
    expect(text).not.toContain("Geometric mean");
  });
});
