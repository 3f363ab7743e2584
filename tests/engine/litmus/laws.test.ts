/** What must be true of every litmus program, whatever it is about. */
import { describe, expect, it } from "vitest";
import { experiments } from "../../../src/engine/litmus/experiments.ts";
import { explore, type Exploration } from "../../../src/engine/litmus/explore.ts";
import { countInterleavings } from "../../../src/engine/litmus/interleavings.ts";
import {
  relaxed, relaxedLoads, relaxedStores, total, type MemoryModel,
} from "../../../src/engine/litmus/memoryModel.ts";
import { assemble, barriersOf, type LitmusProgram } from "../../../src/engine/litmus/program.ts";
import { entryAgainstKick } from "../../../src/engine/litmus/programs/entry.ts";
import { Replay } from "../../../src/engine/litmus/replay.ts";
import { Prng } from "../../../src/engine/base/prng.ts";
import { loadBuffering, messagePassing, storeBuffering } from "./classics.ts";

function explored(program: LitmusProgram, model: MemoryModel, without: readonly string[] = []): Exploration {
  const result = explore(assemble(program, without), model);
  if (!result.ok) throw new Error(result.error.sentence);
  return result.value;
}
const reached = (exploration: Exploration): Set<string> => new Set(exploration.shortest.keys());

/** Programs of the catalogue that are walked in a moment. */
const programs = [...new Set(experiments.map(({ program }) => program))]
  .filter((program) => program.threads.length <= 2);

describe("a weaker machine", () => {
  it("shows all that a stronger one shows", () => {
    for (const program of programs) {
      const [onT, onR] = [explored(program, total), explored(program, relaxed)];
      expect([...reached(onT)].filter((id) => !reached(onR).has(id)), program.title).toEqual([]);
      for (const model of [relaxedStores, relaxedLoads]) {
        const weaker = reached(explored(program, model));
        expect([...reached(onR)].filter((id) => !weaker.has(id)), `${program.title} ${model.id}`).toEqual([]);
      }
    }
  });
  it("shows all that it shows with a barrier also without that barrier", () => {
    let removed = 0;
    for (const program of programs)
      for (const model of [total, relaxed])
        for (const id of barriersOf(program)) {
          const without = reached(explored(program, model, [id]));
          const gone = [...reached(explored(program, model))].filter((outcome) => !without.has(outcome));
          expect(gone, `${program.title} without ${id}`).toEqual([]);
          removed++;
        }
    expect(removed).toBeGreaterThan(150);
  });
});

describe("the number of interleavings", () => {
  /** Every interleaving walked one by one: a second opinion. */
  function walkAll({ successors, holding }: Exploration): { total: bigint; showing: Record<string, bigint> } {
    const showing: Record<string, bigint> = {};
    const marks = [...holding].map(([id, states]) => [id, new Set(states)] as const);
    let total = 0n;
    const walk = (state: number, seen: readonly string[]): void => {
      const now = [...new Set([...seen, ...marks.flatMap(([id, states]) => (states.has(state) ? [id]
        : []))])];
      if (successors[state]!.length === 0) {
        total++;
        for (const id of now) showing[id] = (showing[id] ?? 0n) + 1n;
      }
      for (const next of successors[state]!) walk(next, now);
    };
    walk(0, []);
    return { total, showing };
  }

  it("is that of walking them one by one", () => {
    for (const program of [storeBuffering, messagePassing, loadBuffering])
      for (const model of [total, relaxedStores, relaxedLoads]) {
        const exploration = explored(program, model, barriersOf(program));
        const counted = countInterleavings(exploration);
        const walked = walkAll(exploration);
        expect(counted.total).toBe(walked.total);
        expect(counted.showing.get("odd"), `${program.title} ${model.id}`).toBe(walked.showing["odd"] ?? 0n);
      }
  });
  it("is the number of orders of independent steps", () => {
    const steps = (word: string, count: number) =>
      Array.from({ length: count }, () => ({ kind: "load", word, into: "r" }) as const);
    const program: LitmusProgram = {
      title: "two threads that have nothing to do with each other", words: { x: { initial: 0 } },
        outcomes: [],
      threads: [{ name: "P0", code: steps("x", 3) }, { name: "P1", code: steps("x", 4) }],
    };
    expect(countInterleavings(explored(program, total)).total).toBe(35n);
  });
  it("counts a loop that is never left as one end", () => {
    const program: LitmusProgram = {
      title: "one thread that goes round", words: { x: { initial: 0 } }, outcomes: [],
      threads: [{ name: "P0", code: [{ kind: "label", name: "again" }, { kind: "load", word: "x", into: "r" },
        { kind: "load", word: "x", into: "r" }, { kind: "jump", to: "again" }] }],
    };
    const exploration = explored(program, total);
    expect([exploration.states, countInterleavings(exploration).total]).toEqual([2, 1n]);
  });
});

