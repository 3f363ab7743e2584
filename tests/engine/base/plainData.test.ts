import { describe, expect, it } from "vitest";
import { isSame } from "../../../src/engine/base/plainData.ts";

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

describe("sameness of plain data", () => {
  it.each([
    [bytes(), bytes()],
    [bytes(1, 2, 3), bytes(0, 1, 2, 3).subarray(1)],
    [bytes(1, 2), Buffer.from([1, 2])],
    [{ a: [1, { b: bytes(7) }] }, { a: [1, { b: bytes(7) }], c: undefined }],
    [Number.NaN, Number.NaN],
  ])("%o is %o", (one, other) => {
    expect([isSame(one, other), isSame(other, one)]).toEqual([true, true]);
  });

  it.each([
    [bytes(1, 2, 3), bytes(1, 2, 4)],
    [bytes(1, 2, 3), bytes(0, 2, 3)],
    [bytes(1, 2), bytes(1, 2, 0)],
    [bytes(1, 2), [1, 2]],
    [bytes(), {}],
    [bytes(), null],
    [[undefined], []],
    [{ a: { b: bytes(7) } }, { a: { b: bytes(8) } }],
    [{ a: 1 }, { a: 1, b: 0 }],
    [1, 1n],
  ])("%o is not %o", (one, other) => {
    expect([isSame(one, other), isSame(other, one)]).toEqual([false, false]);
  });
});
