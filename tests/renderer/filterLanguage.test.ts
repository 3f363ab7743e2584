/** The filter language: it matches what a second, plainer reading says; errors point at their place. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../src/engine/base/prng.ts";
import { compileFilter, type FilterFields } from "../../src/renderer/ui/filterLanguage.ts";

interface Row {
  readonly isc: number | undefined;
  readonly fate: string;
  readonly bit: string;
}
const fates = ["accepted", "suppressed", "pending"];
const fields: FilterFields<Row> = {
  fields: {
    isc: { kind: "number", of: ({ isc }) => isc },
    fate: { kind: "word", words: fates, of: ({ fate }) => fate },
    bit: { kind: "text", of: ({ bit }) => bit },
  },
  text: ({ isc, fate, bit }) => `isc ${isc} ${fate} ${bit}`,
};
const rows: Row[] = [];
for (const isc of [undefined, 0, 2, 7])
  for (const fate of fates)
    for (const bit of ["nimm bit of ISC 2", "IO_ISC_7"]) rows.push({ isc, fate, bit });

function matching(text: string): Row[] {
  const filter = compileFilter(text, fields);
  if (!filter.ok) throw new Error(`${text}: ${filter.error.sentence}`);
  return rows.filter(filter.matches);
}

describe("the filter language", () => {
  it("matches everything for nothing, and by fields, words and texts else", () => {
    expect(matching("  ")).toEqual(rows);
    expect(matching("isc=2 and fate=suppressed")).toEqual(
      rows.filter(({ isc, fate }) => isc === 2 && fate === "suppressed"),
    );
    expect(matching("isc!=2")).toEqual(rows.filter(({ isc }) => isc !== 2));
    expect(matching("isc>=0x2 isc<7")).toEqual(rows.filter(({ isc }) => isc === 2));
    expect(matching("BIT~NIMM")).toEqual(rows.filter(({ bit }) => bit.includes("nimm")));
    expect(matching('bit="IO_ISC_7"')).toEqual(rows.filter(({ bit }) => bit === "IO_ISC_7"));
    expect(matching("suppressed nimm")).toEqual(
      rows.filter(({ fate, bit }) => fate === "suppressed" && bit.includes("nimm")),
    );
    expect(matching('"isc 7 pending"')).toEqual(
      rows.filter(({ isc, fate }) => isc === 7 && fate === "pending"),
    );
  });

  it("agrees with a model on 2,000 random expressions, blanks and case as they come", () => {
    const chance = new Prng(11);
    const pick = <V>(of: readonly V[]): V => of[chance.below(of.length)]!;
    type Made = { text: string; holds: (row: Row) => boolean };
    const leaf = (): Made =>
      pick<() => Made>([
        () => {
          const wanted = pick([0, 2, 7]);
          const [text, holds] = pick<readonly [string, (isc: number) => boolean]>([
            ["=", (isc) => isc === wanted],
            ["<", (isc) => isc < wanted],
            [">=", (isc) => isc >= wanted],
          ]);
          return { text: `isc${text}${wanted}`, holds: ({ isc }) => isc !== undefined && holds(isc) };
        },
        () => {
          const wanted = pick(fates);
          return { text: `Fate != ${wanted}`, holds: ({ fate }) => fate !== wanted };
        },
        () => ({ text: "nimm", holds: ({ bit }) => bit.includes("nimm") }),
      ])();
    const make = (depth: number): Made => {
      if (depth === 0) return leaf();
      const [a, b] = [make(chance.below(depth)), make(chance.below(depth))];
      return pick<() => Made>([
        () => ({ text: `(${a.text} OR ${b.text})`, holds: (row) => a.holds(row) || b.holds(row) }),
        () => ({ text: `( ${a.text}  and ${b.text} )`, holds: (row) => a.holds(row) && b.holds(row) }),
        () => ({ text: `not(${a.text})`, holds: (row) => !a.holds(row) }),
      ])();
    };
    for (let n = 0; n < 2000; n++) {
      const { text, holds } = make(4);
      expect(matching(text), text).toEqual(rows.filter(holds));
    }
  });

  it("binds and closer than or, and takes neighbours for and", () => {
    const plain = matching("isc=0 or isc=2 and fate=pending");
    expect(plain).toEqual(matching("isc=0 or (isc=2 and fate=pending)"));
    expect(matching("not isc=0 pending")).toEqual(matching("(not isc=0) and pending"));
  });

  it.each([
    ["isc=x", 4, 1, '"x" is no number'],
    ["isc =", 5, 1, "a value is missing"],
    ["fate=suppresed", 5, 9, '"suppresed" is no fate; there are accepted, suppressed, pending.'],
    ["fate<accepted", 4, 1, "is no number"],
    ["foo=1", 0, 3, 'no field "foo"; there are isc, fate, bit.'],
    ["isc=1 and", 9, 1, "Something is missing here"],
    ["isc=1 and or", 10, 2, 'Before "or"'],
    ["(isc=1", 0, 1, "is not closed"],
    ["isc=1)", 5, 1, "closes nothing"],
    ['bit="a', 4, 2, "has no end"],
    ["= 3", 0, 1, 'Before "="'],
    ['"isc"=3', 0, 5, "no field"],
    [`${"(".repeat(60)}isc=1`, 50, 1, "may nest"],
    ["not ".repeat(60), 200, 3, "may nest"],
  ])("says of %j where and why it is wrong", (text, at, length, sentence) => {
    const filter = compileFilter(text, fields);
    expect(filter).toMatchObject({ ok: false, error: { at, length } });
    if (!filter.ok) expect(filter.error.sentence).toContain(sentence);
  });

  it("never throws, whatever is typed", () => {
    const chance = new Prng(5);
    const pieces = [
      "isc", "=", "!", "(", ")", "\"", "and", "or", "not", "~", "<", " ", "7", "0x", "é", "\u2009",
    ];
    for (let n = 0; n < 5000; n++) {
      const length = chance.below(12);
      const text = Array.from({ length }, () => pieces[chance.below(pieces.length)]).join("");
      const filter = compileFilter(text, fields);
      if (filter.ok) rows.forEach(filter.matches);
      else expect(filter.error.at + filter.error.length, text).toBeLessThanOrEqual(text.length + 1);
    }
  });
});
