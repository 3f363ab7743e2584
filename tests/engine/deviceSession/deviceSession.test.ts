import { describe, expect, it } from "vitest";
import type { DeviceCall } from "../../../src/engine/api/deviceSession.ts";
import { DeviceSession } from "../../../src/engine/deviceSession/deviceSession.ts";
import { scenarios } from "../../../src/engine/scenarios/catalogue.ts";

function opened(scenario: string, ...defects: string[]): DeviceSession {
  const session = new DeviceSession();
  expect(session.answer({ name: "openScenario", scenario, defects })).toEqual({ ok: true, value: null });
  return session;
}
const goTo = (session: DeviceSession, step: number) => session.answer({ name: "goTo", step });

describe("a device session", () => {
  it("opens every scenario, and at its end all claims hold", () => {
    for (const { id, when } of scenarios) {
      const session = opened(id);
      expect(session.state()?.at).toBe(0);
      expect(goTo(session, when.length).ok).toBe(true);
      const state = session.state()!;
      expect(state.threw, id).toBeUndefined();
      expect(state.claims.filter(({ holds }) => !holds), id).toEqual([]);
    }
  });

  it("shows the claim that a defect breaks, with what was seen", () => {
    for (const { id, when, defects } of scenarios)
      for (const defect of defects) {
        const session = opened(id, defect.switch);
        goTo(session, when.length);
        const broken = session.state()!.claims.find(({ says }) => says === defect.breaks)!;
        expect(broken.holds, `${id} with ${defect.switch}`).toBe(false);
        expect(broken.seen).not.toBe(broken.expected);
      }
  });

  it("is the same at a step however it came there, and looking changes nothing", () => {
    for (const { id, when } of scenarios) {
      const straight = opened(id);
      const wandering = opened(id);
      goTo(wandering, when.length);
      for (let step = when.length; step >= 0; step--) {
        goTo(wandering, step);
        goTo(straight, 0);
        for (let at = 1; at <= step; at++) goTo(straight, at);
        expect(wandering.state(), `${id} at ${step}`).toEqual(straight.state());
        expect(wandering.state()).toEqual(wandering.state());
      }
    }
  });

  it("finds the controllers of every family that has some, the same at every step", () => {
    const withParts = new Map<string, number>();
    for (const { id, family, when } of scenarios) {
      const session = opened(id);
      const before = session.state()!.parts;
      goTo(session, when.length);
      expect(session.state()!.parts, id).toEqual(before);
      if (before.length > 0) withParts.set(family, (withParts.get(family) ?? 0) + 1);
    }
    const rows = scenarios.filter(({ family }) => family === "passthrough").length;
    expect(withParts.get("passthrough")).toBe(rows);
    expect(withParts.get("s390")).toBeGreaterThanOrEqual(20);
    expect(withParts.get("power")).toBeGreaterThanOrEqual(8);
  });

  it.each<[DeviceCall, string]>([
    [{ name: "openScenario", scenario: "no-such", defects: [] }, "There is no scenario"],
    [{ name: "openScenario", scenario: scenarios[0]!.id, defects: ["no.such"] }, "has no defect"],
    [{ name: "goTo", step: 1000 }, "There is no step 1000"],
  ])("refuses %j with a sentence and stays as it was", (call, sentence) => {
    const session = opened(scenarios[1]!.id);
    goTo(session, 1);
    const before = session.state();
    const answer = session.answer(call);
    expect(answer.ok ? "" : answer.error).toContain(sentence);
    expect(session.state()).toEqual(before);
  });

  it("refuses to step where nothing is open", () => {
    const session = new DeviceSession();
    expect(goTo(session, 0).ok).toBe(false);
    expect(session.state()).toBeUndefined();
  });
});
