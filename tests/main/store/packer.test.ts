/** Frames that are made beside the store's thread, by what made others before. */
import { expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { compress, decompress } from "../../../src/main/store/frames.ts";
import { compressAside } from "../../../src/main/store/packer.ts";

const ROOM_BYTES = 1 << 20;
const noise = new Uint8Array(3 * ROOM_BYTES);
const random = new Prng(1);
for (let at = 0; at < noise.length; at++) noise[at] = random.below(256);

const isWhole = (packed: Uint8Array, bytes: Uint8Array): boolean =>
  Buffer.compare(decompress(packed, bytes.length, "it"), bytes) === 0;

it("a frame that ends where the room for frames ends", async () => {
  const quarter = ROOM_BYTES / 4;
  const overhead = compress(noise.subarray(0, quarter)).length - quarter;
  const bytes = noise.subarray(0, quarter - overhead);
  expect(compress(bytes).length).toBe(quarter);
  for (let frames = 0; frames < 9; frames++) expect(isWhole(await compressAside(bytes), bytes)).toBe(true);
});

it("one frame from each piece, whatever is on its way beside it", async () => {
  const pieces = Array.from({ length: 60 }, (_, index) => {
    // Every fifth is longer than the room for frames, some are in memory that threads share.
    const length = 1 + random.below(index % 5 === 0 ? noise.length : 4096);
    const bytes = new Uint8Array(index % 3 === 0 ? new SharedArrayBuffer(length) : new ArrayBuffer(length));
    bytes.set(noise.subarray(0, length >> (index % 4)));
    return bytes;
  });
  const packed = await Promise.all(pieces.map(compressAside));
  for (const [index, bytes] of pieces.entries()) expect(isWhole(packed[index]!, bytes)).toBe(true);
});
