import { describe, expect, it } from "vitest";
import { zstdCompressSync } from "node:zlib";
import { Prng } from "../../../src/engine/base/prng.ts";
import { readAr } from "../../../src/main/guests/ar.ts";
import { unpackDeb, unpackStream } from "../../../src/main/guests/debArchive.ts";
import { readTar } from "../../../src/main/guests/tar.ts";
import { unpackXz } from "../../../src/main/guests/xz.ts";
import { busyboxDeb, contents, kernelDeb, makeAr, makeTar } from "./debianArchive.ts";
import { manyBlocks, mixedContent, oneBlock, otherProperties } from "./xzFixtures.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const everything = { bytesMax: 1e6 };

describe("xz", () => {
  it.each([
    ["one block", oneBlock],
    ["many blocks", manyBlocks],
    ["other LZMA properties, no check", otherProperties],
  ])("gives back the contents: %s", async (_, file) => {
    const unpacked = await unpackXz(file, everything);
    expect(unpacked.ok && Buffer.compare(unpacked.value, mixedContent()) === 0).toBe(true);
  });

  it("refuses every truncation", async () => {
    for (const file of [oneBlock, manyBlocks])
      for (let length = 0; length < file.length; length++)
        expect((await unpackXz(file.subarray(0, length), everything)).ok, `${length} bytes`).toBe(false);
  });

  it("survives every single-bit flip: refused, or as many bytes as the index says", async () => {
    for (let bit = 0; bit < manyBlocks.length * 8; bit++) {
      const flipped = manyBlocks.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const unpacked = await unpackXz(flipped, everything);
      if (unpacked.ok) expect(unpacked.value.length, `bit ${bit}`).toBe(mixedContent().length);
    }
  });

  it("refuses what would unpack to more than is allowed, before unpacking", async () => {
    const size = mixedContent().length;
    expect((await unpackXz(oneBlock, { bytesMax: size })).ok).toBe(true);
    const refused = await unpackXz(oneBlock, { bytesMax: size - 1 });
    expect(!refused.ok && refused.error).toContain("are allowed");
  });
});

describe("ar", () => {
  it("gives back its members, odd sizes included", () => {
    for (let size = 0; size < 5; size++) {
      const body = new Uint8Array(size).fill(9);
      const members = readAr(
        makeAr([
          ["a", body],
          ["b/", bytes(1)],
        ]),
      );
      expect(members).toEqual({
        ok: true,
        value: [
          { name: "a", bytes: body },
          { name: "b", bytes: bytes(1) },
        ],
      });
    }
  });

  it("refuses every truncation that cuts a member, and never throws", () => {
    const archive = makeAr([
      ["a", bytes(1, 2, 3, 4)],
      ["b", bytes(5, 6)],
    ]);
    for (let length = 0; length < archive.length; length++) {
      const members = readAr(archive.subarray(0, length));
      const isWhole = length === 8 || length === 8 + 64;
      expect(members.ok, `${length} bytes`).toBe(isWhole);
    }
  });

  it.each(["-1", "1e3", "9999999999", "0x10", ""])("refuses the size %j", (size) => {
    const archive = makeAr([["a", bytes(1, 2)]]);
    archive.set(new TextEncoder().encode(size.padEnd(10)), 8 + 48);
    expect(readAr(archive).ok).toBe(false);
  });

  it("refuses more members than any package has", () => {
    expect(readAr(makeAr(Array.from({ length: 17 }, (_, i) => [`m${i}`, bytes(1)] as const))).ok).toBe(false);
  });
});

describe("tar", () => {
  const any = (): boolean => true;

  it("gives back files and links under normalised paths, and passes over the rest", () => {
    const archive = makeTar([
      { path: "./", type: "5" },
      { path: "./a/b", bytes: bytes(1, 2) },
      { path: "./a//c", type: "2", target: "b" },
      { path: "./dev", type: "3" },
    ]);
    expect(readTar(archive, any)).toEqual({
      ok: true,
      value: [
        { kind: "file", path: "a/b", mode: 0o644, bytes: bytes(1, 2) },
        { kind: "link", path: "a/c", target: "b" },
      ],
    });
  });

  it("understands GNU long names", () => {
    const long = `${"x/".repeat(90)}end`;
    const archive = makeTar([
      { path: "././@LongLink", type: "L", bytes: new TextEncoder().encode(`./${long}\0`) },
      { path: "cut", bytes: bytes(3) },
    ]);
    const entries = readTar(archive, any);
    expect(entries.ok && entries.value[0]?.path).toBe(long);
  });

  it.each(["/etc/passwd", "../x", "a/../../x", "a/.."])("refuses the path %s", (path) => {
    expect(readTar(makeTar([{ path, bytes: bytes(1) }]), any).ok).toBe(false);
  });

  it("refuses every truncation", () => {
    const archive = makeTar([{ path: "a", bytes: new Uint8Array(700) }]);
    for (let length = 0; length < archive.length - 512; length += 7)
      expect(readTar(archive.subarray(0, length), any).ok, `${length} bytes`).toBe(false);
  });

  it("notices every flipped bit of a header", () => {
    const archive = makeTar([{ path: "a", bytes: bytes(1) }]);
    for (let bit = 0; bit < 512 * 8; bit++) {
      const flipped = archive.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const entries = readTar(flipped, any);
      // The checksum's own field can change in ways that read the same number: spaces, the end mark.
      if (bit >> 3 < 148 || bit >> 3 >= 156) expect(entries.ok, `bit ${bit}`).toBe(false);
    }
  });
});

describe("a Debian package", () => {
  it("gives the files that are wanted", async () => {
    const files = await unpackDeb(kernelDeb, (path) => path.startsWith("boot/vm"));
    expect(files).toEqual({
      ok: true,
      value: [{ kind: "file", path: "boot/vmlinuz-6.1.0-50-s390x", mode: 0o644, bytes: contents.kernel }],
    });
  });

  it("never throws, whatever is damaged", async () => {
    const prng = new Prng(5);
    for (let i = 0; i < 400; i++) {
      const damaged = busyboxDeb.slice(
        0,
        prng.below(4) === 0 ? prng.below(busyboxDeb.length) : busyboxDeb.length,
      );
      for (let flips = prng.below(8); flips > 0 && damaged.length > 0; flips--)
        damaged[prng.below(damaged.length)]! ^= 1 << prng.below(8);
      const files = await unpackDeb(damaged, () => true);
      if (!files.ok) expect(files.error).toMatch(/^.{20,}\.$/s);
    }
  });

  it("refuses a bomb in every compression", async () => {
    const zeros = new Uint8Array(1 << 20);
    const { gzipSync } = await import("node:zlib");
    for (const [name, body] of [
      ["x.gz", gzipSync(zeros)],
      ["x.zst", zstdCompressSync(zeros)],
    ] as const) {
      expect((await unpackStream(name, body, 1 << 20)).ok).toBe(true);
      expect((await unpackStream(name, body, (1 << 20) - 1)).ok).toBe(false);
    }
    expect((await unpackStream("x.bz2", zeros, 1 << 20)).ok).toBe(false);
  });
});
