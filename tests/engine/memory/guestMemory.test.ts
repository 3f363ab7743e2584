/** Guest RAM lies in the host's in descending order; in guest order nobody can tell. */
import { expect, it } from "vitest";
import { GuestMemory } from "../../../src/engine/memory/guestMemory.ts";

const SIZE = 8192;
const dataOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 7 + length) & 0xff);

it("stores any number of bytes at any place in guest order, and no other", () => {
  const lengths = [...Array(80).keys(), 255, 256, 257, 4096];
  for (const length of lengths)
    for (const address of [0, 1, 7, 4096 - 3, 4096, SIZE - length]) {
      const memory = GuestMemory.standalone(SIZE);
      const expected = new Uint8Array(SIZE).fill(0xee);
      memory.fill(0, SIZE, 0xee, "loader");
      const data = dataOf(length);
      memory.write(address, data, "loader");
      expected.set(data, address);
      expect(Buffer.compare(memory.read(0, SIZE), expected), `${length} at ${address}`).toBe(0);
      expect(Buffer.compare(memory.read(address, length), data)).toBe(0);
    }
});

it("leaves what it is given as it was, also where that is a view of something larger", () => {
  const whole = dataOf(300);
  GuestMemory.standalone(SIZE).write(5, whole.subarray(10, 200), "loader");
  expect(whole).toEqual(dataOf(300));
});
