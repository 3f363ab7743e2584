/**
 * Control instructions over the plain CPU: authority, order of exceptions, exact fields of what is loaded and
 * stored.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import type { RawFields } from "../../../../src/engine/isa/s390/format.ts";
import { Program } from "../../../../src/engine/isa/s390/instruction.ts";
import { addressSpace } from "../../../../src/engine/isa/s390/addressSpace.ts";
import { control } from "../../../../src/engine/isa/s390/control.ts";
import { cryptoQuery } from "../../../../src/engine/isa/s390/cryptoQuery.ts";
import { io } from "../../../../src/engine/isa/s390/io.ts";
import { linkage } from "../../../../src/engine/isa/s390/linkage.ts";
import { psw } from "../../../../src/engine/isa/s390/psw.ts";
import { sigpDiagnose } from "../../../../src/engine/isa/s390/sigpDiagnose.ts";
import { storageKeys } from "../../../../src/engine/isa/s390/storageKeys.ts";
import { timing } from "../../../../src/engine/isa/s390/timing.ts";
import { FakeCpu, fields, step } from "./fakeCpu.ts";

const tables = [
  addressSpace, control, cryptoQuery, io, linkage, psw, sigpDiagnose, storageKeys, timing,
].flat();
const ADDRESS = 0x8000n;
const SECONDARY_SPACE = 1n << 26n;
let cpu: FakeCpu;

function execute(mnemonic: string, f: Partial<RawFields> = {}): number | undefined {
  return step(cpu, tables.find((entry) => entry.mnemonic === mnemonic)!, fields(f));
}

beforeEach(() => {
  cpu = new FakeCpu();
  const random = new Prng(11);
  cpu.registers = cpu.registers.map(() => random.u64());
  cpu.controls = cpu.controls.map(() => random.u64() & ~(SECONDARY_SPACE | (1n << 30n)));
  cpu.registers[15] = ADDRESS;
});
/** The operand at ADDRESS. */
const operand = { b2: 15, b1: 15 };

describe("control registers", () => {
  it("STCTG and LCTLG, STCTL and LCTL move the same registers, for every range", () => {
    for (let r1 = 0; r1 < 16; r1++) {
      for (let r3 = 0; r3 < 16; r3++) {
        for (const [store, load, mask] of [
          ["stctg", "lctlg", ~0n], ["stctl", "lctl", 0xffff_ffffn],
        ] as const) {
          const before = [...cpu.controls];
          expect(execute(store, { ...operand, r1, r3 })).toBeUndefined();
          const inRange = (n: number): boolean => ((n - r1) & 15) <= ((r3 - r1) & 15);
          cpu.controls = before.map((value) => value ^ 0x5555_5555_5555_5555n);
          expect(execute(load, { ...operand, r1, r3 })).toBeUndefined();
          cpu.controls.forEach((value, n) => {
            const flipped = before[n]! ^ 0x5555_5555_5555_5555n;
            expect(
              value, `${load} ${r1},${r3} c${n}`,
            ).toBe(inRange(n) ? (before[n]! & mask) | (flipped & ~mask) : flipped);
          });
          cpu.controls = before;
        }
      }
    }
  });

  it.each([["lctl", 4], ["lctlg", 8], ["stctl", 4], ["stctg", 8], ["lpswe", 8], ["spx", 4], ["stap", 2], ["stidp", 8], ["stfle", 8],
    ["sckc", 8], ["stckc", 8], ["spt", 8], ["stpt", 8], ["sck", 8], ["lpp", 8], ["ssch", 4], ["tsch", 4], ["stcrw", 4]] as const,
  )("%s wants its operand on a boundary of %d", (mnemonic, boundary) => {
    for (let offset = 1; offset <= 8; offset++) {
      cpu.registers[15] = ADDRESS + BigInt(offset);
      expect(execute(mnemonic, operand) === Program.specification, `${offset}`).toBe(offset % boundary !== 0);
    }
  });
});

