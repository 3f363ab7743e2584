/** Control registers, PSW, information, time: exact fields, authority, order of exceptions. */
import { beforeEach, describe, expect, it } from "vitest";
import type { RawFields } from "../../../../src/engine/isa/s390/format.ts";
import { Program } from "../../../../src/engine/isa/s390/instruction.ts";
import { ADDRESS, freshCpu, operand, perform, SECONDARY_SPACE } from "./controlKit.ts";
import type { FakeCpu } from "./fakeCpu.ts";

let cpu: FakeCpu;
beforeEach(() => {
  cpu = freshCpu();
});
const execute = (mnemonic: string, f: Partial<RawFields> = {}): number | undefined =>
  perform(cpu, mnemonic, f);

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

  const boundaries = [
    ["lctl", 4], ["lctlg", 8], ["stctl", 4], ["stctg", 8], ["lpswe", 8], ["spx", 4], ["stap", 2],
    ["stidp", 8], ["stfle", 8], ["sckc", 8], ["stckc", 8], ["spt", 8], ["stpt", 8], ["sck", 8], ["lpp", 8],
    ["ssch", 4], ["tsch", 4], ["stcrw", 4],
  ] as const;
  it.each(boundaries)("%s wants its operand on a boundary of %d", (mnemonic, boundary) => {
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

  it("PTFF tells the clock, and that nothing is between it and the physical one", () => {
    for (const [code, doublewords] of [[1, 4], [2, 7], [3, 1]] as const) {
      cpu.setGr(0, BigInt(code));
      cpu.setGr(1, ADDRESS);
      for (let n = 0n; n < 8n; n++) cpu.store(ADDRESS + 8n * n, 8, 0x55n, 0);
      execute("ptff");
      const block = Array.from({ length: 8 }, (_, n) => cpu.load(ADDRESS + 8n * BigInt(n), 8, 0));
      const wanted = block.map((_, n) => (n === 0 ? cpu.control.tod() : n < doublewords ? 0n : 0x55n));
      expect(block, `${code}`).toEqual(wanted);
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
