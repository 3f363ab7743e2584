/**
 * BRANCH AND SET MODE and BRANCH AND SAVE AND SET MODE (Principles of Operation, chapter 7), from every
 * addressing mode into every other. The peers have neither.
 */
import { describe, expect, it } from "vitest";
import { freshCpu, perform } from "./controlKit.ts";
import type { FakeCpu } from "./fakeCpu.ts";

const modes = [24, 31, 64] as const;
type Mode = (typeof modes)[number];
const NEXT = 0x2000n;
const OLD = 0x1234_5678_7654_3210n;
/** Bits of a register as an address is kept in it: 63 for the 64-bit mode, 32 for the 31-bit mode. */
const tagged: Readonly<Record<Mode, bigint>> = {
  24: 0xffff_ffff_7fab_cdeen, 31: 0xffff_ffff_8fab_cdeen, 64: 0x0123_4567_8fab_cdefn,
};
const reached: Readonly<Record<Mode, bigint>> = {
  24: 0xab_cdeen, 31: 0x0fab_cdeen, 64: 0x0123_4567_8fab_cdeen,
};
const savedMode: Readonly<Record<Mode, bigint>> = {
  24: 0x1234_5678_7654_3210n, 31: 0x1234_5678_f654_3210n, 64: 0x1234_5678_7654_3211n,
};
const link: Readonly<Record<Mode, bigint>> = {
  24: 0x1234_5678_0000_2000n, 31: 0x1234_5678_8000_2000n, 64: 0x2001n,
};

interface Outcome {
  readonly cpu: FakeCpu;
  readonly into: Mode | undefined;
}
function run(mnemonic: string, from: Mode, r1: number, r2: number, target: bigint): Outcome {
  const cpu = freshCpu();
  let into: Mode | undefined;
  cpu.addressBits = from;
  cpu.port.pswAddress = () => NEXT;
  cpu.port.setAddressingMode = (bits) => { into = bits; };
  cpu.setGr(r1, OLD);
  cpu.setGr(r2, target);
  expect(perform(cpu, mnemonic, { r1, r2 })).toBeUndefined();
  return { cpu, into };
}
const pairs = modes.flatMap((from) => modes.map((to) => [from, to] as const));

describe("BSM and BASSM", () => {
  it.each(pairs)("from the %i-bit to the %i-bit mode keep what brings back, and go there", (from, to) => {
    for (const [mnemonic, kept] of [["bsm", savedMode], ["bassm", link]] as const) {
      const { cpu, into } = run(mnemonic, from, 5, 6, tagged[to]);
      expect(cpu.gr(5), mnemonic).toBe(kept[from]);
      expect([into, cpu.branchedTo], mnemonic).toEqual([to, reached[to]]);
    }
  });
  it.each(modes)("with R2 zero stay in the %i-bit mode where they are", (from) => {
    for (const [mnemonic, kept] of [["bsm", savedMode], ["bassm", link]] as const) {
      const { cpu, into } = run(mnemonic, from, 5, 0, tagged[64]);
      expect(cpu.gr(5), mnemonic).toBe(kept[from]);
      expect([into, cpu.branchedTo], mnemonic).toEqual([undefined, undefined]);
    }
  });
  it.each(pairs)("from %i to %i: BSM with R1 zero keeps nothing; one register leads on", (from, to) => {
    const nothing = run("bsm", from, 0, 6, tagged[to]);
    expect([nothing.cpu.gr(0), nothing.into]).toEqual([OLD, to]);
    for (const mnemonic of ["bsm", "bassm"]) {
      const { cpu, into } = run(mnemonic, from, 6, 6, tagged[to]);
      expect([into, cpu.branchedTo], mnemonic).toEqual([to, reached[to]]);
    }
  });
});
