/** Translation tables, storage keys, moves between spaces: exact entries, keys and limits. */
import { beforeEach, describe, expect, it } from "vitest";
import type { RawFields } from "../../../../src/engine/isa/s390/format.ts";
import { Program } from "../../../../src/engine/isa/s390/instruction.ts";
import { ADDRESS, freshCpu, perform, SECONDARY_SPACE } from "./controlKit.ts";
import type { FakeCpu } from "./fakeCpu.ts";

let cpu: FakeCpu;
beforeEach(() => {
  cpu = freshCpu();
});
const execute = (mnemonic: string, f: Partial<RawFields> = {}): number | undefined =>
  perform(cpu, mnemonic, f);

describe("results in the shorter addressing modes", () => {
  it("LRAG gives a whole address of the invalid entry, LRA 31 bits of it where they hold it", () => {
    const entry = { address: 0x1234_5678 };
    cpu.port.translate = () => ({ exception: Program.pageTranslation, entry: entry.address });
    const old = 0xffff_ffff_0000_0000n;
    const answer = (mnemonic: string, bits: 24 | 31 | 64): unknown[] => {
      cpu.addressBits = bits;
      cpu.setGr(3, old);
      return [execute(mnemonic, { r1: 3, b2: 4 }), cpu.cc, cpu.gr(3)];
    };
    for (const bits of [24, 31, 64] as const) {
      expect(answer("lrag", bits)).toEqual([undefined, 2, 0x1234_5678n]);
      expect(answer("lra", bits)).toEqual([undefined, 2, (bits === 64 ? 0n : old) | 0x1234_5678n]);
    }
    entry.address = 0x9234_5678;
    expect(answer("lra", 31)).toEqual([undefined, 3, old | 0x8000_0011n]);
    expect(answer("lrag", 31)).toEqual([undefined, 2, 0x9234_5678n]);
  });

  it("TEST BLOCK clears bits 32-63 of general register 0, in 64-bit mode all of it", () => {
    for (const bits of [24, 31, 64] as const) {
      cpu.addressBits = bits;
      cpu.registers.splice(0, 3, 0xffff_ffff_ffff_ffffn, 0n, ADDRESS);
      expect(execute("tb", { r2: 2 })).toBeUndefined();
      expect(cpu.gr(0)).toBe(bits === 64 ? 0n : 0xffff_ffff_0000_0000n);
    }
  });
});

