import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { loadGuest } from "../../../src/engine/machine/loader.ts";
import { GuestMemory } from "../../../src/engine/memory/guestMemory.ts";

const mib = 0x10_0000;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A raw image with Linux's marks; the rest is noise, so that a byte in the wrong place shows. */
function linuxImage(bytes = 0x12000, commandLineSize = 0x1000n, seed = 1): Uint8Array {
  const prng = new Prng(seed);
  const image = Uint8Array.from({ length: bytes }, () => prng.below(256));
  image.set(bytesOf("S390EP"), 0x10008);
  new DataView(image.buffer).setBigUint64(0x10430, commandLineSize);
  return image;
}

interface TestSegment {
  address: number;
  data: Uint8Array;
  memoryBytes?: number;
  type?: number;
}

function elfImage(segments: readonly TestSegment[], entry: bigint): Uint8Array {
  const dataStart = 64 + 56 * segments.length;
  const image = new Uint8Array(dataStart + segments.reduce((sum, { data }) => sum + data.length, 0));
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1]);
  view.setUint16(16, 2);
  view.setUint16(18, 22);
  view.setUint32(20, 1);
  view.setBigUint64(24, entry);
  view.setBigUint64(32, 64n);
  view.setUint16(52, 64);
  view.setUint16(54, 56);
  view.setUint16(56, segments.length);
  let offset = dataStart;
  segments.forEach(({ address, data, memoryBytes, type }, i) => {
    const at = 64 + 56 * i;
    view.setUint32(at, type ?? 1);
    view.setBigUint64(at + 8, BigInt(offset));
    // The virtual address is deliberately another one: only the physical address counts.
    view.setBigUint64(at + 16, BigInt(address) + 0x1_0000_0000n);
    view.setBigUint64(at + 24, BigInt(address));
    view.setBigUint64(at + 32, BigInt(data.length));
    view.setBigUint64(at + 40, BigInt(memoryBytes ?? data.length));
    image.set(data, offset);
    offset += data.length;
  });
  return image;
}

/** RAM filled with a pattern, and every byte compared after a refusal. */
function patternedMemory(size: number): { memory: GuestMemory; isUntouched(): boolean } {
  const memory = GuestMemory.standalone(size);
  memory.fill(0, size, 0xa5, "debugger");
  let writes = 0;
  memory.beforeWrite = () => writes++;
  return { memory, isUntouched: () => writes === 0 && memory.read(0, size).every((byte) => byte === 0xa5) };
}

function expectRefusal(image: Uint8Array, size = 2 * mib, initrd?: Uint8Array, commandLine = ""): string {
  const { memory, isUntouched } = patternedMemory(size);
  const result = loadGuest(memory, image, initrd, commandLine);
  if (result.ok) throw new Error("was not refused");
  expect(isUntouched()).toBe(true);
  expect(result.error).toMatch(/^[A-Z].{20,}\.$/s);
  return result.error;
}

