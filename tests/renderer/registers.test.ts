import { describe, expect, it } from "vitest";
import {
  controlFields,
  pswFields,
  shownValue,
  valueOf,
  withValue,
} from "../../src/renderer/features/registers/bitFields.ts";
import { parsed, radices, shown } from "../../src/renderer/features/registers/radix.ts";

const field = (name: string) => pswFields.find((candidate) => candidate.name === name)!;

describe("named bits", () => {
  it("of a register do not overlap, and writing one leaves all other bits alone", () => {
    for (const fields of [pswFields, ...Object.values(controlFields)]) {
      let covered = 0n;
      for (const bits of fields) {
        const own = withValue(bits, 0n, (1n << 64n) - 1n);
        expect(covered & own, bits.name).toBe(0n);
        covered |= own;
        for (const register of [0n, 0xa5a5_5a5a_c3c3_3c3cn, (1n << 64n) - 1n]) {
          const flipped = withValue(bits, register, ~valueOf(bits, register));
          expect((flipped ^ register) & ~own, bits.name).toBe(0n);
          expect((flipped ^ register) & own, bits.name).toBe(own);
        }
      }
    }
  });

  it("of a PSW are where the manual has them", () => {
    const psw = 0x0705c00180000000n;
    const on = ["T", "IO", "EX", "M", "P", "EA", "BA"];
    for (const name of ["R", "T", "IO", "EX", "M", "W", "P", "EA", "BA"])
      expect(valueOf(field(name), psw), name).toBe(on.includes(name) ? 1n : 0n);
    expect(shownValue(field("AS"), psw)).toBe("home");
    expect(shownValue(field("key"), 0x0090000000000000n)).toBe("9");
    expect(shownValue(field("CC"), 0x0000300000000000n)).toBe("3");
  });

  it("of control register 6 open one subclass each", () => {
    controlFields[6]!.forEach((bits, isc) => expect(valueOf(bits, 0x80000000n >> BigInt(isc))).toBe(1n));
  });
});

describe("a value in any radix", () => {
  const values = ["0000000000000000", "ffffffffffffffff", "8000000000000000", "0123456789abcdef"];
  it.each(radices)("%s is read back as it was shown", (radix) => {
    for (const hex of [...values, "80000000", "7fffffff"])
      expect(parsed(shown(hex, radix), radix, hex.length)).toEqual({ hex });
  });
  it("is what people write", () => {
    expect(shown("ffffffff", "signed")).toBe("-1");
    expect(shown("ffffffff", "unsigned")).toBe("4294967295");
    expect(parsed("0xAB", "hex", 4)).toEqual({ hex: "00ab" });
  });
  it.each([
    ["hex", "1ffffffff"],
    ["hex", "xyz"],
    ["hex", ""],
    ["unsigned", "4294967296"],
    ["unsigned", "-1"],
    ["signed", "2147483648"],
    ["signed", "-2147483649"],
    ["binary", "2"],
    ["binary", "1".repeat(33)],
  ] as const)("in %s is refused: %s", (radix, text) =>
    expect(parsed(text, radix, 8)).toHaveProperty("problem"),
  );
});