describe("PSW", () => {
  it("STNSM and STOSM store the old mask and set the combined one", () => {
    cpu.port.mask = 0x0704_0000_8000_0000n;
    expect(execute("stnsm", { b1: 15, i2: 0xfc })).toBeUndefined();
    expect([cpu.load(ADDRESS, 1, 0), cpu.port.mask >> 56n]).toEqual([0x07n, 0x04n]);
    expect(execute("stosm", { b1: 15, i2: 0x03 })).toBeUndefined();
    expect([cpu.load(ADDRESS, 1, 0), cpu.port.mask >> 56n]).toEqual([0x04n, 0x07n]);
  });

  it("SSM is refused while CR0.33 is one, before its operand is fetched", () => {
    cpu.controls[0] = 1n << 30n;
    cpu.absent.add(ADDRESS >> 12n);
    expect(execute("ssm", operand)).toBe(Program.specialOperation);
    cpu.controls[0] = 0n;
    expect(execute("ssm", operand)).toBe(Program.pageTranslation);
  });

  it("LPSW spreads the short PSW and wants bit 12", () => {
    cpu.store(ADDRESS, 8, 0x0708_1000_8012_3456n, 0);
    expect(execute("lpsw", operand)).toBeUndefined();
    expect(cpu.port.calls).toEqual([["loadPsw", 0x0700_1000_8000_0000n, 0x0012_3456n]]);
    cpu.store(ADDRESS, 8, 0x0700_1000_8012_3456n, 0);
    expect(execute("lpsw", operand)).toBe(Program.specification);
  });

  it("EPSW gives both halves of the mask and leaves R2 alone when it is 0", () => {
    cpu.port.mask = 0x0705_2001_8000_0000n;
    const [r0, high] = [cpu.gr(0), cpu.gr(4) >> 32n];
    execute("epsw", { r1: 4, r2: 0 });
    expect([cpu.gr(0), cpu.gr(4)]).toEqual([r0, (high << 32n) | 0x0705_2001n]);
    execute("epsw", { r1: 4, r2: 7 });
    expect(cpu.grLow(7)).toBe(0x8000_0000);
  });

  it("SPKA in the problem state sets exactly the keys of the key mask", () => {
    cpu.port.problemState = true;
    cpu.controls[3] = 0xa5c3n << 16n;
    for (let key = 0; key < 16; key++) {
      cpu.registers[15] = BigInt(key << 4);
      expect(execute("spka", operand) === undefined, `key ${key}`).toBe(((0xa5c3 >> (15 - key)) & 1) === 1);
    }
  });

  it("SAC sets what IAC then reads, for all four spaces", () => {
    cpu.controls[0] = SECONDARY_SPACE;
    cpu.controls[1] = cpu.controls[13] = 0n;
    for (let code = 0; code < 5; code++) {
      cpu.registers[15] = BigInt(code << 8);
      expect(execute("sac", operand)).toBe(code < 4 ? undefined : Program.specification);
      if (code > 3) continue;
      expect(cpu.port.addressSpace).toBe([0, 2, 1, 3][code]);
      execute("iac", { r1: 6 });
      expect([cpu.cc, (cpu.gr(6) >> 8n) & 0xffn]).toEqual([code, BigInt(code)]);
    }
    cpu.port.problemState = true;
    cpu.registers[15] = 0x300n;
    expect(execute("sacf", operand)).toBe(Program.privileged);
    cpu.controls[0] = 0n;
    expect(execute("sacf", operand)).toBe(Program.specialOperation);
  });

  it("MC calls only classes whose mask bit is on", () => {
    cpu.controls[8] = 0x1234n;
    for (let i2 = 0; i2 < 16; i2++) {
      cpu.port.calls = [];
      expect(execute("mc", { b1: 15, i2 })).toBeUndefined();
      expect(cpu.port.calls).toEqual((0x1234 >> (15 - i2)) & 1 ? [["monitor", i2, ADDRESS]] : []);
    }
    expect(execute("mc", { b1: 15, i2: 16 })).toBe(Program.specification);
  });
});

