import { describe, expect, it } from "vitest";
import { isSame, show } from "../../../src/engine/base/plainData.ts";
import { playScenario, runOnce, runScenario } from "../../../src/engine/scenarios/runScenario.ts";
import { claim, defineScenario, step, type Scenario } from "../../../src/engine/scenarios/scenario.ts";

interface Counter { count: number; readonly loses: boolean; readonly throwsAt?: number }

const LOSES = "counter.increment.lose";
const counting = (change: Partial<Scenario<Counter>> = {}): Scenario<Counter> => defineScenario<Counter>({
  id: "counting", family: "own", title: "A counter counts", evidence: ["documented"], sources: ["here"],
  given: { says: ["a counter at 0"], build: (defects) => ({ count: 0, loses: defects.has(LOSES) }) },
  when: ["once", "twice"].map((time) => step(`it is incremented ${time}`, (world) => {
    if (world.count < 1 || !world.loses) world.count++;
  })),
  then: [
    claim("it stands at 2", ({ count }) => count, 2),
    claim("it is not negative", ({ count }) => count >= 0, true),
  ],
  defects: [{ switch: LOSES, breaks: "it stands at 2", because: "the second increment is dropped" }],
  ...change,
});

describe("a scenario", () => {
  it("passes with its defect off and must fail with it on", () => {
    expect(runScenario(counting(), true)).toMatchObject({ passed: true, reasons: [] });
    expect(runOnce(counting(), LOSES).failed)
      .toEqual([{ claim: "it stands at 2", saw: "1", expected: "2" }]);
  });

  it("does not pass when a claim is not so", () => {
    const wrong = counting({ when: [], defects: [] });
    expect(runScenario(wrong, true).reasons).toEqual(["not so: it stands at 2 (saw 0, expected 2)"]);
  });

  it("does not pass when its defect changes nothing", () => {
    const build = (): Counter => ({ count: 0, loses: false });
    const deaf = counting({ given: { says: [], build } });
    expect(runScenario(deaf, true).reasons).toEqual([`with ${LOSES} on it passed`]);
    expect(runScenario(deaf, false).passed).toBe(true);
  });

  it("does not pass when its defect breaks another claim than it says", () => {
    const other = counting({ defects: [{ switch: LOSES, breaks: "it is not negative", because: "-" }] });
    expect(runScenario(other, true).reasons)
      .toEqual([`with ${LOSES} on it failed for another reason: it stands at 2`]);
  });

  it("does not pass when it throws, with the defect or without", () => {
    const throwing = counting({ when: [step("it breaks", () => { throw new Error("broken"); })] });
    expect(runScenario(throwing, true).reasons)
      .toEqual(["it threw: broken", `with ${LOSES} on it threw: broken`]);
  });

  it("can be played up to any step", () => {
    expect([0, 1, 2].map((steps) => playScenario(counting(), new Set(), steps).count)).toEqual([0, 1, 2]);
  });

  it("is refused when it claims nothing, says a claim twice or names a defect that breaks no claim", () => {
    const same = claim<Counter>("it is", () => 1, 1);
    expect(() => counting({ then: [], defects: [] })).toThrow("claims nothing");
    expect(() => counting({ then: [same, same], defects: [] })).toThrow("one claim twice");
    const vain = { switch: "x", breaks: "nothing", because: "-" };
    expect(() => counting({ defects: [vain] })).toThrow("no claim");
    expect(() => counting({ id: "Not An Id" })).toThrow("no scenario id");
  });
});

describe("plain data", () => {
  it("is the same only when all of it is", () => {
    const value = { a: [1, 2n, "x"], b: Uint8Array.of(1, 2), c: undefined };
    expect(isSame(value, { a: [1, 2n, "x"], b: Uint8Array.of(1, 2) })).toBe(true);
    for (const other of [
      { ...value, a: [1, 2n] }, { ...value, a: [1, 2, "x"] }, { ...value, b: Uint8Array.of(1, 3) },
      { ...value, b: [1, 2] }, { ...value, d: 0 }, { ...value, a: { 0: 1, 1: 2n, 2: "x" } }, null, 1,
    ])
      expect(isSame(value, other), show(other)).toBe(false);
    expect(() => isSame(new Map([[1, 2]]), new Map())).toThrow("plain data");
  });

  it("shows numbers in both bases, bytes as digits", () => {
    expect(show({ a: [1, 16, 255n], b: Uint8Array.of(1, 0xab), c: "x", d: undefined, e: 0.5 }))
      .toBe('{ a: [1, 16 (0x10), 255 (0xff)], b: bytes 01ab, c: "x", d: undefined, e: 0.5 }');
    expect(show(-1)).toBe("-1");
  });
});
