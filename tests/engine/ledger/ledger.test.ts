import { describe, expect, it } from "vitest";
import type { LedgerLine, LedgerStep } from "../../../src/engine/api/ledger.ts";
import { finalSteps } from "../../../src/engine/api/ledger.ts";
import { Ledger } from "../../../src/engine/ledger/ledger.ts";

const line = (id: number, step: LedgerStep, into = 0): LedgerLine =>
  ({ at: 0n, id, step, bit: "x", kind: 1, cpu: -1, into });
const book = (...lines: LedgerLine[]): Ledger => {
  const made = new Ledger();
  for (const one of lines) made.write(one);
  return made;
};

describe("the books", () => {
  it.each(finalSteps)("count what ends as %s, once", (step) => {
    const made = book(line(1, "raised"), line(2, "raised"), line(1, "queued"), line(1, step));
    expect(made.counts()).toMatchObject({ raised: 2, pending: 1, [step]: 1 });
    expect(made.isPending(1)).toBe(false);
    expect(made.isPending(2)).toBe(true);
    expect(made.check([2])).toBeUndefined();
  });

  it("balance whatever is written in order", () => {
    const made = book(...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((id) => [line(id, "raised"), line(id, "queued")]),
      ...finalSteps.slice(0, 7).map((step, n) => line(n + 1, step)));
    const { raised, ...rest } = made.counts();
    expect(Object.values(rest).reduce((sum, count) => sum + count, 0)).toBe(raised);
  });

  it("find an end without a beginning, a second end, and a second beginning", () => {
    expect(book(line(3, "accepted")).check([])).toBe("interrupt 3 is accepted but was not pending");
    expect(book(line(1, "raised"), line(1, "accepted"), line(1, "cleared")).check([]))
      .toBe("interrupt 1 is cleared but was not pending");
    expect(book(line(1, "raised"), line(1, "raised")).check([1]))
      .toBe("interrupt 1 was raised while it was pending");
  });

  it("find what is nowhere, what is twice, and what should be gone", () => {
    const made = book(line(1, "raised"), line(2, "raised"), line(2, "suppressed"));
    expect(made.check([])).toBe("interrupt 1 has not ended and is pending nowhere");
    expect(made.check([1, 1])).toBe("one interrupt is pending in two places");
    expect(made.check([1, 2])).toBe("interrupt 2 is pending but has ended or was never raised");
    expect(made.check([1])).toBeUndefined();
  });

  it("remember the first contradiction for good", () => {
    const made = book(line(1, "raised"), line(1, "lost"), line(1, "lost"));
    made.write(line(2, "raised"));
    expect(made.check([2])).toBe("interrupt 1 is lost but was not pending");
  });

  it("pass over steps that belong to no interrupt", () => {
    expect(book(line(0, "kicked"), line(0, "raised")).counts()).toMatchObject({ raised: 0, pending: 0 });
  });
});

describe("lines", () => {
  it("are kept as far back as the capacity, in order, and counted for ever", () => {
    const made = new Ledger(3);
    for (let id = 1; id <= 5; id++) made.write(line(id, "raised"));
    expect(made.lines().map(({ id }) => id)).toEqual([3, 4, 5]);
    expect(made.trail(1)).toEqual([]);
    expect(made.trail(4)).toEqual([line(4, "raised")]);
    expect(made.counts().raised).toBe(5);
    expect(made.check([1, 2, 3, 4, 5])).toBeUndefined();
  });
});

describe("a move", () => {
  it("takes the books along and starts with no lines", () => {
    const made = book(line(1, "raised"), line(2, "raised"), line(1, "accepted"));
    const saved = structuredClone(made.save());
    expect(made.save()).toEqual(saved);
    const other = book(line(9, "raised"), line(9, "lost"), line(9, "lost"));
    other.load(saved);
    expect(other.counts()).toEqual(made.counts());
    expect(other.lines()).toEqual([]);
    expect(other.check([2])).toBeUndefined();
    other.write(line(2, "accepted"));
    expect(other.check([])).toBeUndefined();
    expect(made.isPending(2)).toBe(true);
    expect(saved.ended.accepted).toBe(1);
  });
});
