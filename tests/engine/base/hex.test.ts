import { expect, it } from "vitest";
import { hex, join, toHex } from "../../../src/engine/base/hex.ts";

it("digits become bytes and bytes digits, for every byte", () => {
  const all = Uint8Array.from({ length: 256 }, (_, n) => n);
  expect(hex(toHex(all))).toEqual(all);
  expect(hex(toHex(all).toUpperCase())).toEqual(all);
  expect(hex("00 ff 1a")).toEqual(Uint8Array.of(0, 255, 0x1a));
  expect(hex("")).toEqual(new Uint8Array(0));
});

it("joined parts follow each other", () => {
  expect(join(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
});