describe("translation tables", () => {
  const table = 0x1_0000n;
  it("IPTE invalidates just the entries of its range", () => {
    cpu.registers.splice(2, 3, table + 0x800n, 0x1234_5000n, 3n);
    expect(execute("ipte", { r1: 2, r2: 3, r3: 4 })).toBeUndefined();
    for (let i = 0n; i < 256n; i++) {
      expect(cpu.load(table + 0x800n + i * 8n, 8, 0), `${i}`).toBe(i >= 0x45n && i <= 0x48n ? 0x400n : 0n);
    }
    expect(cpu.port.purged).toEqual([0x1234_5000n, 0x1234_6000n, 0x1234_7000n, 0x1234_8000n]);
    expect(cpu.registers.slice(2, 5)).toEqual([table + 0x800n, 0x1234_9000n, 0xffn]);
    cpu.setGr(4, 0xffn);
    expect(execute("ipte", { r1: 2, r2: 3, r3: 4 })).toBe(Program.specification);
    expect([execute("ipte", { r1: 2, r2: 3 }), cpu.gr(3)]).toEqual([undefined, 0x1234_9000n]);
  });

  it.each([0, 1, 2, 3])("IDTE finds the index for a table of type %d", (type) => {
    const index = 0x5a5n;
    cpu.registers.splice(2, 2, table + BigInt(type << 2), (index << BigInt(20 + 11 * type)) & ~0xf_ffffn);
    expect(execute("idte", { r1: 2, r3: 5, r2: 3 })).toBeUndefined();
    expect(cpu.load(table + index * 8n, 8, 0)).toBe(0x20n);
    cpu.setGr(3, 0x800n);
    cpu.store(table, 8, 0n, 0);
    execute("idte", { r1: 2, r3: 5, r2: 3 });
    expect(cpu.load(table, 8, 0)).toBe(0n);
    cpu.setGr(3, 0x1000n);
    expect(execute("idte", { r1: 2, r3: 5, r2: 3 })).toBe(Program.specification);
  });

  it.each(["csp", "cspg"])("%s swaps and purges only on equality, and purges only when asked", (mnemonic) => {
    const size = mnemonic === "csp" ? 4 : 8;
    const value = (n: number): bigint => (size === 4 ? BigInt(cpu.grLow(n)) : cpu.gr(n));
    for (const ask of [0n, 1n]) {
      cpu.port.purged = [];
      cpu.setGr(6, ADDRESS | ask);
      cpu.store(ADDRESS, size, value(2), 0);
      expect(execute(mnemonic, { r1: 2, r2: 6 })).toBeUndefined();
      expect([cpu.cc, cpu.load(ADDRESS, size, 0), cpu.port.purged.length]).toEqual([
        0, value(3), Number(ask),
      ]);
      cpu.store(ADDRESS, size, 5n + ask, 0);
      execute(mnemonic, { r1: 2, r2: 6 });
      expect([cpu.cc, value(2), cpu.port.purged.length]).toEqual([1, 5n + ask, Number(ask)]);
    }
    expect(execute(mnemonic, { r1: 3, r2: 6 })).toBe(Program.specification);
  });

  it("CRDTE replaces an entry of a page, segment or region table if it is what is expected", () => {
    for (const [designation, shift] of [
      [0x00n, 12n], [0x10n, 20n], [0x14n, 31n], [0x18n, 42n], [0x1cn, 53n],
    ] as const) {
      const index = 0x77n;
      const at = table + index * 8n;
      cpu.store(at, 8, 0xabn, 0);
      cpu.registers.splice(2, 2, 0xabn, 0xcdn);
      cpu.registers.splice(6, 2, table | designation, index << shift);
      expect([
        execute("crdte", { r1: 2, r3: 5, r2: 6 }), cpu.cc, cpu.load(at, 8, 0),
      ]).toEqual([undefined, 0, 0xcdn]);
      expect([execute("crdte", { r1: 2, r3: 5, r2: 6 }), cpu.cc, cpu.gr(2)]).toEqual([undefined, 1, 0xcdn]);
    }
  });

  it("LRA tells segment from page from other exceptions", () => {
    cpu.setGr(4, ADDRESS + 0x123n);
    expect([execute("lra", { r1: 3, b2: 4 }), cpu.cc, cpu.gr(3)]).toEqual([undefined, 0, ADDRESS + 0x123n]);
    for (const [exception, cc, low] of [
      [0x10, 1, 0x4560], [0x11, 2, 0x4560], [0x39, 3, 0x8000_0039],
    ] as const) {
      cpu.port.translate = () => ({ exception, entry: 0x4560 });
      execute("lra", { r1: 3, b2: 4 });
      expect([cpu.cc, cpu.grLow(3)]).toEqual([cc, low]);
    }
    cpu.port.translate = () => ({ exception: Program.addressing });
    expect(execute("lrag", { r1: 3, b2: 4 })).toBe(Program.addressing);
  });
});