describe("a raw Linux image", () => {
  it("lies at 0, with command line and initrd where the parameter area says", () => {
    const image = linuxImage();
    const initrd = Uint8Array.from({ length: 5000 }, (_, i) => i * 7);
    const memory = GuestMemory.standalone(16 * mib);
    const loaded = loadGuest(memory, image, initrd, "root=/dev/ram0 quiet");
    expect(loaded).toEqual({ ok: true, value: { pswMask: 0x0000_0001_8000_0000n, pswAddress: 0x10000n } });
    const start = Number(memory.u64(0x10408));
    expect(memory.u64(0x10410)).toBe(5000n);
    expect(memory.read(start, 5000)).toEqual(initrd);
    expect(memory.read(0x10480, 21)).toEqual(bytesOf("root=/dev/ram0 quiet\0"));
    const model = image.slice();
    model.set(memory.read(0x10408, 16), 0x10408);
    model.set(bytesOf("root=/dev/ram0 quiet\0"), 0x10480);
    expect(Buffer.compare(memory.read(0, image.length), model)).toBe(0);
  });

  it("gets initrd start and size 0 where there is none, whatever the file held there", () => {
    const memory = GuestMemory.standalone(mib);
    expect(loadGuest(memory, linuxImage(), undefined, "").ok).toBe(true);
    expect(memory.u64(0x10408)).toBe(0n);
    expect(memory.u64(0x10410)).toBe(0n);
    expect(memory.u8(0x10480)).toBe(0);
  });

  it("never shares a byte between image and initrd, for every size that fits", () => {
    const prng = new Prng(7);
    for (let i = 0; i < 60; i++) {
      const memoryBytes = (9 + prng.below(120)) * mib;
      const imageBytes = 0x11000 + prng.below(12 * mib);
      const initrdBytes = 1 + prng.below(memoryBytes);
      // Placement alone is looked at, so a memory that only remembers the writes is enough.
      const writes: { address: number; length: number }[] = [];
      const memory = {
        size: memoryBytes,
        write: (address: number, data: Uint8Array) => writes.push({ address, length: data.length }),
        setU64: () => undefined,
      } as unknown as GuestMemory;
      const image = new Uint8Array(imageBytes);
      image.set(bytesOf("S390EP"), 0x10008);
      const loaded = loadGuest(memory, image, new Uint8Array(initrdBytes), "");
      const fits = Math.max(8 * mib, Math.ceil(imageBytes / mib) * mib + mib) + initrdBytes <= memoryBytes;
      expect(loaded.ok, `${imageBytes} + ${initrdBytes} in ${memoryBytes}`).toBe(fits);
      if (!loaded.ok) continue;
      const placed = writes.find(({ length }) => length === initrdBytes)!;
      expect(placed.address % 4096).toBe(0);
      expect(placed.address).toBeGreaterThanOrEqual(imageBytes);
      expect(placed.address + initrdBytes).toBeLessThanOrEqual(memoryBytes);
    }
  });

  it("takes a command line that just fits and refuses one byte more", () => {
    for (const [declared, bytesMax] of [
      [0n, 0x380],
      [0x200n, 0x200],
      [0x1000n, 0x1000],
    ] as const) {
      const image = linuxImage(0x12000, declared);
      expect(loadGuest(GuestMemory.standalone(mib), image, undefined, "x".repeat(bytesMax - 1)).ok).toBe(
        true,
      );
      expect(expectRefusal(image, mib, undefined, "x".repeat(bytesMax))).toContain(`at most ${bytesMax - 1}`);
    }
  });

  it.each(["naïve", "a\0b", "line\nbreak", "\u{1f600}"])("refuses the command line %j", (line) => {
    expectRefusal(linuxImage(), mib, undefined, line);
  });

  it("refuses a declared command line size that the file has no room for", () => {
    for (const declared of [0x2000n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n])
      expectRefusal(linuxImage(0x12000, declared));
  });

  it("refuses an image or initrd larger than the memory, and an empty initrd", () => {
    expectRefusal(linuxImage(3 * mib), 2 * mib);
    expectRefusal(linuxImage(), 8 * mib, new Uint8Array(1));
    expectRefusal(linuxImage(), 16 * mib, new Uint8Array(0));
  });

  it("is refused at every length that cuts its parameter area", () => {
    const image = linuxImage();
    for (const length of [0, 1, 3, 4, 63, 0x10008, 0x1000d, 0x1000e, 0x10437, 0x10480, 0x10800])
      expectRefusal(image.subarray(0, length), mib);
  });
});

