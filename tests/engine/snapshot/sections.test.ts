import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { crc32 } from "../../../src/engine/snapshot/crc32.ts";
import { HEADER_BYTES } from "../../../src/engine/snapshot/header.ts";
import { decodeSections, encodeSections } from "../../../src/engine/snapshot/sections.ts";

const random = new Prng(3);
const sections = [0, 1, 17, 400].map((length, i) => ({
  name: ["a", "vcpu.0", "s390.flic", "virtio.block"][i]!, version: i + 1,
  payload: Uint8Array.from({ length }, () => random.below(256)),
}));
const whole = encodeSections("s390-ccw", "0.1.0", sections);

describe("a saved state", () => {
  it("has the checksum that everybody knows", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
    for (let length = 0; length <= 40; length++) {
      const some = whole.subarray(3, 3 + length);
      const byByte = [...some].reduce((before, byte) => crc32(Uint8Array.of(byte), before), 0);
      expect(crc32(some), `${length} bytes`).toBe(byByte);
      expect(crc32(some.subarray(9), crc32(some.subarray(0, 9)))).toBe(byByte);
    }
  });

  it("gives back its sections in their order, and says who wrote it", () => {
    const decoded = decodeSections(whole);
    if (!decoded.ok) throw new Error(decoded.error);
    expect([...decoded.value.sections.values()]).toEqual(sections);
    expect(decoded.value.header).toMatchObject({ board: "s390-ccw", writer: "0.1.0", sections: 4 });
  });

  it("is refused at every length but its own", () => {
    for (let length = 0; length < whole.length; length++)
      expect(decodeSections(whole.subarray(0, length)).ok, `${length}`).toBe(false);
    expect(decodeSections(Uint8Array.of(...whole, 0)).ok).toBe(false);
  });

  it("is refused with any one bit turned over", () => {
    const copy = whole.slice();
    for (let bit = 0; bit < whole.length * 8; bit++) {
      copy[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeSections(copy).ok, `bit ${bit}`).toBe(false);
      copy[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect(decodeSections(copy).ok).toBe(true);
  });

  it("says which section is damaged", () => {
    const copy = whole.slice();
    copy[copy.length - 1]! ^= 1;
    expect(decodeSections(copy)).toEqual({
      ok: false, error: "The section virtio.block of the state is damaged: its checksum does not fit.",
    });
  });

  it("of a later layout is named with its writer", () => {
    const copy = whole.slice();
    copy[8] = 2;
    new DataView(copy.buffer).setUint32(60, crc32(copy.subarray(0, 60)), true);
    expect(decodeSections(copy)).toEqual({
      ok: false, error: "The state has layout 2, written by version 0.1.0; this program reads 1.",
    });
  });

  it("cannot promise more than it holds, whatever its checksums say", () => {
    for (const [at, value] of [[16, 0xffff_ffff], [12, 0xffff_ffff], [12, 5], [12, 3], [56, 1]] as const) {
      const copy = whole.slice();
      const view = new DataView(copy.buffer);
      view.setUint32(at, value, true);
      view.setUint32(60, crc32(copy.subarray(0, 60)), true);
      expect(decodeSections(copy).ok, `${at}`).toBe(false);
    }
    const twice = encodeSections("s390-ccw", "0.1.0", [sections[1]!, sections[1]!]);
    expect(decodeSections(twice)).toEqual({ ok: false, error: "The state has two sections named vcpu.0." });
    expect(whole.length).toBeGreaterThan(HEADER_BYTES);
  });
});
