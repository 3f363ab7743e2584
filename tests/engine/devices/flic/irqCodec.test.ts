import { describe, expect, it } from "vitest";
import { toHex } from "../../../../src/engine/base/hex.ts";
import {
  bitOfIsc, bitOfType, highestBit, iscOfBit, iscOfWord, isIoType,
} from "../../../../src/engine/devices/flic/interruptBits.ts";
import {
  decodeLocal, encodeListed, encodeLocal, legacyFloating, legacyLocal, readFloating,
} from "../../../../src/engine/devices/flic/irqCodec.ts";
import { irq } from "./flicMachine.ts";

/** struct kvm_s390_irq of each type that a CPU takes: its payload's bytes as far as they belong to it. */
const local: readonly (readonly [type: string, payloadBytes: number, pendingBit: number])[] = [
  ["fffe0000", 4, 2], ["fffe0001", 40, 25], ["fffe0002", 4, 0], ["fffe0003", 0, 1], ["fffe0004", 16, 13],
  ["fffe1000", 48, 24], ["ffff1004", 0, 19], ["ffff1005", 0, 18], ["ffff1201", 2, 21], ["ffff1202", 2, 20],
];
/** And of each that floats. */
const floating: readonly (readonly [type: string, payloadBytes: number, pendingBit: number])[] = [
  ["fffe0004", 16, 13], ["fffe0005", 16, 12], ["ffff2401", 16, 15], ["ffff2603", 16, 11],
  ["fffe1000", 48, 24], ["00000000", 12, 10], ["fffdffff", 12, 10], ["04000000", 12, 10],
];
const payload = Array.from({ length: 64 }, (_, i) => (i + 1).toString(16).padStart(2, "0")).join("");
/** Types that do not float, most of them beside one that does. */
const neighbours = [
  "fffe0000", "fffe0001", "fffe0002", "fffe0003", "fffe0006", "fffe0fff", "fffe1001", "ffff1003", "ffff1004",
  "ffff1005", "ffff1006", "ffff1200", "ffff1201", "ffff1202", "ffff1203", "ffff2400", "ffff2402", "ffff2602",
  "ffff2604", "ffffffff",
];
const EFAULT = { ok: false, error: -14 };
const EINVAL = { ok: false, error: -22 };

describe("struct kvm_s390_irq", () => {
  it.each(local)("of local type %s comes back with its payload alone", (type, size) => {
    const given = irq(type, payload);
    const decoded = decodeLocal(given)!;
    expect(decoded.type).toBe(Number.parseInt(type, 16));
    expect(toHex(encodeLocal(decoded))).toBe(toHex(irq(type, payload.slice(0, 2 * size))));
    given[3] = 1;
    expect(decodeLocal(given)).toBeUndefined();
  });

  it("of any other type is taken by no CPU", () => {
    const known = new Set(local.map(([type]) => type));
    for (const type of [...neighbours, "fffe0005", "ffff2401", "ffff2603", "00000000"])
      expect(decodeLocal(irq(type)) === undefined, type).toBe(!known.has(type));
  });

  it.each(floating)("of floating type %s is read to the end of its payload and no further", (type, size) => {
    const reads: [bigint, number][] = [];
    const bytes = irq(type, payload);
    const read = (limit: number) => (address: bigint, length: number): Uint8Array | undefined => {
      const from = Number(address - 0x1000n);
      reads.push([address, length]);
      return from + length > limit ? undefined : bytes.slice(from, from + length);
    };
    const whole = readFloating({ read: read(72), write: () => false }, 0x1000n);
    expect(reads).toEqual([[0x1000n, 8], [0x1008n, size]]);
    if (!whole.ok) return expect.fail(`${whole.error}`);
    const { value } = whole;
    if (value.kind === "mchk")
      expect([value.cr14, value.mcic]).toEqual([0x0102030405060708n, 0x090a0b0c0d0e0f10n]);
    else expect(toHex(encodeListed(value))).toBe(toHex(irq(type, payload.slice(0, 2 * size))));
    for (const limit of [7, 8, 7 + size])
      expect(readFloating({ read: read(limit), write: () => false }, 0x1000n)).toEqual(EFAULT);
  });

  it("of a type without payload does not float, nor one of more than 32 bits", () => {
    const result = (bytes: Uint8Array): unknown => {
      const read = (at: bigint, length: number): Uint8Array => bytes.slice(Number(at), Number(at) + length);
      return readFloating({ read, write: () => false }, 0n);
    };
    for (const type of neighbours) expect(result(irq(type)), type).toEqual(EINVAL);
    const wide = irq("ffff2603");
    wide[3] = 1;
    expect(result(wide)).toEqual(EINVAL);
  });
});

