/** What the litmus explorer is told, against the exploration itself. */
import { describe, expect, it } from "vitest";
import type { LitmusSetting } from "../../../src/engine/api/litmusView.ts";
import { litmusExplore, litmusList, litmusWalk } from "../../../src/engine/deviceSession/litmusSession.ts";
import { experiments } from "../../../src/engine/litmus/experiments.ts";

const { programs, models } = litmusList();
const first: LitmusSetting = { program: 0, without: [], model: "T" };

function explored(setting: LitmusSetting) {
  const answer = litmusExplore(setting);
  if (!answer.ok) throw new Error(answer.error);
  return answer.value;
}

describe("the litmus explorer", () => {
  it("lists every question of the catalogue under its program", () => {
    const ids = programs.flatMap(({ questions }) => questions.map(({ id }) => id));
    expect(ids.toSorted()).toEqual(experiments.map(({ id }) => id).toSorted());
    expect(models.map(({ id }) => id)).toEqual(["T", "R", "R-stores", "R-loads"]);
  });

  it("plays every outcome that can be reached, and it holds at the end of its interleaving", () => {
    for (const { program, barriers } of programs.slice(0, 6))
      for (const without of [[], ...barriers.map((barrier) => [barrier])]) {
        const setting = { program, without, model: "T" };
        for (const { id, choices, interleavings } of explored(setting).outcomes) {
          expect(BigInt(interleavings) > 0n, `${program} ${id}`).toBe(choices !== undefined);
          if (!choices) continue;
          const walk = litmusWalk(setting, choices);
          if (!walk.ok) throw new Error(walk.error);
          expect(walk.value.holding.at(-1)).toContain(id);
          expect(walk.value.frames).toHaveLength(choices.length + 1);
        }
      }
  });

  it("shows a removed barrier where it stood, and counts only the instructions that are left", () => {
    const { program, barriers } = programs.find((one) => one.barriers.length > 0)!;
    const whole = explored({ program, without: [], model: "T" });
    const less = explored({ program, without: [barriers[0]!], model: "T" });
    for (const [thread, { code }] of less.threads.entries()) {
      const before = whole.threads[thread]!.code;
      expect(code.map(({ text }) => text)).toEqual(before.map(({ text }) => text));
      const numbered = code.filter(({ at }) => at !== undefined).map(({ at }) => at);
      expect(numbered).toEqual(numbered.map((_, index) => index));
      for (const line of code) expect(line.isRemoved).toBe(line.barrier === barriers[0]);
    }
  });

  it("reaches what is forbidden only without a barrier, in the kick against an entry", () => {
    const forbidden = (without: string[]) =>
      explored({ ...first, without }).outcomes.filter(
        ({ verdict, choices }) => verdict === "forbidden" && choices,
      );
    expect(forbidden([])).toEqual([]);
    const [lost] = forbidden(["after mode=IN"]);
    expect(BigInt(lost!.interleavings)).toBeGreaterThan(0n);
    expect(BigInt(lost!.interleavings)).toBeLessThan(
      BigInt(explored({ ...first, without: ["after mode=IN"] }).interleavings),
    );
  });

  it.each<[LitmusSetting, number[], string]>([
    [{ ...first, program: 400 }, [], "There is no program 400"],
    [{ ...first, model: "Z" }, [], "There is no machine"],
    [{ ...first, without: ["no such"] }, [], "has no barrier"],
    [first, [200], "is not offered"],
  ])("refuses %j and choices %j with a sentence", (setting, choices, sentence) => {
    const answer = litmusWalk(setting, choices);
    expect(answer.ok ? "" : answer.error).toContain(sentence);
  });
});
