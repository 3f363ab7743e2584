/**
 * Access-register mode through access lists: compiled and helper instructions reach the space that an ALET
 * names, of both lists, and every link that is broken is told with its own exception and the access register.
 */
import { describe, expect, it } from "vitest";
import { Ask, DATA, DAT_MASK, PSW_64, RecordingMachine, type Told } from "./recordingMachine.ts";

const AR_MODE = PSW_64 | DAT_MASK | (1n << 46n);
/** Virtual is real. */
const REAL_SPACE = 0x20n;
const [UNIT_CONTROL, PRIMARY_ASTE, ASTE] = [0x8000, 0x8040, 0x8080];
const [UNIT_LIST, PRIMARY_LIST, AUTHORITY] = [0x9000, 0x9100, 0xa000];
const [SEGMENTS, PAGES, FRAME] = [0x4_0000, 0x4_1000, 0x6_0000];
const PAGE_ENTRY = PAGES + 8 * Number(DATA >> 12n);
/** Entry 9 of a list of 16; ALE sequence number 7. */
const NUMBER = 9;
const ALET = 0x0007_0000 + NUMBER;
const PRIMARY = 0x0100_0000;
const ENTRY = UNIT_LIST + 16 * NUMBER;
const [ALE_FLAGS, FETCH_ONLY, PRIVATE] = [0x0007_0000, 0x0200_0000, 0x0100_0000];
const EAX = 0x21;
const [INSIDE, OUTSIDE] = [0x1111_2222_3333_4444n, 0x5555_6666_7777_8888n];

const load = "lg %r1,0(%r5)";
const store = "stg %r1,0(%r5)";

interface Case {
  readonly what: string;
  readonly code: number;
  readonly program?: string;
  readonly alet?: number;
  /** Words of storage to be other than in a list that works. */
  readonly words?: { readonly [address: number]: number };
}

function run(one: Case, ask = 0n): { machine: RecordingMachine; code: number; told: Told[] } {
  const machine = new RecordingMachine(one.program ?? load);
  const { ram, cpu } = machine.core;
  const words = {
    [UNIT_CONTROL + 16]: UNIT_LIST + 1, [PRIMARY_ASTE + 16]: PRIMARY_LIST + 1,
    [ASTE]: AUTHORITY, [ASTE + 4]: 0x20, [ASTE + 8]: 0, [ASTE + 12]: SEGMENTS, [ASTE + 20]: 0x1234,
    [ENTRY]: ALE_FLAGS, [ENTRY + 8]: ASTE, [ENTRY + 12]: 0x1234,
    [PRIMARY_LIST + 16 * NUMBER]: ALE_FLAGS, [PRIMARY_LIST + 16 * NUMBER + 8]: ASTE,
    [PRIMARY_LIST + 16 * NUMBER + 12]: 0x1234,
    [SEGMENTS + 4]: PAGES, [PAGE_ENTRY + 4]: FRAME,
    ...one.words,
  };
  for (const [at, word] of Object.entries(words)) ram.setU32(Number(at), word, "debugger");
  ram.setU64(FRAME, INSIDE, "debugger");
  ram.setU64(Number(DATA), OUTSIDE, "debugger");
  ram.setU8(0xa0, 0xff, "debugger");
  cpu.setGr(1, 0n);
  const told = machine.record(
    {
      ask, mask: AR_MODE,
      control: {
        1: REAL_SPACE, 2: BigInt(UNIT_CONTROL), 5: BigInt(PRIMARY_ASTE), 7: REAL_SPACE,
        8: BigInt(EAX) << 16n,
      },
      registers: { 5: DATA }, access: { 5: one.alet ?? ALET },
    },
    () => undefined,
  );
  return { machine, told, code: told[0]?.code ?? 0 };
}

const working: readonly Case[] = [
  { what: "the dispatchable unit's list", code: 0 },
  { what: "the primary space's list", code: 0, alet: ALET | PRIMARY },
  { what: "a private entry of the own index", code: 0, words: { [ENTRY]: ALE_FLAGS | PRIVATE | EAX } },
  {
    what: "a private entry by secondary authority", code: 0,
    words: { [ENTRY]: ALE_FLAGS | PRIVATE, [AUTHORITY + 8]: 0x1000_0000 },
  },
  { what: "a fetch-only entry", code: 0, words: { [ENTRY]: ALE_FLAGS | FETCH_ONLY } },
];

const refused: readonly Case[] = [
  { what: "bits 0-6 of the ALET", code: 0x28, alet: ALET | 0x0200_0000 },
  { what: "an entry behind the list", code: 0x29, alet: ALET + 8 },
  { what: "an invalid entry", code: 0x29, words: { [ENTRY]: (ALE_FLAGS | 0x8000_0000) >>> 0 } },
  { what: "the sequence number of the entry", code: 0x2a, alet: ALET ^ 0x1_0000 },
  { what: "an invalid second-table entry", code: 0x2b, words: { [ASTE]: 0x8000_0000 } },
  { what: "the sequence number of the second-table entry", code: 0x2c, words: { [ASTE + 20]: 0x1235 } },
  { what: "a private entry of another index", code: 0x2d, words: { [ENTRY]: ALE_FLAGS | PRIVATE } },
  { what: "a missing page", code: 0x11, words: { [PAGE_ENTRY + 4]: 0x400 } },
  {
    what: "a store through a fetch-only entry", code: 4, program: store,
    words: { [ENTRY]: ALE_FLAGS | FETCH_ONLY },
  },
];

describe("operands in the space that an ALET names", () => {
  it.each(working)("are read through $what", (one) => {
    const { machine, code } = run(one);
    expect([code, machine.core.cpu.gr(1)]).toEqual([0, INSIDE]);
  });

  it.each([store, "mvc 0(8,%r5),8(%r6)", "cdsg %r2,%r8,0(%r5)"])("%s changes that space only", (program) => {
    const { machine, code } = run({ what: program, code: 0, program: `lghi %r6,0\nlgr %r2,%r6\n${program}` });
    const { ram } = machine.core;
    expect([code, ram.u64(Number(DATA))]).toEqual([0, OUTSIDE]);
    if (!program.startsWith("cdsg")) expect(ram.u64(FRAME)).toBe(0n);
  });

  it("say themselves whether stores to them are events", () => {
    for (const [what, element, events] of [["not", SEGMENTS, 0], ["yes", SEGMENTS + 0x80, 1]] as const) {
      const words = { [ASTE + 12]: element };
      const { told } = run({ what, code: 0, program: store, words }, Ask.alteration | Ask.alterationSpace);
      expect(told.map(({ per, access }) => [per, access]), what).toEqual(Array(events).fill([0x20, 5]));
    }
  });

  it.each(refused)("$what: exception $code tells the access register", (one) => {
    const { machine, code } = run(one);
    const { ram, cpu } = machine.core;
    expect([code, ram.u8(0xa0), cpu.gr(1), ram.u64(FRAME)]).toEqual([one.code, 5, 0n, INSIDE]);
  });
});
