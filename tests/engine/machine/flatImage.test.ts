import { describe, expect, it } from "vitest";
import { ok } from "../../../src/engine/base/result.ts";
import { loadGuest } from "../../../src/engine/machine/loader.ts";
import { GuestMemory } from "../../../src/engine/memory/guestMemory.ts";

const mib = 0x10_0000;

/** RAM filled with a pattern, and whether anything was written since. */
function patternedMemory(): { memory: GuestMemory; isUntouched(): boolean } {
  const memory = GuestMemory.standalone(mib);
  memory.fill(0, mib, 0xa5, "debugger");
  let writes = 0;
  memory.beforeWrite = () => writes++;
  return { memory, isUntouched: () => writes === 0 };
}

describe("a flat image", () => {
  /** 64 bytes that begin with `short`; the rest is a pattern. */
  function flatImage(short: bigint): Uint8Array {
    const image = Uint8Array.from({ length: 64 }, (_, i) => i + 1);
    new DataView(image.buffer).setBigUint64(0, short);
    return image;
  }

  it("lies at 0 and starts with the short PSW it begins with, in each addressing mode", () => {
    for (const [short, pswMask, pswAddress] of [
      [0x0008_0000_8000_0010n, 0x8000_0000n, 0x10n],
      [0x0008_0001_8000_003en, 0x1_8000_0000n, 0x3en],
      [0x0008_0000_0000_0020n, 0n, 0x20n],
      [0x0308_0000_8000_0008n, 0x0300_0000_8000_0000n, 8n],
    ]) {
      const { memory } = patternedMemory();
      expect(loadGuest(memory, flatImage(short!), undefined, "")).toEqual(ok({ pswMask, pswAddress }));
      expect(memory.read(0, 64)).toEqual(flatImage(short!));
      expect(memory.u8(64)).toBe(0xa5);
    }
  });

  it("is refused, with nothing written, where the PSW is none that starts a program in it", () => {
    const wrong = {
      "bit 12 zero": 0x0000_0000_8000_0010n, "a reserved bit": 0x8008_0000_8000_0010n,
      "another one": 0x0008_0002_8000_0010n, "no addressing mode": 0x0008_0001_0000_0010n,
      "an odd address": 0x0008_0000_8000_0011n, "address 0": 0x0008_0000_8000_0000n,
      "past the file": 0x0008_0000_8000_0040n, "past 24 bits": 0x0008_0000_0100_0000n,
    };
    for (const [what, short] of Object.entries(wrong)) {
      const { memory, isUntouched } = patternedMemory();
      expect(loadGuest(memory, flatImage(short), undefined, ""), what).toMatchObject({ ok: false });
      expect(isUntouched(), what).toBe(true);
    }
  });

  it("takes neither initrd nor command line, and must fit", () => {
    const image = flatImage(0x0008_0000_8000_0010n);
    const { memory, isUntouched } = patternedMemory();
    const large = new Uint8Array(mib + 1);
    large.set(image);
    for (const attempt of [
      loadGuest(memory, image, new Uint8Array(4), ""), loadGuest(memory, image, undefined, "quiet"),
      loadGuest(memory, large, undefined, ""),
    ]) expect(attempt).toMatchObject({ ok: false, error: expect.stringContaining("flat image") });
    expect(isUntouched()).toBe(true);
  });
});
