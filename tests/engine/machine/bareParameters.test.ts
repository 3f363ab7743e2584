/** A bare program that is linked like Linux is given its parameters like Linux. */
import { describe, expect, it } from "vitest";
import { loadGuest } from "../../../src/engine/machine/loader.ts";
import { GuestMemory } from "../../../src/engine/memory/guestMemory.ts";

const mib = 0x10_0000;
const initrd = Uint8Array.of(1, 2, 3, 4);

/** ELF of one segment with the code 0xcc up to `end`. */
function elfProgram(first: number, end: number, entry = 0x10000): Uint8Array {
  const image = new Uint8Array(120 + end - first).fill(0xcc, 120);
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1]);
  view.setUint32(16, 0x0002_0016);
  view.setUint32(20, 1);
  view.setBigUint64(24, BigInt(entry));
  view.setBigUint64(32, 64n);
  view.setUint16(54, 56);
  view.setUint16(56, 1);
  view.setUint32(64, 1);
  view.setBigUint64(72, 120n);
  view.setBigUint64(88, BigInt(first));
  view.setBigUint64(96, BigInt(end - first));
  view.setBigUint64(104, BigInt(end - first));
  return image;
}

/** The same bytes as a flat image, whose short PSW leads to 0x10000. */
function flatProgram(_first: number, end: number): Uint8Array {
  const image = new Uint8Array(end).fill(0xcc);
  new DataView(image.buffer).setBigUint64(0, 0x0008_0000_8001_0000n);
  return image;
}

describe.each([["ELF", elfProgram], ["flat", flatProgram]])("a program as %s", (_, program) => {
  const whole = program(0x10000, 0x10800);

  it("is given a command line and an initrd where a kernel looks for them", () => {
    const memory = GuestMemory.standalone(16 * mib);
    expect(loadGuest(memory, whole, initrd, "one two")).toMatchObject({ ok: true });
    expect(new TextDecoder().decode(memory.read(0x10480, 8))).toBe("one two\0");
    expect(memory.read(0x10488, 8)).toEqual(new Uint8Array(8).fill(0xcc));
    expect(memory.u64(0x10410)).toBe(4n);
    expect(memory.read(Number(memory.u64(0x10408)), 4)).toEqual(initrd);
  });

  it("keeps its own bytes where nothing is given", () => {
    const memory = GuestMemory.standalone(16 * mib);
    expect(loadGuest(memory, whole, undefined, "")).toMatchObject({ ok: true });
    expect(memory.read(0x10008, 0x7f8)).toEqual(new Uint8Array(0x7f8).fill(0xcc));
    loadGuest(memory, whole, undefined, "x");
    expect(memory.read(0x10008, 0x478)).toEqual(new Uint8Array(0x478).fill(0xcc));
  });

  it("takes 895 characters, and needs room for them", () => {
    const load = (image: Uint8Array, length: number): boolean =>
      loadGuest(GuestMemory.standalone(mib), image, undefined, "x".repeat(length)).ok;
    expect([895, 896].map((length) => load(whole, length))).toEqual([true, false]);
    expect([0x107ff, 0x10800].map((end) => load(program(0x10000, end), 1))).toEqual([false, true]);
  });

  it("has no room for an initrd in a small machine, and then nothing is written", () => {
    const memory = GuestMemory.standalone(mib);
    memory.beforeWrite = () => expect.fail("was written");
    expect(loadGuest(memory, whole, initrd, "")).toMatchObject({
      ok: false, error: expect.stringContaining("give it more memory"),
    });
  });
});

it("an ELF program that begins elsewhere, or whose segment begins behind the place, is refused", () => {
  const images = [elfProgram(0x10000, 0x10800, 0x10002), elfProgram(0x10402, 0x10800, 0x10402)];
  for (const image of images)
    expect(loadGuest(GuestMemory.standalone(mib), image, undefined, "x")).toMatchObject({
      ok: false, error: expect.stringContaining("begins at 0x10000 and fills 0x10408 to 0x10800"),
    });
});
