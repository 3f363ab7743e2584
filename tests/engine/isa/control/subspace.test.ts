/**
 * Subspace groups and reduced authority (Principles of Operation, chapter 10, "BRANCH AND SET AUTHORITY" and
 * "BRANCH IN SUBSPACE GROUP"; chapter 5, "Subspace-replacement operations").
 */
import { beforeEach, describe, expect, it } from "vitest";
import { perform } from "./controlKit.ts";
import type { FakeCpu } from "./fakeCpu.ts";
import {
  BASE, INVALID, PRIMARY, SPACE_SWITCH_EVENT, SUBSPACE, SUBSPACE_GROUP, UNIT_CONTROL, asteOf, baseWorld,
  elementOf, linkageWorld, sequenceOf,
} from "./linkageWorld.ts";

const LIST = 0x2_6000n;
/** Entry 1 of the dispatchable unit's list is the subspace, 2 the base space, 3 a space of no group. */
const Alet = { base: 0, last: 1, subspace: 1 | (7 << 16), sameBase: 2 | (7 << 16), stranger: 3 | (7 << 16) };
const entries = [INVALID, SUBSPACE, BASE, PRIMARY];
const ACTIVE = 0x8000_0000n;

let cpu: FakeCpu;
beforeEach(() => {
  cpu = baseWorld();
  cpu.store(UNIT_CONTROL + 16n, 4, LIST, 0);
  entries.forEach((asn, i) => {
    const at = LIST + BigInt(i * 16);
    // Private, of an index that is not the program's: BSG asks for no authority.
    cpu.store(at, 4, 0x0107_0000n, 0);
    cpu.store(at + 8n, 4, asteOf(asn), 0);
    cpu.store(at + 12n, 4, sequenceOf(asn), 0);
  });
  cpu.setGr(5, 0x9000n);
});

const bsg = (alet: number, r1 = 6): number | undefined => {
  cpu.setAr(5, alet);
  return perform(cpu, "bsg", { r1, r2: 5 });
};
const unit = (offset: bigint): bigint => cpu.load(UNIT_CONTROL + offset, 4, 0);

describe("BRANCH IN SUBSPACE GROUP", () => {
  it("enters a subspace, the base space, and the subspace again", () => {
    expect(bsg(Alet.subspace)).toBeUndefined();
    // All of the element but its event controls, which are the base space's.
    expect([cpu.cr(1), cpu.cr(7)]).toEqual(Array(2).fill(elementOf(SUBSPACE) | SPACE_SWITCH_EVENT));
    expect([cpu.cr(3) & 0xffffn, cpu.branchedTo, cpu.gr(6)]).toEqual([BigInt(BASE), 0x9000n, 0x2000n]);
    expect([unit(4n), unit(12n)]).toEqual([ACTIVE | asteOf(SUBSPACE), sequenceOf(SUBSPACE)]);
    for (const alet of [Alet.base, Alet.sameBase]) {
      expect(bsg(alet)).toBeUndefined();
      expect([cpu.cr(1), cpu.cr(7)]).toEqual(Array(2).fill(elementOf(BASE) | SPACE_SWITCH_EVENT));
      expect([unit(4n), unit(12n)]).toEqual([asteOf(SUBSPACE), sequenceOf(SUBSPACE)]);
      expect(bsg(Alet.last)).toBeUndefined();
      expect([cpu.cr(1), unit(4n)]).toEqual([
        elementOf(SUBSPACE) | SPACE_SWITCH_EVENT, ACTIVE | asteOf(SUBSPACE),
      ]);
    }
  });

  it.each([24, 31] as const)("links in bits 32-63 and takes the mode from the target, %i bits", (mode) => {
    cpu.addressBits = mode;
    const old = cpu.gr(6);
    cpu.setGr(5, 0xffff_ffff_0000_0000n | (mode === 24 ? 0x8100_9000n : 0x9000n));
    expect(bsg(Alet.subspace)).toBeUndefined();
    expect(cpu.gr(6)).toBe((old & ~0xffff_ffffn) | (mode === 31 ? 0x8000_2000n : 0x2000n));
    expect([cpu.addressBits, cpu.branchedTo]).toEqual(mode === 24 ? [31, 0x0100_9000n] : [24, 0x9000n]);
  });

  const refusals: readonly (readonly [what: string, alet: number, code: number, breaks: () => void])[] = [
    ["translation", Alet.base, 0x13, () => (cpu.port.datOn = false)],
    ["a primary space of a group", Alet.base, 0x13, () => (cpu.controls[1]! &= ~SUBSPACE_GROUP)],
    ["the unit's own base space", Alet.base, 0x13, () => (cpu.controls[5] = asteOf(SUBSPACE))],
    ["a last subspace", Alet.last, 0x13, () => undefined],
    ["a space of the group", Alet.stranger, 0x13, () => undefined],
    ["a subspace, not another base space", Alet.subspace, 0x13, () =>
      cpu.store(asteOf(SUBSPACE), 4, cpu.load(asteOf(SUBSPACE), 4, 0) | 1n, 0)],
    ["a valid ALET", Alet.subspace | (1 << 25), 0x28, () => undefined],
    ["an entry of the list", 9, 0x29, () => undefined],
    ["its sequence number", Alet.subspace ^ (1 << 16), 0x2a, () => undefined],
    ["a valid space", 7 << 16, 0x2b, () => undefined],
    ["the space's sequence number", Alet.subspace, 0x2c, () => cpu.store(asteOf(SUBSPACE) + 20n, 4, 0n, 0)],
  ];
  it.each(refusals)("wants %s (ALET %i, exception %i) or changes nothing", (_, alet, code, breaks) => {
    breaks();
    const before = [...cpu.registers, ...cpu.controls, unit(4n), unit(12n)];
    expect(bsg(alet)).toBe(code);
    expect([...cpu.registers, ...cpu.controls, unit(4n), unit(12n)]).toEqual(before);
  });

  it("does not find a last subspace that has been replaced or invalidated", () => {
    bsg(Alet.subspace);
    cpu.store(asteOf(SUBSPACE) + 20n, 4, 1n, 0);
    expect(bsg(Alet.last)).toBe(0x2c);
    cpu.store(asteOf(SUBSPACE), 1, 0x80n, 0);
    expect(bsg(Alet.last)).toBe(0x2b);
  });
});