describe("a replay", () => {
  it("goes back to exactly what was there", () => {
    const prng = new Prng(7);
    for (const program of programs) {
      const replay = new Replay(assemble(program), relaxedLoads);
      const frames = [replay.frame];
      for (let step = 0; step < 60 && replay.offers.length > 0; step++) {
        expect(replay.take(prng.below(replay.offers.length)).ok).toBe(true);
        frames.push(replay.frame);
      }
      while (frames.length > 1) {
        expect(replay.frame).toEqual(frames.pop());
        expect(replay.back()).toBe(true);
      }
      expect([replay.frame, replay.back(), replay.choices]).toEqual([frames[0], false, []]);
    }
  });
  it("refuses a step that is not offered, with a sentence, and stays where it is", () => {
    const replay = new Replay(assemble(storeBuffering), total);
    const { frame } = replay;
    for (const choice of [-1, 2, 0.5, Number.NaN]) {
      expect(replay.take(choice)).toEqual(
        { ok: false, error: `Step ${choice} is not offered: there are 2 here, counted from 0.` });
      expect(replay.frame).toEqual(frame);
    }
  });
  it("shows buffers, registers, memory and what comes next by their names", () => {
    const replay = new Replay(assemble(entryAgainstKick("entry")), relaxed);
    const take = (text: string): void => void replay.take(replay.offers.indexOf(text));
    for (const text of ["vCPU: seen ← requests", "vCPU: looks at seen", "vCPU: interrupts off",
      "vCPU: mode = IN",
      "requester: requests |= 1"]) take(text);
    expect(replay.frame).toMatchObject({
      memory: [{ word: "mode", value: "OUTSIDE" }, { word: "requests", value: "0" }], ipis: [[]],
      threads: [
        { next: "barrier", buffer: ["mode = IN"], interruptsOn: false, inGuest: false },
        { next: "barrier", buffer: ["requests |= 1"], registers: [{ name: "old", value: 0 }] },
      ],
    });
    take("vCPU: mode = IN reaches memory");
    expect(replay.frame.memory[0]).toEqual({ word: "mode", value: "IN" });
    expect(replay.frame.threads[0]!.buffer).toEqual([]);
  });
});

describe("an exploration", () => {
  it("refuses a program with more states than allowed, and concludes nothing", () => {
    const { states } = explored(storeBuffering, total);
    expect(explore(assemble(storeBuffering), total, states).ok).toBe(true);
    expect(explore(assemble(storeBuffering), total, states - 1)).toEqual({ ok: false, error: {
      statesMax: states - 1, sentence: `"SB" has more than ${states - 1} states; nothing was concluded.` } });
  });
  it("finds the same whether the guest leaves only when it must or also by itself", () => {
    for (const shape of [{}, { interruptsOff: "after-check" }, { interruptsOff: "never" },
      { interruptsOff: "before-check" }, { skipsLastCheck: true }, { checksMode: true }] as const)
      for (const model of [total, relaxed])
        for (const without of [[], ["after mode=IN"], ["before reading mode"]]) {
          const [forced, free] = [false, true].map((leavesByItself) =>
            explored(entryAgainstKick("entry", { ...shape, leavesByItself }), model,
              without).shortest.has("lost"));
          expect(free, `${JSON.stringify(shape)} ${model.id} without ${without}`).toBe(forced);
        }
  });
});