describe("storage keys", () => {
  it("SSKE then ISKE gives the key back, with R1 bit 63 zero", () => {
    for (let key = 0; key < 256; key++) {
      cpu.setGr(2, 0xffff_0000_0000_0000n | BigInt(key));
      cpu.setGr(3, ADDRESS + 0x7ffn);
      execute("sske", { r1: 2, r2: 3 });
      execute("iske", { r1: 5, r2: 3 });
      expect(cpu.gr(5) & 0xffn).toBe(BigInt(key & 0xfe));
    }
  });

  it("conditional SSKE compares access bits always, reference and change bits unless bypassed", () => {
    cpu.setGr(3, ADDRESS);
    for (const old of [0x10, 0x14, 0x16, 0x18, 0x20]) {
      for (const key of [0x10, 0x14, 0x16, 0x12]) {
        for (const m3 of [2, 4, 6]) {
          cpu.port.keys.set(Number(ADDRESS >> 12n), old);
          cpu.setGr(2, BigInt(key));
          execute("sske", { r1: 2, r2: 3, m3 });
          const compared = 0xf8 | (m3 & 4 ? 0 : 4) | (m3 & 2 ? 0 : 2);
          const isSame = ((old ^ key) & compared) === 0;
          expect([cpu.cc, (cpu.gr(2) >> 8n) & 0xffn, cpu.port.keys.get(Number(ADDRESS >> 12n))]).toEqual([
            isSame ? 0 : 1, BigInt(old), isSame ? old : key,
          ]);
        }
      }
    }
  });

  it("SSKE and PFMF of many blocks end at the megabyte and leave the next address", () => {
    const from = 0x2f_e000n;
    cpu.setGr(2, 0x30n);
    cpu.setGr(3, from + 0x123n);
    execute("sske", { r1: 2, r2: 3, m3: 1 });
    expect([...cpu.port.keys.keys()]).toEqual([0x2fe, 0x2ff]);
    expect(cpu.gr(3)).toBe(0x30_0123n);
    cpu.store(from, 8, 1n, 0);
    cpu.setGr(2, 0x3_1040n);
    cpu.setGr(3, from);
    execute("pfmf", { r1: 2, r2: 3 });
    expect([cpu.load(from, 8, 0), cpu.port.keys.get(0x2ff), cpu.gr(3)]).toEqual([0n, 0x40, 0x30_0000n]);
  });

  it("PFMF wants a frame size that is there and zeros where nothing is assigned", () => {
    cpu.setGr(3, ADDRESS);
    const sizes = Array.from({ length: 8 }, (_, size) => size << 12);
    for (const controls of [...sizes, 1, 0x100, 0x4_0000, 0x8000_0000]) {
      cpu.setGr(2, BigInt(controls));
      expect(execute("pfmf", { r1: 2, r2: 3 }), controls.toString(16))
        .toBe(controls <= 0x1000 && controls % 0x1000 === 0 ? undefined : 6);
    }
  });

  it("RRBE answers reference and change and resets only reference", () => {
    cpu.setGr(3, ADDRESS);
    for (let bits = 0; bits < 4; bits++) {
      cpu.port.keys.set(Number(ADDRESS >> 12n), 0x90 | (bits << 1));
      execute("rrbe", { r1: 2, r2: 3 });
      expect([cpu.cc, cpu.port.keys.get(Number(ADDRESS >> 12n))]).toEqual([bits, 0x90 | ((bits & 1) << 1)]);
    }
  });

  it("TPROT compares its own key, not the PSW's", () => {
    cpu.controls[0] = 0n;
    cpu.port.keys.set(Number(ADDRESS >> 12n), 0x58);
    for (const [key, cc] of [[0, 0], [5, 0], [6, 2]] as const) {
      cpu.setGr(4, BigInt(key << 4));
      expect([execute("tprot", { b1: 15, b2: 4 }), cpu.cc]).toEqual([undefined, cc]);
    }
    cpu.port.keys.set(Number(ADDRESS >> 12n), 0x50);
    execute("tprot", { b1: 15, b2: 4 });
    expect(cpu.cc).toBe(1);
    cpu.absent.add(ADDRESS >> 12n);
    expect([execute("tprot", { b1: 15, b2: 4 }), cpu.cc]).toEqual([undefined, 3]);
  });
});

