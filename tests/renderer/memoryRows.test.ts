import { describe, expect, it } from "vitest";
import { addressFrom, hexAddress } from "../../src/renderer/features/debug/addresses.ts";
import { patternFrom, wordAt, rowsOf } from "../../src/renderer/features/memory/memoryRows.ts";

describe("rows of memory", () => {
  it("hold what was read where it was read, and say why a page is not there", () => {
    const rows = rowsOf(0xff0n, 3, [
      {
        address: hexAddress(0xff0n),
        length: 16,
        absolute: hexAddress(0n),
        bytes: new Uint8Array(16).fill(0x41),
      },
      { address: hexAddress(0x1000n), length: 32, problem: "not mapped" },
    ]);
    expect(rows.map(({ address }) => address)).toEqual([0xff0n, 0x1000n, 0x1010n].map(hexAddress));
    expect(rows[0]).toMatchObject({ text: "A".repeat(16) });
    expect(rows[1]).toMatchObject({ problem: "not mapped" });
    expect(rows[2]!.bytes.every((byte) => byte === undefined)).toBe(true);
  });
  it("run over the end of all addresses to the first", () => {
    expect(rowsOf((1n << 64n) - 16n, 2, []).map(({ address }) => address)).toEqual([
      "fffffffffffffff0",
      "0000000000000000",
    ]);
  });
  it("have a pointer in each half, if all of it can be read", () => {
    const bytes = Uint8Array.from({ length: 12 }, (_, index) => index);
    const [row] = rowsOf(0n, 1, [{ address: hexAddress(0n), length: 12, absolute: hexAddress(0n), bytes }]);
    expect(wordAt(row!, 5)).toBe("0001020304050607");
    expect(wordAt(row!, 9)).toBeUndefined();
  });
});

it("addresses and patterns are taken as people type them", () => {
  expect([
    addressFrom("0x1F f0"),
    addressFrom("10"),
    addressFrom("xyz"),
    addressFrom("1".repeat(17)),
  ]).toEqual([0x1ff0n, 0x10n, undefined, undefined]);
  expect([...patternFrom("07 fe")!]).toEqual([7, 0xfe]);
  expect([...patternFrom("Linux")!]).toEqual([...Buffer.from("Linux")]);
  expect([...patternFrom("abc")!]).toEqual([...Buffer.from("abc")]);
  expect(patternFrom("")).toBeUndefined();
});
