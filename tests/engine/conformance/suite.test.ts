import { describe, expect, it } from "vitest";
import {
  conforms, numbered, runSuite, runWalk, type ConformanceVector, type Suite,
} from "../../../src/engine/conformance/suite.ts";
import { suites } from "../../../src/engine/conformance/suites.ts";

const vector = (id: string, mismatches: () => string[] = () => []): ConformanceVector =>
  ({ id, title: id, calls: 2, mismatches });
const suite = (change: Partial<Suite> = {}): Suite => ({
  name: "x", title: "X", specified: numbered("T", 2), walks: [],
  vectors: [vector("T01"), vector("T02a"), vector("T02b")], ...change,
});

describe("a suite", () => {
  it("counts specified vectors by their numbers and calls by what was carried out", () => {
    expect(runSuite(suite())).toMatchObject({
      vectorsSpecified: 2, vectorsChecked: 2, callsSpecified: 6, callsChecked: 6, mismatches: [],
    });
    expect(conforms(runSuite(suite()))).toBe(true);
  });

  it("does not conform with a mismatch, a vector that throws, one left out, or a walk's violation", () => {
    const throwing = vector("T01", () => { throw new Error("broken"); });
    const whole = { states: 1, transitions: 1 };
    const walk = { name: "w", whole, run: () => ({ ...whole, violations: ["wrong"] }) };
    const reports = [
      runSuite(suite({ vectors: [vector("T01", () => ["other"]), vector("T02")] })),
      runSuite(suite({ vectors: [throwing, vector("T02")] })),
      runSuite(suite({ vectors: [vector("T01")] })),
      runSuite(suite({ walks: [walk] })),
    ];
    expect(reports.map(conforms)).toEqual([false, false, false, false]);
    expect(reports[0]!.mismatches).toEqual([{ id: "T01", sentence: "other" }]);
    expect(reports[1]).toMatchObject({
      vectorsChecked: 1, callsSpecified: 4, callsChecked: 2,
      mismatches: [{ id: "T01", sentence: "it threw: Error: broken" }],
    });
  });
});

it("a walk that finds less or more than the whole space does not conform, whatever else it says", () => {
  const whole = { states: 4, transitions: 12 };
  const found = (states: number, transitions: number, violations: string[] = []) =>
    runWalk({ name: "w", whole, run: () => ({ states, transitions, violations }) }).violations;
  expect(found(4, 12)).toEqual([]);
  for (const [states, transitions] of [[3, 12], [4, 11], [5, 12], [4, 13], [0, 0]] as const) {
    const sentence = `of 4 states and 12 transitions it found ${states} and ${transitions}`;
    expect(found(states, transitions, ["wrong"])).toEqual([sentence, "wrong"]);
    const walk = { name: "w", whole, run: () => ({ states, transitions, violations: [] }) };
    expect(conforms(runSuite(suite({ walks: [walk] })))).toBe(false);
  }
});

it("the project has a suite for each controller and KVM itself, in the order of printing", () => {
  const names = ["flic", "ap", "xive", "xics", "passthrough", "requests", "arm", "kvm"];
  expect(suites.map(({ name }) => name)).toEqual(names);
});