describe("information", () => {
  it("STFLE stores as many doublewords as there is room for, and says how many there are", () => {
    for (let room = 1; room <= 5; room++) {
      cpu.storeBytes(ADDRESS, new Uint8Array(64), 0);
      cpu.setGr(0, 0xffff_ffff_ffff_ff00n | BigInt(room - 1));
      expect(execute("stfle", operand)).toBeUndefined();
      expect([cpu.cc, cpu.gr(0)]).toEqual([room >= 3 ? 0 : 3, 0xffff_ffff_ffff_ff02n]);
      const stored = cpu.loadBytes(ADDRESS, 64, 0);
      expect(stored.findLastIndex((byte) => byte !== 0)).toBe(Math.min(room, 3) * 8 - 1);
    }
  });

  it("STSI answers the level, blocks that exist, and refuses reserved bits", () => {
    const ask = (fc: number, s1: number, s2: number): number | undefined => {
      cpu.setGrLow(0, ((fc << 28) | s1) >>> 0);
      cpu.setGrLow(1, s2);
      return execute("stsi", operand);
    };
    expect([ask(0, 0, 0), cpu.cc, cpu.grLow(0) >>> 28]).toEqual([undefined, 0, 3]);
    expect([ask(1, 1, 1), cpu.cc, cpu.load(ADDRESS, 4, 0)]).toEqual([undefined, 0, 0x01aa_0000n]);
    expect([ask(2, 9, 9), cpu.cc]).toEqual([undefined, 3]);
    expect([ask(15, 1, 1), cpu.cc]).toEqual([undefined, 3]);
    expect(ask(1, 0x100, 1)).toBe(Program.specification);
    expect(ask(1, 1, 0x1_0000)).toBe(Program.specification);
    cpu.registers[15] = ADDRESS + 8n;
    expect(ask(1, 1, 1)).toBe(Program.specification);
  });

  it("queries of the message-security assist name the query and what is there", () => {
    for (const mnemonic of ["km", "kmc", "kmac", "kimd", "klmd", "prno"]) {
      cpu.setGr(0, 0n);
      cpu.setGr(1, ADDRESS);
      expect(execute(mnemonic, { r1: 2, r2: 4 })).toBeUndefined();
      const bits = cpu.loadBytes(ADDRESS, 16, 0).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
      expect(bits, mnemonic).toBe((1n << 127n) | (mnemonic === "prno" ? 1n << 13n : 0n));
      cpu.setGr(0, 18n);
      expect(execute(mnemonic, { r1: 2, r2: 4 })).toBe(Program.specification);
      cpu.setGr(0, 0n);
      expect(execute(mnemonic, { r1: 2, r2: 3 })).toBe(Program.specification);
      expect(execute(mnemonic, { r1: 2, r2: 0 })).toBe(Program.specification);
    }
  });

  it("PRNO fills both operands and counts their lengths down", () => {
    cpu.registers.splice(0, 6, 114n, 0n, ADDRESS, 5000n, ADDRESS + 0x2000n, 3n);
    expect(execute("prno", { r1: 2, r2: 4 })).toBeUndefined();
    expect(cpu.registers.slice(2, 6)).toEqual([ADDRESS + 5000n, 0n, ADDRESS + 0x2003n, 0n]);
    expect([
      ...cpu.loadBytes(ADDRESS + 4998n, 4, 0), ...cpu.loadBytes(ADDRESS + 0x2001n, 3, 0)
    ]).toEqual([90, 90, 0, 0, 90, 90, 0]);
  });
});

