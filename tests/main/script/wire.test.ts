import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { decodeValue, encodeValue } from "../../../src/main/script/wire.ts";

const nobody = (): undefined => undefined;

describe("values on the wire", () => {
  it("come back as they went, whatever they are made of", () => {
    const random = new Prng(7);
    const below = (limit: number): number => random.below(limit);
    const make = (depth: number): unknown => {
      const kind = below(depth > 3 ? 6 : 8);
      if (kind === 0) return null;
      if (kind === 1) return below(2) === 1;
      if (kind === 2) return below(1_000_000) - 500_000;
      if (kind === 3) return BigInt(below(2 ** 30)) << BigInt(below(64));
      if (kind === 4) return `text ${below(100)} " \u0000`;
      if (kind === 5) return Uint8Array.from({ length: below(9) }, () => below(256));
      if (kind === 6) return Array.from({ length: below(4) }, () => make(depth + 1));
      return Object.fromEntries(Array.from({ length: below(4) }, (_, n) => [`f${n}`, make(depth + 1)]));
    };
    for (let round = 0; round < 2000; round++) {
      const value = make(0);
      expect(decodeValue(encodeValue(value, nobody), nobody)).toEqual(value);
    }
  });

  it("keep undefined inside arrays and as a whole", () => {
    expect(decodeValue('[{"$u":1},1]', nobody)).toEqual([undefined, 1]);
    expect(decodeValue(encodeValue(undefined, nobody), nobody)).toBeUndefined();
  });

  it("name host objects by number and find them again, and refuse a number of nobody", () => {
    class Host { readonly fd = 3; }
    const host = new Host();
    const name = { id: 4, kind: "Host", fields: { fd: 3 } };
    const text = encodeValue({ host }, (value) => (value === host ? name : undefined));
    expect(JSON.parse(text)).toEqual({ host: { $h: 4, $k: "Host", $f: { fd: 3 } } });
    expect(decodeValue(text, (id) => (id === 4 ? host : undefined))).toEqual({ host });
    expect(() => decodeValue(text, nobody)).toThrow("not of this run");
  });

  const torn = ["{", '{"$n":"x"}', '{"$b":"0"}', '{"$b":"GG"}'];
  it.each(torn)("make nothing of %s but plain data or a refusal", (text) => {
    try {
      expect(JSON.stringify(decodeValue(text, nobody))).toBe(text);
    } catch (error) {
      expect(error).toBeInstanceOf(SyntaxError);
    }
  });

  it("give a field named __proto__ no power", () => {
    const value = decodeValue('{"__proto__":{"polluted":1}}', nobody) as object;
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
