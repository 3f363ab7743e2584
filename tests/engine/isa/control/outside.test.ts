/** What reaches other CPUs, channels, the hypervisor and other address spaces. */
import { beforeEach, describe, expect, it } from "vitest";
import type { RawFields } from "../../../../src/engine/isa/s390/format.ts";
import { Program } from "../../../../src/engine/isa/s390/instruction.ts";
import { io } from "../../../../src/engine/isa/s390/io.ts";
import { ADDRESS, freshCpu, perform } from "./controlKit.ts";
import type { FakeCpu } from "./fakeCpu.ts";

let cpu: FakeCpu;
beforeEach(() => {
  cpu = freshCpu();
});
const execute = (mnemonic: string, f: Partial<RawFields> = {}): number | undefined =>
  perform(cpu, mnemonic, f);

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

  const ofChannels = io.map((entry) => entry.mnemonic).filter((mnemonic) => mnemonic !== "sic");
  it.each(ofChannels)("%s asks the channel subsystem by its name", (mnemonic) => {
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
    cpu.controls[5] = 0x6_0000n;
    cpu.store(0x6_0018n, 4, 0x8000_0000n, 0);
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
