/**
 * POWER9 XIVE at its registers, as data: ESB (X01-X18), ENDs and queues (X19-X28), thread contexts (X29-X43).
 * Ids are stable; a vector is never reused for something else. Numbers are as the architecture writes them.
 *
 * One controller with 0x2000 sources and ENDs 0 to 15, NVT 0x400 valid, thread 0 with its OS context on NVT
 * 0x400 unless said; source 0x10 is the source under test and END 0 the END.
 */

export interface SourceState {
  /** Two bits as text, P first. */
  readonly pq: "00" | "01" | "10" | "11";
  readonly lsi?: boolean;
  readonly asserted?: boolean;
  readonly storeEoi?: boolean;
}

export type ChipStep =
  /** `result` undefined: the access fails, which reads as all ones. `forwards` counts events sent. */
  | {
    readonly op: "esbLoad"; readonly page: "M" | "T"; readonly at: number; readonly result?: number;
    readonly forwards?: number;
  }
  | {
    readonly op: "esbStore"; readonly page: "M" | "T"; readonly at: number; readonly refused?: boolean;
    readonly forwards?: number;
  }
  | { readonly op: "setIrq"; readonly level: 0 | 1; readonly forwards?: number }
  | { readonly op: "event"; readonly data: number }
  /** `page`: 1 HV, 2 OS. */
  | {
    readonly op: "timaLoad"; readonly page: number; readonly at: number; readonly size: number;
    readonly result: bigint | "refused";
  }
  | {
    readonly op: "timaStore"; readonly page: number; readonly at: number; readonly size: number;
    readonly value: bigint; readonly refused?: boolean;
  }
  | { readonly op: "check"; readonly is: ChipCheck };

export interface ChipCheck {
  readonly pq?: "00" | "01" | "10" | "11";
  readonly asserted?: boolean;
  /** By word number. */
  readonly end?: Readonly<Record<number, number>>;
  /** Words of END 15. */
  readonly escalationEnd?: Readonly<Record<number, number>>;
  /** Guest address and the four bytes there, in hexadecimal. */
  readonly memory?: readonly [address: number, bytes: string];
  readonly cppr?: number;
  readonly ipb?: number;
  readonly pipr?: number;
  readonly nsr?: number;
  readonly line?: boolean;
  readonly word2?: number;
  readonly poolWord2?: number;
  readonly nvtWord4?: number;
}

export interface ChipVector {
  readonly id: string;
  readonly title: string;
  readonly source?: SourceState;
  readonly eas?: bigint;
  readonly end?: Readonly<Record<number, number>>;
  readonly escalationEnd?: Readonly<Record<number, number>>;
  /** The OS context is on no thread. */
  readonly notDispatched?: boolean;
  readonly context?: {
    readonly cppr?: number; readonly ipb?: number; readonly pipr?: number; readonly nsr?: number;
    readonly line?: boolean; readonly word2?: number; readonly poolWord2?: number;
  };
  readonly nvtIpb?: number;
  readonly steps: readonly ChipStep[];
}

const M = "M";
const T = "T";
const QUEUE = { 2: 0, 3: 0x100000, 6: 0x400 } as const;
const check = (is: ChipCheck): ChipStep => ({ op: "check", is });