describe("an active subspace replaces its base space", () => {
  /** Each makes space BASE primary or secondary, from outside of the group. */
  const ways: readonly (readonly [mnemonic: string, perform: () => number | undefined, register: 1 | 7])[] = [
    ["ssar", () => {
      cpu.setGr(2, BigInt(BASE));
      return perform(cpu, "ssar", { r1: 2 });
    }, 7],
    ["pt", () => {
      cpu.setGr(2, BigInt(BASE));
      cpu.setGr(3, 0x4000n);
      return perform(cpu, "pt", { r1: 2, r2: 3 });
    }, 1],
  ];
  it.each(ways)("%s", (_mnemonic, go, register) => {
    cpu = linkageWorld();
    cpu.store(UNIT_CONTROL + 4n, 4, ACTIVE | asteOf(SUBSPACE), 0);
    cpu.store(UNIT_CONTROL + 12n, 4, sequenceOf(SUBSPACE), 0);
    expect([go(), cpu.cr(register)]).toEqual([undefined, elementOf(SUBSPACE)]);
    cpu = linkageWorld();
    cpu.store(UNIT_CONTROL + 4n, 4, asteOf(SUBSPACE), 0);
    expect([go(), cpu.cr(register)]).toEqual([undefined, elementOf(BASE)]);
    cpu = linkageWorld();
    cpu.store(UNIT_CONTROL + 4n, 4, ACTIVE | asteOf(SUBSPACE), 0);
    const old = cpu.cr(register);
    expect([go(), cpu.cr(register)]).toEqual([0x2c, old]);
  });
});

describe("BRANCH AND SET AUTHORITY", () => {
  const authority = (): unknown => [
    cpu.cr(3) >> 16n & 0xffffn, cpu.port.key, cpu.port.problemState, cpu.addressBits, cpu.branchedTo,
  ];

  it.each([24, 31, 64] as const)("gives up keys and takes them back, %i bits", (mode) => {
    cpu.addressBits = mode;
    cpu.port.key = 4;
    cpu.store(UNIT_CONTROL + 32n, 8, 0x1234_5678_9abc_def0n, 0);
    cpu.setGr(5, mode === 24 ? 0x9000n : mode === 31 ? 0x8100_9000n : 0x12_3456_9000n);
    cpu.setGr(7, 0xffff_ffff_00ff_ff90n);
    expect(perform(cpu, "bsa", { r1: 7, r2: 5 })).toBeUndefined();
    expect(authority()).toEqual([0x000fn, 9, true, mode, cpu.gr(5) & ~0x8000_0000n]);
    expect(unit(20n)).toBe((0x0f0fn << 16n) | 0x48n);
    const back = mode === 31 ? 0x8000_2000n : 0x2000n;
    expect(cpu.load(UNIT_CONTROL + 32n, 8, 0)).toBe(back);
    const inside = 0x5555_6666_7777_8888n;
    cpu.setGr(7, inside);
    expect(perform(cpu, "bsa", { r1: 7, r2: 0 })).toBeUndefined();
    expect(authority()).toEqual([0x0f0fn, 4, false, mode, 0x2000n]);
    expect(cpu.gr(7)).toBe(mode === 64 ? back : (inside & ~0xffff_ffffn) | back);
    expect(unit(20n) & 8n).toBe(0n);
  });

  it("keeps that it came from the problem state, and needs the key there", () => {
    cpu.port.problemState = true;
    cpu.setGr(7, 0xffff_0030n);
    expect(perform(cpu, "bsa", { r1: 7, r2: 5 })).toBe(2);
    cpu.setGr(7, 0xffff_0040n);
    expect(perform(cpu, "bsa", { r1: 7, r2: 5 })).toBeUndefined();
    expect(unit(20n) & 0xfn).toBe(9n);
    expect(perform(cpu, "bsa", { r1: 0, r2: 0 })).toBeUndefined();
    expect(cpu.port.problemState).toBe(true);
  });

  it("wants translation, a target while it gives up, and none when it takes back", () => {
    expect(perform(cpu, "bsa", { r1: 7, r2: 0 })).toBe(0x13);
    cpu.port.datOn = false;
    expect(perform(cpu, "bsa", { r1: 7, r2: 5 })).toBe(0x13);
    cpu.port.datOn = true;
    perform(cpu, "bsa", { r1: 7, r2: 5 });
    expect(perform(cpu, "bsa", { r1: 7, r2: 5 })).toBe(0x13);
  });
});