describe("moves between spaces", () => {
  beforeEach(() => {
    cpu.controls[0] = SECONDARY_SPACE;
    cpu.port.key = 4;
    cpu.setGr(14, ADDRESS + 0x4000n);
    cpu.storeBytes(ADDRESS + 0x4000n, Uint8Array.from({ length: 5000 }, (_, i) => i), 0);
  });

  it("MVCOS takes space and key of each operand from its half of GR0", () => {
    for (const [half, asc, key] of [
      [0x0000, 0, 4], [0x9000, 0, 4], [0x9002, 0, 9], [0x0081, 2, 4], [0x70c3, 3, 7],
    ] as const) {
      for (const first of [true, false]) {
        cpu.port.calls = [];
        cpu.setGr(0, BigInt(first ? half * 0x1_0000 : half));
        cpu.setGr(6, 100n);
        expect(execute("mvcos", { b1: 15, b2: 14, r3: 6 })).toBeUndefined();
        const load = ["load", ...(first ? [0, 4] : [asc, key]), ADDRESS + 0x4000n, 100];
        const store = ["store", ...(first ? [asc, key] : [0, 4]), ADDRESS, 100];
        expect([cpu.cc, cpu.port.calls]).toEqual([0, [load, store]]);
      }
    }
  });

  it.each([
    ["mvcos", 4096], ["mvcp", 256], ["mvcs", 256], ["mvck", 256],
  ] as const)("%s moves at most %d bytes and says so", (mnemonic, limit) => {
    for (const length of [0, 1, limit, limit + 1]) {
      cpu.storeBytes(ADDRESS, new Uint8Array(4200), 0);
      cpu.setGr(0, 0n);
      cpu.setGr(6, BigInt(length));
      cpu.setGr(7, 0x40n);
      const f = mnemonic === "mvcos" ? { b1: 15, b2: 14, r3: 6 } : { b1: 15, b2: 14, r1: 6, r3: 7 };
      expect(execute(mnemonic, f)).toBeUndefined();
      const moved = Math.min(length, limit);
      expect(cpu.cc).toBe(length > limit ? 3 : 0);
      expect(cpu.loadBytes(ADDRESS, 4200, 0)).toEqual(Uint8Array.from(
        { length: 4200 }, (_, i) => (i < moved ? i : 0),
      ));
    }
  });

  it("MVCP, MVCS, MVCOS need DAT and the secondary-space control; keys need the key mask", () => {
    cpu.port.problemState = true;
    cpu.controls[3] = 0n;
    cpu.setGr(7, 0x40n);
    cpu.setGr(0, 0n);
    for (const mnemonic of ["mvcp", "mvcs", "mvck", "mvcos"]) expect(
      execute(mnemonic, { b1: 15, b2: 14, r1: 6, r3: 7 }), mnemonic,
    ).toBe(Program.privileged);
    cpu.controls[0] = 0n;
    for (const mnemonic of ["mvcp", "mvcs"]) expect(execute(
      mnemonic, { b1: 15, b2: 14, r1: 6, r3: 7 },
    )).toBe(Program.specialOperation);
    cpu.port.datOn = false;
    expect(execute("mvcos", { b1: 15, b2: 14, r3: 6 })).toBe(Program.specialOperation);
  });

  it("MVPG moves whole pages, answers by code only where asked", () => {
    cpu.registers.splice(0, 4, 0n, 0n, ADDRESS + 0x10n, ADDRESS + 0x4fffn);
    expect([
      execute("mvpg", { r1: 2, r2: 3 }), cpu.cc, cpu.load(ADDRESS + 300n, 1, 0),
    ]).toEqual([undefined, 0, 44n]);
    for (const [page, cc] of [[ADDRESS + 0x4000n, 2], [ADDRESS, 1]] as const) {
      cpu.absent = new Set([page >> 12n]);
      cpu.setGr(0, 0x100n);
      expect([execute("mvpg", { r1: 2, r2: 3 }), cpu.cc]).toEqual([undefined, cc]);
      cpu.setGr(0, 0n);
      expect(execute("mvpg", { r1: 2, r2: 3 })).toBe(Program.pageTranslation);
    }
    for (const wrong of [0x1000n, 0xc00n]) {
      cpu.setGr(0, wrong);
      expect(execute("mvpg", { r1: 2, r2: 3 })).toBe(Program.specification);
    }
  });
});