export const xiveChipVectors: readonly ChipVector[] = [
  {
    id: "X01", title: "an EOI never unmasks", source: { pq: "01" },
    steps: [{ op: "esbLoad", page: M, at: 0, result: 0, forwards: 0 }, check({ pq: "01" })],
  },
  {
    id: "X02", title: "an EOI with Q sends again", source: { pq: "11" },
    steps: [{ op: "esbLoad", page: M, at: 0x3f8, result: 1, forwards: 1 }, check({ pq: "10" })],
  },
  {
    id: "X03", title: "a load at 0x400 is an EOI", source: { pq: "10" },
    steps: [{ op: "esbLoad", page: M, at: 0x400, result: 0, forwards: 0 }, check({ pq: "00" })],
  },
  {
    id: "X04", title: "Store-EOI is ignored where it is not offered", source: { pq: "11" },
    steps: [{ op: "esbStore", page: M, at: 0x400, refused: true, forwards: 0 }, check({ pq: "11" })],
  },
  {
    id: "X05", title: "Store-EOI sends again", source: { pq: "11", storeEoi: true },
    steps: [{ op: "esbStore", page: M, at: 0x400, forwards: 1 }, check({ pq: "10" })],
  },
  {
    id: "X06", title: "SET_PQ_00 returns a Q that it loses", source: { pq: "11" },
    steps: [{ op: "esbLoad", page: M, at: 0xc00, result: 3, forwards: 0 }, check({ pq: "00" })],
  },
  {
    id: "X07", title: "an injection does not ask P", source: { pq: "10" },
    steps: [{ op: "esbStore", page: M, at: 0x800, forwards: 1 }, check({ pq: "10" })],
  },
  {
    id: "X08", title: "an injection does not ask whether the source is off", source: { pq: "01" },
    steps: [{ op: "esbStore", page: M, at: 0x800, forwards: 1 }, check({ pq: "01" })],
  },
  {
    id: "X09", title: "the trigger page cannot be loaded", source: { pq: "10" },
    steps: [{ op: "esbLoad", page: T, at: 0x800, forwards: 0 }, check({ pq: "10" })],
  },
  {
    id: "X10", title: "any store on the trigger page triggers", source: { pq: "00" },
    steps: [{ op: "esbStore", page: T, at: 0xd00, forwards: 1 }, check({ pq: "10" })],
  },
  {
    id: "X11", title: "SET_PQ_10 with ordering", source: { pq: "00" },
    steps: [{ op: "esbLoad", page: M, at: 0xe40, result: 0, forwards: 0 }, check({ pq: "10" })],
  },
  {
    id: "X12", title: "bits 11:0 select the operation", source: { pq: "00" },
    steps: [{ op: "esbStore", page: M, at: 0x1d00, forwards: 0 }, check({ pq: "01" })],
  },
  {
    id: "X13", title: "an asserted line sends again at its EOI", source: { pq: "00", lsi: true },
    steps: [
      { op: "setIrq", level: 1, forwards: 1 }, { op: "setIrq", level: 1, forwards: 0 },
      { op: "esbLoad", page: M, at: 0, result: 1, forwards: 1 }, check({ pq: "10", asserted: true }),
    ],
  },
  {
    id: "X14", title: "an asserted line swallows the Q of its EOI",
    source: { pq: "10", lsi: true, asserted: true },
    steps: [
      { op: "esbStore", page: T, at: 0, forwards: 0 }, check({ pq: "11" }),
      { op: "esbLoad", page: M, at: 0, result: 0, forwards: 0 }, check({ pq: "10" }),
    ],
  },
  {
    id: "X15", title: "an asserted line that is off stays off",
    source: { pq: "01", lsi: true, asserted: true },
    steps: [{ op: "esbLoad", page: M, at: 0, result: 0, forwards: 0 }, check({ pq: "01" })],
  },
  {
    id: "X16", title: "a line that went down ends", source: { pq: "10", lsi: true, asserted: true },
    steps: [
      { op: "setIrq", level: 0, forwards: 0 }, { op: "esbLoad", page: M, at: 0, result: 0, forwards: 0 },
      check({ pq: "00", asserted: false }),
    ],
  },
  {
    id: "X18", title: "a masked EAS drops, and the source is stuck until its EOI",
    source: { pq: "00" }, eas: 0x8000000080000000n, end: { ...QUEUE, 0: 0xe0040000, 1: 0x00400000 },
    steps: [
      { op: "esbStore", page: T, at: 0 }, check({ pq: "10" }), { op: "esbStore", page: T, at: 0 },
      check({ pq: "11" }), { op: "esbLoad", page: M, at: 0, result: 1 },
      check({ pq: "10", end: { 1: 0x00400000 }, memory: [0x100000, "00000000"] }),
    ],
  },
  {
    id: "X19", title: "the last entry wraps and flips the generation",
    end: { ...QUEUE, 0: 0xe0040000, 1: 0x00403fff },
    steps: [{ op: "event", data: 0x11 }, check({ memory: [0x10fffc, "80000011"], end: { 1: 0 } })],
  },
  {
    id: "X20", title: "an entry of generation 0", end: { ...QUEUE, 0: 0xe0040000, 1: 0 },
    steps: [{ op: "event", data: 0x7fffffff }, check({ memory: [0x100000, "7fffffff"], end: { 1: 1 } })],
  },
  {
    id: "X21", title: "without n, ESn lets one notification through",
    end: { ...QUEUE, 0: 0xc0040000, 1: 0x00400000, 7: 0x00060000 }, context: { cppr: 0xff },
    steps: [
      { op: "event", data: 1 }, check({ end: { 1: 0x80400001 }, ipb: 0x02, nsr: 0x80 }),
      { op: "timaLoad", page: 2, at: 0x810, size: 2, result: 0x8006n }, { op: "event", data: 2 },
      check({ end: { 1: 0xc0400002 }, memory: [0x100004, "80000002"], ipb: 0, nsr: 0 }),
    ],
  },
  {
    id: "X22", title: "priority 0xff queues and tells nobody",
    end: { ...QUEUE, 0: 0xe0040000, 1: 0x00400000, 7: 0x00ff0000 }, context: { cppr: 0xff },
    steps: [
      { op: "event", data: 5 },
      check({ memory: [0x100000, "80000005"], end: { 1: 0x00400001 }, ipb: 0, nsr: 0 }),
    ],
  },
  {
    id: "X23", title: "a silent END queues and tells nobody",
    end: { ...QUEUE, 0: 0xe1040000, 1: 0x00400000, 7: 0x00060000 }, context: { cppr: 0xff },
    steps: [
      { op: "event", data: 5 },
      check({ memory: [0x100000, "80000005"], end: { 1: 0x00400001 }, ipb: 0, nsr: 0 }),
    ],
  },
  {
    id: "X24", title: "without backlog an undispatched target hears nothing, ever",
    end: { ...QUEUE, 0: 0xe0040000, 1: 0x00400000, 7: 0x00060000 }, notDispatched: true,
    context: { cppr: 0xff },
    steps: [
      { op: "event", data: 5 }, check({ memory: [0x100000, "80000005"], nvtWord4: 0 }),
      { op: "timaStore", page: 1, at: 0x18, size: 4, value: 0x80000400n }, check({ ipb: 0, line: false }),
    ],
  },
  {
    id: "X25", title: "a backlog keeps the priority in the NVT",
    end: { ...QUEUE, 0: 0xf0040000, 1: 0x00400000, 7: 0x00060000 }, notDispatched: true,
    steps: [{ op: "event", data: 5 }, check({ nvtWord4: 0x0200 })],
  },
  {
    id: "X26", title: "an escalation that is off stays off",
    end: { ...QUEUE, 0: 0xe4040000, 1: 0x10400000, 4: 0xf, 7: 0x00060000 }, notDispatched: true,
    escalationEnd: { 0: 0xe0040000, 1: 0x00400000, 2: 0, 3: 0x120000, 6: 0x400, 7: 0x00060000 },
    steps: [
      { op: "event", data: 5 },
      check({ end: { 1: 0x10400001 }, escalationEnd: { 1: 0x00400000 }, memory: [0x120000, "00000000"] }),
    ],
  },
  {
    id: "X27", title: "an unconditional escalation does not ask ESe",
    end: { ...QUEUE, 0: 0xe6040000, 1: 0x10400000, 4: 0xf, 5: 0x42, 7: 0x00060000 }, notDispatched: true,
    escalationEnd: { 0: 0xe0040000, 1: 0x00400000, 2: 0, 3: 0x120000, 6: 0x400, 7: 0x00060000 },
    steps: [
      { op: "event", data: 5 },
      check({ end: { 1: 0x10400001 }, escalationEnd: { 1: 0x00400001 }, memory: [0x120000, "80000042"] }),
    ],
  },
  {
    id: "X28", title: "an END after reset drops", source: { pq: "00" }, eas: 0x8000000000000010n,
    steps: [
      { op: "esbStore", page: T, at: 0 }, check({ pq: "10", end: { 0: 0, 1: 0x50000000, 2: 0, 3: 0 } }),
    ],
  },
  {
    id: "X29", title: "a thread context after reset, AGE hidden",
    steps: [{ op: "timaLoad", page: 2, at: 0x10, size: 8, result: 0x000000ffff0000ffn }],
  },
  {
    id: "X30", title: "a CPPR above 7 is 0xff",
    steps: [
      { op: "timaStore", page: 2, at: 0x11, size: 1, value: 9n },
      check({ cppr: 0xff, pipr: 0xff, line: false }),
    ],
  },
  {
    id: "X31", title: "pending, presented, acknowledged", context: { cppr: 0xff },
    steps: [
      { op: "timaStore", page: 2, at: 0x812, size: 1, value: 6n },
      check({ ipb: 0x02, pipr: 6, nsr: 0x80, line: true }),
      { op: "timaLoad", page: 2, at: 0x810, size: 2, result: 0x8006n },
      check({ ipb: 0, pipr: 0xff, nsr: 0, cppr: 6, line: false }),
    ],
  },
  {
    id: "X32", title: "a spurious acknowledge changes nothing", context: { cppr: 0xff },
    steps: [
      { op: "timaLoad", page: 2, at: 0x810, size: 2, result: 0x00ffn },
      check({ cppr: 0xff, ipb: 0, nsr: 0, pipr: 0xff }),
    ],
  },
  {
    id: "X33", title: "the more favoured first, the other when CPPR allows", context: { cppr: 0xff },
    steps: [
      { op: "timaStore", page: 2, at: 0x812, size: 1, value: 6n },
      { op: "timaStore", page: 2, at: 0x812, size: 1, value: 4n },
      { op: "timaLoad", page: 2, at: 0x810, size: 2, result: 0x8004n },
      check({ cppr: 4, ipb: 0x02, pipr: 6, nsr: 0 }),
      { op: "timaStore", page: 2, at: 0x11, size: 1, value: 0xffn }, check({ nsr: 0x80, line: true }),
    ],
  },
  {
    id: "X34", title: "a line that is up stays up under a more favoured CPPR",
    context: { nsr: 0x80, ipb: 0x02, pipr: 6, cppr: 0xff, line: true },
    steps: [
      { op: "timaStore", page: 2, at: 0x11, size: 1, value: 5n }, check({ nsr: 0x80, line: true }),
      { op: "timaLoad", page: 2, at: 0x810, size: 2, result: 0x8006n }, check({ cppr: 6, ipb: 0 }),
    ],
  },
  {
    id: "X35", title: "priority 8 adds no bit", context: { cppr: 0xff, ipb: 0x02, pipr: 6, nsr: 0x80 },
    steps: [
      { op: "timaStore", page: 2, at: 0x812, size: 1, value: 8n }, check({ ipb: 0x02, pipr: 6, nsr: 0x80 }),
    ],
  },
  {
    id: "X36", title: "raw byte loads are refused", context: { cppr: 5 },
    steps: [{ op: "timaLoad", page: 2, at: 0x11, size: 1, result: "refused" }],
  },
  {
    id: "X37", title: "a raw store writes CPPR alone, unclamped",
    context: { ipb: 0x02, pipr: 6, cppr: 0, nsr: 0 },
    steps: [
      { op: "timaStore", page: 2, at: 0x10, size: 8, value: 0x1122334455667788n },
      check({ cppr: 0x22, ipb: 0x02, pipr: 6, nsr: 0, line: false }),
    ],
  },
  {
    id: "X38", title: "a context cannot be pulled through the OS page", context: { cppr: 0xff, ipb: 2 },
    steps: [
      { op: "timaLoad", page: 2, at: 0x818, size: 4, result: "refused" },
      check({ word2: 0x80000400, ipb: 2 }),
    ],
  },
  {
    id: "X39", title: "a pull returns word 2 as it was",
    context: { word2: 0x80000401, nsr: 0x80, line: true },
    steps: [
      { op: "timaLoad", page: 1, at: 0x818, size: 4, result: 0x80000401n },
      check({ word2: 0x00000401, line: false, nsr: 0x80 }),
      { op: "timaLoad", page: 1, at: 0x818, size: 4, result: 0x00000401n },
      check({ word2: 0x00000401, nsr: 0x80 }),
    ],
  },
  {
    id: "X40", title: "a pool pull returns word 2 as it is then", context: { poolWord2: 0x80000005 },
    steps: [
      { op: "timaLoad", page: 1, at: 0x828, size: 4, result: 0x00000005n }, check({ poolWord2: 0x00000005 }),
    ],
  },
  {
    id: "X41", title: "pushing a context takes its backlog", nvtIpb: 0x02,
    context: { ipb: 0x20, cppr: 0xff, word2: 0 },
    steps: [
      { op: "timaStore", page: 1, at: 0x18, size: 4, value: 0x80000400n },
      check({ nvtWord4: 0, ipb: 0x22, pipr: 2, nsr: 0x80, line: true }),
    ],
  },
  {
    id: "X42", title: "a context cannot be pushed through the OS page", nvtIpb: 0x02,
    context: { ipb: 0x20, cppr: 0xff, word2: 0 },
    steps: [
      { op: "timaStore", page: 2, at: 0x18, size: 4, value: 0x80000400n, refused: true },
      check({ nvtWord4: 0x0200, ipb: 0x20, word2: 0 }),
    ],
  },
  {
    id: "X43", title: "0x812 is a store", context: { cppr: 0xff },
    steps: [
      { op: "timaLoad", page: 2, at: 0x812, size: 2, result: "refused" }, check({ ipb: 0, cppr: 0xff }),
    ],
  },
];
