import { describe, expect, it } from "vitest";
import {
  CONFIG_BYTES, ConfigSpace, hasInterruptStatus, type ConfigShape,
} from "../../../../src/engine/devices/pciMock/configSpace.ts";

const shape = (known: Partial<ConfigShape> = {}): ConfigShape =>
  ({ vendor: 0x1014, device: 0x4d2, msi: 4, msix: 3, hasLine: true, ...known });
/** Bytes that are not zero, by offset. */
const known = (bytes: Uint8Array): Record<string, number> =>
  Object.fromEntries([...bytes.entries()].filter(([, byte]) => byte !== 0)
    .map(([at, byte]) => [at.toString(16), byte]));

describe("a configuration space", () => {
  it("has header, capabilities and their list as the function's shape asks for", () => {
    const header = { 0: 0x14, 1: 0x10, 2: 0xd2, 3: 0x04 };
    const msi =
      (log: number, next: number): object => ({ 50: 5, 52: 0x80 | (log << 1), ...next && { 51: next } });
    const rows: readonly (readonly [Partial<ConfigShape>, object])[] = [
      [{}, { ...header, 6: 0x10, 34: 0x50, "3d": 1, ...msi(2, 0x70), 70: 0x11, 72: 2 }],
      [{ msix: 0, msi: 32 }, { ...header, 6: 0x10, 34: 0x50, "3d": 1, ...msi(5, 0) }],
      [{ msi: 0, msix: 2048, hasLine: false }, { ...header, 6: 0x10, 34: 0x70, 70: 0x11, 72: 0xff, 73: 7 }],
      [{ msi: 0, msix: 0 }, { ...header, "3d": 1 }], [{ msi: 1, msix: 0 }, { ...header, 6: 0x10, 34: 0x50,
        "3d": 1, ...msi(0, 0) }],
    ];
    for (const [changed, wanted] of rows)
      expect(known(new ConfigSpace(shape(changed)).bytes)).toEqual(wanted);
  });

  it("lets a write change what is the guest's, and no other bit, by every access", () => {
    const writable: Record<number, number> = {
      0x04: 0x06, 0x05: 0x04, 0x3c: 0xff, 0x52: 0x71, 0x54: 0xfc, 0x73: 0xc0,
      ...Object.fromEntries([0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x5b, 0x5c, 0x5d].map((at) => [at, 0xff])),
    };
    for (const size of [1, 2, 4] as const)
      for (const value of [0xffff_ffff, 0, 0x8142_2418]) {
        const one = new ConfigSpace(shape());
        const before = one.bytes.slice();
        for (let offset = 0; offset < CONFIG_BYTES; offset += size)
          expect(one.write(offset, size, value)).toBe(true);
        const wanted = before.map((byte, at) => {
          const mask = writable[at] ?? 0;
          return (byte & ~mask) | ((value >>> (8 * (at % size))) & mask);
        });
        expect(known(one.bytes)).toEqual(known(wanted));
        for (let offset = 0; offset < CONFIG_BYTES; offset += size) {
          const bytes = [...wanted.subarray(offset, offset + size)];
          expect(one.read(offset, size)).toBe(bytes.reduceRight((sum, byte) => sum * 256 + byte, 0));
        }
      }
  });

  it("answers no access outside it or across its size", () => {
    const one = new ConfigSpace(shape());
    const before = one.bytes.slice();
    const nowhere = [[-1, 1], [-4, 4], [256, 1], [256, 2], [256, 4], [254, 4], [1, 2], [2, 4], [3, 4],
      [0.5, 1], [Number.NaN, 1]] as const;
    for (const [offset, size] of nowhere) {
      expect(one.read(offset, size)).toBe(2 ** (8 * size) - 1);
      expect(one.write(offset, size, 0xffff_ffff)).toBe(false);
    }
    expect(one.bytes).toEqual(before);
    expect([one.read(255, 1), one.read(254, 2), one.read(252, 4)]).toEqual([0, 0, 0]);
  });

  it("keeps the line's status, which no write changes", () => {
    const one = new ConfigSpace(shape());
    for (const isRaised of [true, true, false, false]) {
      one.setInterruptStatus(isRaised);
      expect([one.read(6, 2), hasInterruptStatus(one.bytes)]).toEqual([isRaised ? 0x18 : 0x10, isRaised]);
      one.write(6, 2, isRaised ? 0 : 0xffff);
      expect(hasInterruptStatus(one.bytes)).toBe(isRaised);
    }
  });

  it("can become what writes and the function itself make of it, and nothing else", () => {
    const one = new ConfigSpace(shape());
    const other = new ConfigSpace(shape());
    for (let at = 0; at < CONFIG_BYTES; at++) other.write(at, 1, 0xff);
    other.setInterruptStatus(true);
    expect([one.canBecome(other.bytes), other.canBecome(one.bytes)]).toEqual([true, true]);
    const [shorter, longer] = [one.bytes.slice(0, 255), Uint8Array.of(...one.bytes, 0)];
    expect([one.canBecome(shorter), one.canBecome(longer)]).toEqual([false, false]);
    for (let at = 0; at < CONFIG_BYTES; at++)
      for (let bit = 1; bit < 256; bit *= 2) {
        const changed = one.bytes.slice();
        changed[at]! ^= bit;
        const before = other.bytes[at]! ^ one.bytes[at]!;
        expect(one.canBecome(changed), `byte ${at} bit ${bit}`).toBe((before & bit) !== 0);
      }
  });
});