describe("time", () => {
  it("STCKE is the clock shifted right by eight, with the programmable field", () => {
    cpu.port.todProgrammable = 0xbeef;
    execute("stcke", operand);
    execute("stck", { b2: 15, d2: 32 });
    expect(cpu.load(ADDRESS + 1n, 8, 0)).toBe(cpu.load(ADDRESS + 32n, 8, 0));
    expect([cpu.load(ADDRESS, 1, 0), cpu.load(ADDRESS + 14n, 2, 0)]).toEqual([0n, 0xbeefn]);
    expect(cpu.load(ADDRESS + 9n, 4, 0) + cpu.load(ADDRESS + 13n, 1, 0)).not.toBe(0n);
  });

  it("PTFF's query names exactly the functions that do not answer code 3", () => {
    cpu.setGr(1, ADDRESS);
    cpu.setGr(0, 0n);
    execute("ptff");
    const named = cpu.load(ADDRESS, 8, 0) >> 48n;
    for (let code = 0; code < 128; code++) {
      cpu.setGr(0, BigInt(code));
      expect(execute("ptff")).toBeUndefined();
      expect(cpu.cc, `${code}`).toBe(code < 16 && (named >> BigInt(15 - code)) & 1n ? 0 : 3);
    }
  });

  it("ECTG gives the time used, the second operand and what R3 pointed at", () => {
    cpu.port.cpuTimer = 100n;
    cpu.store(ADDRESS, 8, 1000n, 0);
    cpu.store(ADDRESS + 8n, 8, 7n, 0);
    cpu.store(ADDRESS + 16n, 8, 9n, 0);
    cpu.setGr(5, ADDRESS + 16n);
    execute("ectg", { b1: 15, b2: 15, d2: 8, r3: 5 });
    expect([cpu.gr(0), cpu.gr(1), cpu.gr(5)]).toEqual([900n, 7n, 9n]);
  });

  it("TRACE writes an entry only with CR12.63 and not for an operand with bit 0", () => {
    const entryAt = 0xa000n;
    cpu.controls[12] = entryAt | 1n;
    cpu.store(ADDRESS, 4, 0x0badn, 0);
    execute("trace", { b2: 15, r1: 15, r3: 0 });
    expect(cpu.controls[12]).toBe((entryAt + 20n) | 1n);
    expect([cpu.load(entryAt, 2, 0), cpu.load(entryAt + 2n, 2, 0), cpu.load(entryAt + 8n, 4, 0)]).toEqual([
      0x7100n, 0x4567n, 0x0badn,
    ]);
    expect(cpu.load(entryAt + 16n, 4, 0)).toBe(BigInt(cpu.grLow(0)));
    execute("tracg", { b2: 15, r1: 3, r3: 4 });
    expect(cpu.controls[12]).toBe((entryAt + 52n) | 1n);
    expect([cpu.load(entryAt + 22n, 8, 0), cpu.load(entryAt + 44n, 8, 0)]).toEqual([
      cpu.port.clock, cpu.gr(4),
    ]);
    cpu.store(ADDRESS, 4, 0x8000_0badn, 0);
    execute("trace", { b2: 15, r1: 15, r3: 0 });
    expect(cpu.controls[12]).toBe((entryAt + 52n) | 1n);
    cpu.store(ADDRESS, 4, 0n, 0);
    cpu.controls[12] = 0xafffn & ~2n;
    expect(execute("trace", { b2: 15, r1: 15, r3: 0 })).toBe(Program.traceTable);
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
    cpu.setGr(4, 0xffn);
    expect(execute("ipte", { r1: 2, r2: 3, r3: 4 })).toBe(Program.specification);
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

describe("outside", () => {
  it("SIGP takes the parameter from the odd register and leaves status in R1", () => {
    cpu.setGr(8, 0x5_0001n);
    for (const r1 of [2, 3]) {
      cpu.port.calls = [];
      const parameter = cpu.gr(3);
      execute("sigp", { r1, r3: 8, b2: 0, d2: 0x106 });
      expect(cpu.port.calls).toEqual([["sigp", 1, 6, parameter]]);
      expect([cpu.cc, cpu.grLow(r1)]).toEqual([1, 0x80]);
    }
  });

  it("SERVC refuses blocks in the prefix area, misaligned ones and ones outside storage", () => {
    cpu.port.prefixValue = 0x1_0000;
    const ask = (sccb: bigint): number | undefined => {
      cpu.setGr(4, sccb);
      return execute("servc", { r1: 2, r2: 4 });
    };
    expect([
      0x1000n, 0x1_1000n, 0x8004n, 0x8000_0000n, 0x1_0000_8000n,
    ].map(ask)).toEqual(new Array(5).fill(Program.specification));
    expect(ask(0x4000_0000n)).toBe(Program.addressing);
    expect([ask(0x8000n), cpu.cc]).toEqual([undefined, 0]);
  });

  it("DIAG passes register numbers and the 16-bit code", () => {
    cpu.setGr(4, 0x7_0300n);
    execute("diag", { r1: 2, r3: 5, b2: 4, d2: 8 });
    expect(cpu.port.calls).toEqual([["diag", 2, 5, 0x308]]);
  });

  it.each(io.map((entry) => entry.mnemonic))("%s asks the channel subsystem by its name", (mnemonic) => {
    cpu.setGr(6, ADDRESS);
    const hasAddress = ["ssch", "tsch", "stsch", "msch", "tpi", "stcrw", "chsc"].includes(mnemonic);
    expect(execute(mnemonic, { b2: 15, r1: 6 })).toBeUndefined();
    expect(cpu.port.calls[0]!.slice(0, 3)).toEqual(["channel", mnemonic, hasAddress ? ADDRESS : 0n]);
  });

  it("SSAR and PT need ASN translation; PT refuses to leave the problem state", () => {
    cpu.controls[14] = 0n;
    expect(execute("ssar", { r1: 2 })).toBe(Program.specialOperation);
    cpu.controls[14] = 1n << 19n;
    cpu.controls[4] = 0x1_0007n;
    cpu.setGr(2, 0x8000_0007n);
    expect([execute("ssar", { r1: 2 }), cpu.cr(7), cpu.cr(3) & 0xffffn]).toEqual([undefined, cpu.cr(1), 7n]);
    cpu.port.problemState = true;
    cpu.setGr(3, 0x2000n);
    expect(execute("pt", { r1: 2, r2: 3 })).toBe(Program.privileged);
    cpu.setGr(3, 0x2001n);
    expect(execute("pt", { r1: 2, r2: 3 })).toBeUndefined();
    expect(cpu.port.calls.at(-1)).toEqual(["loadPsw", cpu.port.mask | (1n << 48n), 0x2000n]);
  });
});
