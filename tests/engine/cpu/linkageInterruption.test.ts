/**
 * What the interruptions of program linkage leave behind: code, length, old PSW and the number in the
 * translation-exception identification (Principles of Operation, chapter 6, "Program-Interruption
 * Conditions"), with and without program-event recording.
 */
import { describe, expect, it } from "vitest";
import { Reg } from "../../../src/engine/cpu/layout.ts";
import { RegionCompiler } from "../../../src/engine/cpu/regionCompiler.ts";
import { Ask, DAT_MASK, ORIGIN, PSW_64, RecordingMachine, type Told } from "./recordingMachine.ts";

const REAL_SPACE = 0x20n;
const SPACE_SWITCH_EVENT = 0x40n;
const SUBSPACE_GROUP = 0x200n;
/** PSW bits 16 and 17: home-space mode. */
const HOME = 3n << 46n;
const [FIRST_TABLE, SECOND_TABLE, AUTHORITY, LINKAGE, ENTRIES, STACK] = [
  0x8000, 0x9000, 0xa000, 0xb000, 0xc000, 0xd000,
];
const asteOf = (asn: number): number => SECOND_TABLE + asn * 64;
const TARGET = 0x1_4000;
const IDENTIFICATION = 0xac;
const PREFILLED = 0x5a5a_5a5a;

interface Case {
  readonly program: string;
  /** Controls of the entry. */
  readonly controls?: number;
  readonly words?: { readonly [address: number]: number };
  readonly ask?: bigint;
  readonly mask?: bigint;
  readonly control?: { readonly [register: number]: bigint };
}

type Outcome = readonly [told: Told & { readonly register: number }, identification: number];

const machineOf = (program: string): RecordingMachine => new RecordingMachine(`${program}\nnopr\nnopr`);

function run({ program, ...rest }: Case): Outcome {
  const machine = machineOf(program);
  const told = execute(machine, rest);
  const { ram } = machine.core;
  return [{ ...told[0]!, register: ram.u8(0xa0) }, ram.u32(IDENTIFICATION)];
}

function execute(machine: RecordingMachine, one: Omit<Case, "program">): Told[] {
  const { controls = 0xc000_0000, words, ask = 0n, control, mask = 0n } = one;
  const { ram } = machine.core;
  const all = {
    [FIRST_TABLE]: SECOND_TABLE, [LINKAGE + 4]: ENTRIES, [IDENTIFICATION]: PREFILLED,
    [STACK]: 0x0100_0000, [STACK + 4]: 0x0800_0000,
    [ENTRIES + 4]: TARGET, [ENTRIES + 8]: 0xffff_0002, [ENTRIES + 16]: controls, [ENTRIES + 20]: asteOf(2),
    ...Object.fromEntries([1, 2].flatMap((asn) => [
      [asteOf(asn), AUTHORITY], [asteOf(asn) + 4, 0xf0], [asteOf(asn) + 12, asn === 2 ? 0x60 : 0x20],
      [asteOf(asn) + 24, (0x8000_0000 | LINKAGE) >>> 0],
    ])),
    [AUTHORITY]: 0xc000_0000, [TARGET]: 0x0700_0700,
    ...words,
  };
  for (const [at, word] of Object.entries(all)) ram.setU32(Number(at), word, "debugger");
  return machine.record(
    {
      ask, mask: PSW_64 | DAT_MASK | mask,
      control: {
        0: 0x0486_0000n, 1: REAL_SPACE, 3: 1n, 4: 1n, 5: BigInt(asteOf(1)), 7: REAL_SPACE, 13: REAL_SPACE,
        14: (1n << 19n) | BigInt(FIRST_TABLE >> 12), 15: BigInt(STACK), ...control,
      },
      registers: { 2: 2n, 3: BigInt(TARGET), 4: 0x104n, 8: 0x1_0100n },
      access: { 7: 0x0200_0000 },
    },
    () => undefined,
  );
}