describe("struct kvm_s390_interrupt", () => {
  const parm64 = 0x1122334455667788n;
  it("floats by type, with what of its parameters the type has", () => {
    const words = { ioIntParm: 0x11223344, ioIntWord: 0x55667788 };
    const io = { kind: "io", subchannelId: 0xabcd, subchannelNr: 0x1234, ...words };
    for (const type of [0, 0xfffdffff])
      expect(legacyFloating(type, 0xabcd1234, parm64)).toEqual({ ...io, type });
    const ext = { kind: "ext", pad: 0 };
    expect([0xffff2603, 0xffff2401, 0xfffe0005].map((type) => legacyFloating(type, 7, parm64))).toEqual([
      { ...ext, type: 0xffff2603, params: 7, params2: parm64 },
      { ...ext, type: 0xffff2401, params: 7, params2: 0n },
      { ...ext, type: 0xfffe0005, params: 0, params2: parm64 },
    ]);
    expect(legacyFloating(0xfffe1000, 7, parm64)).toEqual({ kind: "mchk", cr14: 7n, mcic: parm64 });
    for (const type of ["fffe0004", ...neighbours])
      expect(legacyFloating(Number.parseInt(type, 16), 7, parm64), type).toBeUndefined();
  });

  it("is a CPU's by type, and codes have 16 bits", () => {
    for (const parm of [0, 7, 0xffff, 0x10000]) {
      const code = parm <= 0xffff ? parm : undefined;
      expect(legacyLocal(0xfffe0001, parm, parm64)).toEqual(code === undefined ? undefined
        : decodeLocal(irq("fffe0001", `${"0".repeat(56)}${code.toString(16).padStart(4, "0")}`)));
      for (const type of [0xffff1201, 0xffff1202])
        expect(legacyLocal(type, parm, parm64)).toEqual(code === undefined ? undefined : { type, code });
      expect(legacyLocal(0xfffe0002, parm, parm64)).toEqual({ type: 0xfffe0002, address: parm });
      expect(legacyLocal(0xfffe0000, parm, parm64)).toEqual({ type: 0xfffe0000, flags: parm });
      const fault = { type: 0xfffe0004, params: parm, pad: 0, params2: parm64 };
      expect(legacyLocal(0xfffe0004, parm, parm64)).toEqual(fault);
      for (const type of [0xfffe0003, 0xffff1004, 0xffff1005])
        expect(legacyLocal(type, parm, parm64)).toEqual({ type });
    }
    expect(legacyLocal(0xfffe1000, 7, parm64))
      .toEqual(decodeLocal(irq("fffe1000", `${"0".repeat(16)}1122334455667788`)));
    const strangers = [0, 0xfffe0005, 0xfffe0006, 0xffff2401, 0xffff2603, 0xffff1003, 0xffff1200, 0xffff1203];
    for (const type of strangers) expect(legacyLocal(type, 0, 0n), type.toString(16)).toBeUndefined();
  });
});

describe("pending bits", () => {
  it("are one for each type, and for I/O one for each ISC of the interruption word", () => {
    for (const [type, , bit] of [...local, ...floating])
      expect(bitOfType(Number.parseInt(type, 16))).toBe(bit);
    for (const type of ["fffe0006", "ffff1003", "ffff1200", "ffff2400", "ffff2604"])
      expect(bitOfType(Number.parseInt(type, 16))).toBe(-1);
    for (let isc = 0; isc < 8; isc++) {
      const word = (0x80000000 + isc * 0x08000000 + 0x07ffffff) >>> 0;
      expect([iscOfWord(word), bitOfType(5, word), bitOfIsc(isc), iscOfBit(10 - isc)])
        .toEqual([isc, 10 - isc, 10 - isc, isc]);
    }
    expect([isIoType(0xfffdffff), isIoType(0xfffe0000)]).toEqual([true, false]);
    for (let bit = 0; bit < 28; bit++) expect(highestBit(2 ** bit + (bit > 0 ? 1 : 0))).toBe(bit);
    expect(() => highestBit(0)).toThrow();
  });
});