describe("a bare-metal ELF program", () => {
  const code = Uint8Array.from([0x07, 0xfe, 0x01, 0x02, 0x03]);
  const lowcore = Uint8Array.from({ length: 64 }, (_, i) => i);
  const program = elfImage(
    [
      { address: 0x1000, data: code, memoryBytes: 32 },
      { address: 0x140, data: lowcore },
    ],
    0x1002n,
  );

  it("lies at its physical addresses, zeros behind, everything else untouched", () => {
    const { memory } = patternedMemory(mib);
    const loaded = loadGuest(memory, program, undefined, "");
    expect(loaded).toEqual({ ok: true, value: { pswMask: 0x0000_0001_8000_0000n, pswAddress: 0x1002n } });
    const model = new Uint8Array(mib).fill(0xa5);
    model.fill(0, 0x1000, 0x1020);
    model.set(code, 0x1000);
    model.set(lowcore, 0x140);
    expect(Buffer.compare(memory.read(0, mib), model)).toBe(0);
  });

  it("is refused at every truncation, and nothing is written", () => {
    for (let length = 4; length < program.length; length++)
      expectRefusal(program.subarray(0, length), 0x2000);
  });

  it("survives every single-bit flip of its headers: taken whole or refused whole", () => {
    const headerBytes = 64 + 2 * 56;
    for (let bit = 0; bit < headerBytes * 8; bit++) {
      const flipped = program.slice();
      flipped[bit >> 3]! ^= 0x80 >> (bit & 7);
      const { memory, isUntouched } = patternedMemory(0x2000);
      const loaded = loadGuest(memory, flipped, undefined, "");
      if (!loaded.ok) expect(isUntouched(), `bit ${bit}: ${loaded.error}`).toBe(true);
      else expect(loaded.value.pswAddress % 2n, `bit ${bit}`).toBe(0n);
    }
  });

  it("survives headers of noise", () => {
    const prng = new Prng(11);
    for (let i = 0; i < 3000; i++) {
      const noisy = program.slice();
      for (let flips = 1 + prng.below(12); flips > 0; flips--)
        noisy[prng.below(64 + 112)] = prng.pick([0, 1, 0x7f, 0x80, 0xff]);
      const { memory, isUntouched } = patternedMemory(0x2000);
      if (!loadGuest(memory, noisy, undefined, "").ok) expect(isUntouched()).toBe(true);
    }
  });

  it.each([
    [
      "overlapping segments",
      elfImage(
        [
          { address: 0x1000, data: code },
          { address: 0x1004, data: code },
        ],
        0x1000n,
      ),
    ],
    ["an entry outside", elfImage([{ address: 0x1000, data: code }], 0x1006n)],
    ["an odd entry", elfImage([{ address: 0x1000, data: code }], 0x1001n)],
    ["a segment past the memory", elfImage([{ address: 2 * mib - 2, data: code }], BigInt(2 * mib - 2))],
    ["zeros past the memory", elfImage([{ address: 0x1000, data: code, memoryBytes: 2 ** 52 }], 0x1000n)],
    ["less memory than file", elfImage([{ address: 0x1000, data: code, memoryBytes: 2 }], 0x1000n)],
    ["no segment", elfImage([], 0x1000n)],
    ["only notes", elfImage([{ address: 0x1000, data: code, type: 4 }], 0x1000n)],
    [
      "an interpreter",
      elfImage(
        [
          { address: 0x1000, data: code },
          { address: 0, data: code, type: 3 },
        ],
        0x1000n,
      ),
    ],
  ])("is refused with %s", (_, image) => {
    expectRefusal(image);
  });

  it("may have hundreds of segments, in any order", () => {
    const { memory } = patternedMemory(mib);
    const places = Array.from({ length: 300 }, (_, i) => 0x2000 + 64 * ((i * 7) % 300));
    const image = elfImage(places.map((address, i) => ({ address, data: Uint8Array.of(i, 1) })), 0x2000n);
    expect(loadGuest(memory, image, undefined, "")).toMatchObject({ ok: true });
    places.forEach((address, i) => expect(memory.u16(address)).toBe((i % 256) * 256 + 1));
    expect(memory.u16(0x2002)).toBe(0xa5a5);
  });

  it("takes neither initrd nor command line", () => {
    expectRefusal(program, mib, code);
    expectRefusal(program, mib, undefined, "quiet");
  });

  it("that is a Linux kernel is loaded as one", () => {
    const image = linuxImage().subarray(0x10000);
    const memory = GuestMemory.standalone(16 * mib);
    const loaded = loadGuest(memory, elfImage([{ address: 0x10000, data: image }], 0x10000n), code, "quiet");
    expect(loaded).toEqual({ ok: true, value: { pswMask: 0x0000_0001_8000_0000n, pswAddress: 0x10000n } });
    expect(memory.read(0x10480, 6)).toEqual(bytesOf("quiet\0"));
    expect(memory.read(Number(memory.u64(0x10408)), code.length)).toEqual(code);
  });
});

it("any other file is refused, of every small length", () => {
  const prng = new Prng(3);
  for (let length = 0; length < 200; length++)
    expectRefusal(
      Uint8Array.from({ length }, () => prng.below(256)),
      0x2000,
    );
});
