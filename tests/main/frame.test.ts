import { describe, expect, it } from "vitest";
import { decodeFrame, encodeFrame } from "../../src/engine/api/frame.ts";
import { Prng } from "../../src/engine/base/prng.ts";

const randomBytes = (prng: Prng, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => prng.below(256));

function randomValue(prng: Prng, depth: number): unknown {
  const kind = prng.below(depth > 0 ? 7 : 5);
  if (kind === 0) return prng.u32() / 7;
  if (kind === 1) return prng.below(2) === 0;
  if (kind === 2) return String.fromCodePoint(prng.below(0xd7ff), 0x1f512);
  if (kind === 3) return randomBytes(prng, prng.below(40));
  if (kind === 4) return null;
  const parts = Array.from({ length: prng.below(4) }, () => randomValue(prng, depth - 1));
  return kind === 5 ? parts : Object.fromEntries(parts.map((part, index) => [`key${index}`, part]));
}

describe("a frame", () => {
  it("gives back what was put in, for any nesting of values and bytes", () => {
    const prng = new Prng(1);
    for (let run = 0; run < 2_000; run++) {
      const value = randomValue(prng, 4);
      expect(decodeFrame(encodeFrame(value))).toEqual(value);
    }
  });

  it("is refused or decoded, and never reads outside itself, whatever bytes it is made of", () => {
    const prng = new Prng(2);
    for (let run = 0; run < 5_000; run++) {
      const frame = encodeFrame({ m: "x", a: [randomBytes(prng, 8), { b: randomBytes(prng, 3) }] });
      const damaged = frame.slice(0, prng.below(frame.length + 1));
      for (let hits = prng.below(4); hits > 0 && damaged.length > 0; hits--)
        damaged[prng.below(damaged.length)] = prng.below(256);
      try {
        decodeFrame(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }
  });

  it.each([
    ["a length beyond its end", [255, 255, 255, 255, 123, 125]],
    ["fewer than four bytes", [1, 0]],
    ["bytes it does not carry", [...frameOf('{"$bytes":[0,1]}')]],
    ["a negative offset", [...frameOf('{"$bytes":[-1,0]}')]],
    ["an offset that is no number", [...frameOf('{"$bytes":["0",0]}')]],
    ["text that is not UTF-8", [1, 0, 0, 0, 0xff]],
  ])("with %s is refused", (_name, bytes) => {
    expect(() => decodeFrame(Uint8Array.from(bytes))).toThrow();
  });

  it("cannot reach a prototype", () => {
    const value = decodeFrame(frameOf('{"__proto__":{"polluted":1},"constructor":2}')) as object;
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

function frameOf(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  return Uint8Array.from([text.length, 0, 0, 0, ...text]);
}