describe("a space-switch event", () => {
  it.each([
    ["pc 0x100", 4, {}], ["pc 0x100", 4, { controls: 0x4000_0000 }], ["pt %r2,%r3", 4, {}],
    ["larl %r6,1f\nex %r0,0(%r6)\nj 2f\n1: pc 0x100\n2:", 4, {}],
    ["exrl %r0,1f\nj 2f\n1: pc 0x100\n2:", 6, {}],
  ])("of %s tells its length %i, where it went and the old number (%o)", (program, ilc, more) => {
    for (const ask of [0n, Ask.branch]) {
      const [told, number] = run({ program, ask, ...more });
      expect([told.code & 0x7f, told.ilc, told.next, number]).toEqual([0x1c, ilc, BigInt(TARGET), 1]);
      expect([told.code & 0x80, told.per]).toEqual(ask ? [0x80, 0x80] : [0, 0]);
    }
  });

  it("comes with every program event of an instruction that changes spaces, whatever the spaces say", () => {
    const words = { [asteOf(2) + 12]: 0x20 };
    for (const [program, next] of [["pc 0x100", BigInt(TARGET)], ["sac 0x300", ORIGIN + 4n]] as const) {
      const [told, number] = run({ program, words, ask: Ask.fetch });
      expect([told.code, told.ilc, told.next, told.per, number], program).toEqual([0x9c, 4, next, 0x40, 1]);
    }
    const [same] = run({ program: "sac 0x200", words, ask: Ask.fetch });
    expect(same.code).toBe(0x80);
  });

  it("of SAC tells the space that was left: its number and event control; the home space has none", () => {
    const control = { 1: REAL_SPACE | SPACE_SWITCH_EVENT };
    const [told, number] = run({ program: "sac 0x300", control });
    expect([told.code, told.next - ORIGIN, number]).toEqual([0x1c, 4n, 0x8000_0001]);
    const [home, none] = run({ program: "sac 0", mask: HOME, control });
    expect([home.code, home.next - ORIGIN, none]).toEqual([0x1c, 4n, 0]);
  });
});

describe("exceptions of program linkage", () => {
  it.each([
    ["pc 0(%r8)", 0x22, 0x1_0100],
    ["pc 0x108", 0x23, 0x108],
    ["pc 0x100", 0x21, 2, { [asteOf(2)]: 0x8000_0000 }],
    ["pt %r4,%r3", 0x20, 0x104, { [FIRST_TABLE + 16]: 0x8000_0000 }],
    ["pt %r2,%r3", 0x24, 2, { [AUTHORITY]: 0 }],
    ["ssar %r2", 0x25, 2, { [AUTHORITY]: 0 }],
  ] as const)("%s: %i nullifies and tells %i", (program, code, told, words = {}) => {
    const [got, number] = run({ program, words });
    expect([got.code, got.next - ORIGIN, number]).toEqual([code, 0n, told]);
  });

  it("of the linkage stack nullify and tell nothing more", () => {
    const [got, number] = run({ program: "pr" });
    expect([got.code, got.next - ORIGIN, got.ilc, number]).toEqual([0x31, 0n, 2, PREFILLED]);
  });

  it("of BRANCH IN SUBSPACE GROUP tell the access register, and ALET specification suppresses", () => {
    const words = { 0xe000: asteOf(1) };
    const control = { 1: REAL_SPACE | SUBSPACE_GROUP, 2: 0xe000n };
    const [got, number] = run({ program: "bsg %r0,%r7", words, control });
    expect([got.code, got.next - ORIGIN, number, got.register]).toEqual([0x28, 4n, PREFILLED, 7]);
  });
});

describe("calls and returns in hot code", () => {
  // AGHI 1,1; EPAR 0; SGR 1,0; PR: it counts its space in GR1, which no return restores.
  const called = Object.fromEntries(
    [0xa71b_0001, 0xb226_0000, 0xb909_0010, 0x0101_0000].map((word, i) => [TARGET + i * 4, word]),
  );
  it("come to the same when they are compiled: a space is entered and left 300 times", () => {
    const outcomes = [false, true].map((isCompiled) => {
      const machine = machineOf("lghi %r10,300\n1: pc 0x100\naghi %r9,3\nbrctg %r10,1b");
      const { core } = machine;
      if (isCompiled) core.compiler = new RegionCompiler(core, () => 0);
      core.heatLimit = 4;
      core.memory.u32[Reg.heatLimit >> 2] = core.heatLimit;
      const told = execute(machine, {
        words: { ...called, [asteOf(2) + 12]: 0x20 }, control: { 0: 0x0c86_0000n },
      });
      expect(told).toEqual([]);
      expect(core.compiledInstructions > 0n).toBe(isCompiled);
      return Array.from({ length: 16 }, (_, n) => [core.cpu.gr(n), core.cpu.cr(n), core.cpu.ar(n)]);
    });
    expect(outcomes[1]).toEqual(outcomes[0]);
    const [sum, count] = [outcomes[0]![1]![0], outcomes[0]![9]![0]];
    expect([sum, count]).toEqual([BigInt.asUintN(64, -300n), 900n]);
  });
});
