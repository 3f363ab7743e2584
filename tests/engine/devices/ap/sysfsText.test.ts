import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import {
  ID_COUNT, difference, emptyMask, fullMask, hasId, idsOf, intersection, isEmptyMask, isSameMask, maskOf,
  union, withId, withoutId,
} from "../../../../src/engine/devices/ap/idMask.ts";
import { parseMask, parseNumber, printMatrix } from "../../../../src/engine/devices/ap/sysfsText.ts";

const outcome = (text: string): bigint | number => {
  const parsed = parseNumber(text);
  return parsed.ok ? parsed.value : parsed.error;
};
const mask = (text: string, ...old: number[]): number[] | number => {
  const parsed = parseMask(text, maskOf(...old));
  return parsed.ok ? idsOf(parsed.value) : parsed.error;
};

describe("numbers", () => {
  it("are decimal, hexadecimal or octal, for every id in every spelling", () => {
    for (let id = 0; id < 300; id++)
      for (const digits of [id.toString(), `0x${id.toString(16)}`, `0X${id.toString(16).toUpperCase()}`,
        `0${id.toString(8)}`])
        for (const text of [digits, `+${digits}`, `${digits}\n`, `+${digits}\n`])
          expect(outcome(text), JSON.stringify(text)).toBe(BigInt(id));
  });

  it("are refused with anything around them", () => {
    for (const text of ["", "\n", "+", "+\n", "-1", "-0", "++5", "5 ", " 5", "5\n\n", "\n5", "5a", "0x",
      "0xg",
      "0x+5", "08", "019", "1_0", "5\0", "0b1", "1e1", "٥"])
      expect(outcome(text), JSON.stringify(text)).toBe(-22);
  });

  it("end at 64 bits, and a longer one is out of range whatever follows", () => {
    const last = (1n << 64n) - 1n;
    expect([outcome(last.toString()), outcome(`0x${"f".repeat(16)}`), outcome(`0${last.toString(8)}`)])
      .toEqual([last, last, last]);
    for (const text of ["18446744073709551616", `0x1${"0".repeat(16)}`, "99999999999999999999 x"])
      expect(outcome(text)).toBe(-34);
    // Not a number at all is not one that is too long.
    for (const text of [" 18446744073709551616", "x99999999999999999999", "-99999999999999999999"])
      expect(outcome(text)).toBe(-22);
  });
});

describe("masks", () => {
  it("in absolute form are hexadecimal digits from id 0 on", () => {
    expect([mask("8"), mask("0x5"), mask("00\n"), mask("f0", 1, 2), mask(`${"0".repeat(63)}1`)])
      .toEqual([[0], [1, 3], [], [0, 1, 2, 3], [255]]);
    expect(mask("F".repeat(64))).toHaveLength(ID_COUNT);
    for (const text of ["0".repeat(65), "0xg", "5 ", "5,+6", "0x0x5"]) expect(mask(text), text).toBe(-22);
  });

  it("in relative form change the old one in order", () => {
    expect([mask("+5", 1), mask("-1", 1, 2), mask("+3-5,-4", 9), mask("+0x10,+010"), mask("+255\n")])
      .toEqual([[1, 5], [2], [3, 5, 9], [8, 16], [255]]);
    for (const text of ["+256", "+5-3", "+", "+5,", "+5,6", "+0-256", "+5--6", "-x"])
      expect(mask(text, 7), text).toBe(-22);
  });
});

describe("sets of ids", () => {
  it("behave as sets, for random ones", () => {
    const prng = new Prng(3);
    const some = (): number[] => Array.from({ length: prng.below(40) }, () => prng.below(ID_COUNT));
    for (let round = 0; round < 200; round++) {
      const [a, b] = [new Set(some()), new Set(some())];
      const [left, right] = [maskOf(...a), maskOf(...b)];
      const sorted = (ids: Iterable<number>): number[] => [...ids].sort((x, y) => x - y);
      expect(idsOf(left)).toEqual(sorted(a));
      expect(idsOf(intersection(left, right))).toEqual(sorted([...a].filter((id) => b.has(id))));
      expect(idsOf(union(left, right))).toEqual(sorted(new Set([...a, ...b])));
      expect(idsOf(difference(left, right))).toEqual(sorted([...a].filter((id) => !b.has(id))));
      const id = prng.below(ID_COUNT);
      expect([hasId(withId(left, id), id), hasId(withoutId(left, id), id)]).toEqual([true, false]);
      expect(isSameMask(withoutId(withId(left, id), id), withoutId(left, id))).toBe(true);
      expect(isEmptyMask(left)).toBe(a.size === 0);
    }
    expect([idsOf(fullMask()).length, idsOf(emptyMask()).length]).toEqual([ID_COUNT, 0]);
  });

  it("number their bits from the left", () => {
    expect([...maskOf(0, 7, 8).subarray(0, 2)]).toEqual([0x81, 0x80]);
  });
});

describe("a matrix", () => {
  it("prints as the cross product or the one dimension there is", () => {
    expect(printMatrix([5, 0xff], [4, 0x47])).toBe("05.0004\n05.0047\nff.0004\nff.0047\n");
    expect([printMatrix([5], []), printMatrix([], [4]), printMatrix([], [])])
      .toEqual(["05.\n", ".0004\n", ""]);
  });
});
