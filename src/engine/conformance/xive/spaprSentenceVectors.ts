/**
 * A pseries machine's XIVE where the numbered vectors leave off: what is checked first when several things
 * are wrong, every flag, every priority, what a refusal leaves. Each follows from a sentence of the
 * specification (hypervisor calls of XIVE). The machine is that of the numbered ones.
 */
import { ALL_ONES, call, END_AT_RESET, hcall, type SpaprVector } from "./spaprSteps.ts";

const {
  GET_SOURCE_INFO, SET_SOURCE_CONFIG, GET_SOURCE_CONFIG, GET_QUEUE_INFO, SET_QUEUE_CONFIG, GET_QUEUE_CONFIG,
  SET_OS_REPORTING_LINE, GET_OS_REPORTING_LINE, ESB, SYNC, RESET,
} = hcall;
const FUNCTION = -2;
const PARAMETER = -4;
const P2 = -55;
const P3 = -56;
const P4 = -57;
const P5 = -58;

const queue6 = call(SET_QUEUE_CONFIG, [1n, 0n, 6n, 0x10000n, 16n], 0);
const QUEUE_6 = [0xe0040000, 0x00400000, 0, 0x10000, 0, 0, 0x400, 0x60000];
const MASKED_EAS = 0x8000_0000_8000_0000n;
const bits = Array.from({ length: 64 }, (_, bit) => 1n << BigInt(bit));
const upTo = (end: number): number[] => Array.from({ length: end }, (_, value) => value);

/** Each call with the flags that it knows, and arguments that are wrong throughout. */
const flagged: readonly (readonly [number: number, known: bigint, rest: bigint[]])[] = [
  [GET_SOURCE_INFO, 0n, [0x5000n]], [SET_SOURCE_CONFIG, 3n, [0x5000n, 63n, 7n, 0n]],
  [GET_SOURCE_CONFIG, 0n, [0x5000n]], [GET_QUEUE_INFO, 0n, [63n, 7n]],
  [SET_QUEUE_CONFIG, 1n, [63n, 7n, 1n, 13n]], [GET_QUEUE_CONFIG, 1n, [63n, 7n]],
  [ESB, 1n, [0x5000n, 0x20001n, 0n]], [SYNC, 0n, [0x5000n]], [RESET, 0n, []],
];

export const spaprSentenceVectors: readonly SpaprVector[] = [
  {
    id: "XA01", title: "flags are tested before all else, each of them, by each call",
    steps: flagged.flatMap(([number, known, rest]) =>
      bits.filter((bit) => (bit & known) === 0n).map((bit) => call(number, [bit, ...rest], PARAMETER))),
  },
  {
    id: "XA02", title: "reporting lines are no function, whatever the flags",
    steps: [SET_OS_REPORTING_LINE, GET_OS_REPORTING_LINE].flatMap((number) =>
      [0n, ...bits].map((flags) => call(number, [flags, 0n, 0n], FUNCTION))),
  },
  {
    id: "XA03", title: "the number before priority and target, as 64 bits, and also where the priority masks",
    steps: [
      ...[0x2000n, 0x1fffn, 0x1_0000_1300n].flatMap((lisn) => [7n, 0xffn].map((priority) =>
        call(SET_SOURCE_CONFIG, [0n, lisn, 63n, priority, 0n], P2))),
      call(SET_SOURCE_CONFIG, [0n, 0x1300n, 63n, 7n, 0n], P4),
    ],
  },
  {
    id: "XA04", title: "a queue's priority before its target, its size and its address",
    steps: [
      call(SET_QUEUE_CONFIG, [1n, 63n, 7n, 1n, 13n], P3), call(SET_QUEUE_CONFIG, [1n, 63n, 6n, 1n, 13n], P2),
      call(SET_QUEUE_CONFIG, [1n, 0n, 6n, 1n, 13n], P5), call(SET_QUEUE_CONFIG, [1n, 0n, 6n, 1n, 12n], P4),
      call(SET_QUEUE_CONFIG, [1n, 0n, 6n, 0x800000n, 24n], P4),
    ],
  },
  {
    id: "XA05", title: "four sizes of queues and none, of all up to 2^64",
    steps: upTo(65).filter((shift) => ![0, 12, 16, 21, 24].includes(shift)).map((shift) =>
      call(SET_QUEUE_CONFIG, [1n, 0n, 6n, 0n, BigInt(shift)], P5)),
  },
  {
    id: "XA06", title: "a refused configuration leaves the queue as it was",
    steps: [
      queue6, call(SET_QUEUE_CONFIG, [1n, 0n, 6n, 0x20001n, 16n], P4),
      call(SET_QUEUE_CONFIG, [0n, 0n, 6n, 0x20000n, 13n], P5),
      call(SET_QUEUE_CONFIG, [2n, 0n, 6n, 0x20000n, 16n], PARAMETER),
      { op: "check", end: 6, words: QUEUE_6 },
    ],
  },
  {
    id: "XA07", title: "targets count by 32 bits, priorities by 8",
    steps: [
      call(SET_QUEUE_CONFIG, [1n, 0x1_0000_0001n, 0x106n, 0x20000n, 16n], 0),
      { op: "check", end: 14, words: [0xe0040000, 0x00400000, 0, 0x20000, 0, 0, 0x401, 0x60000] },
      call(SET_SOURCE_CONFIG, [2n, 0x1300n, 0x5_0000_0001n, 0x106n, 5n], 0),
      { op: "check", lisn: 0x1300, eas: 0x8000_000e_0000_0005n },
      call(GET_QUEUE_INFO, [0n, 0n, 0x107n], P3),
    ],
  },
  {
    id: "XA08", title: "only 0xff in all 64 bits masks, and then nothing else is looked at",
    steps: [
      call(SET_SOURCE_CONFIG, [2n, 0x1300n, 1n, 6n, 5n], 0),
      call(SET_SOURCE_CONFIG, [0n, 0x1300n, 1n, 0x1_0000_00ffn, 0n], P4),
      { op: "check", lisn: 0x1300, eas: 0x8000_000e_0000_0005n },
      call(SET_SOURCE_CONFIG, [3n, 0x1300n, ALL_ONES, 0xffn, ALL_ONES], 0),
      { op: "check", lisn: 0x1300, eas: MASKED_EAS },
    ],
  },
  {
    id: "XA09", title: "an EISN has 31 bits; a masked source keeps it, and its END",
    steps: [
      call(SET_QUEUE_CONFIG, [1n, 1n, 6n, 0x20000n, 16n], 0),
      call(SET_SOURCE_CONFIG, [3n, 0x1300n, 1n, 6n, ALL_ONES], 0),
      { op: "check", lisn: 0x1300, eas: 0x8000_000e_ffff_ffffn },
      call(GET_SOURCE_CONFIG, [0n, 0x1300n], 0, [1n, 0xffn, 0x7fff_ffffn]),
    ],
  },
  {
    id: "XA10", title: "a guest has priorities 0 to 6, and 0xff to mask",
    steps: upTo(256).map((priority) => {
      const status = priority < 7 || priority === 0xff ? 0 : P4;
      return call(SET_SOURCE_CONFIG, [0n, 0x1300n, 0n, BigInt(priority), 0n], status);
    }),
  },
  {
    id: "XA11", title: "END pages lie by server and priority, 128 KiB apart",
    steps: [0, 1].flatMap((server) => upTo(7).map((priority) => call(
      GET_QUEUE_INFO, [0n, BigInt(server), BigInt(priority)], 0,
      [0x0006_0100_4000_0000n + BigInt(server * 8 + priority) * 0x20000n, 0n]))),
  },
  {
    id: "XA12", title: "H_INT_ESB: the last offset is the next source's management page",
    steps: [
      { op: "setPq", lisn: 0x1301, pq: 3 }, call(ESB, [0n, 0x1300n, 0x20000n, 0n], 0, [1n]),
      { op: "check", lisn: 0x1301, pq: 2 }, call(ESB, [0n, 0x1300n, 0x20001n, 0n], P3),
      call(ESB, [0n, 0x1302n, 0x20001n, 0n], P2), call(ESB, [1n, 0x1300n, 0xf00n, 0n], 0, [ALL_ONES]),
      { op: "check", lisn: 0x1300, pq: 3 },
    ],
  },
  {
    id: "XA13", title: "H_INT_ESB ends a line's interrupt, which comes again until the line is down",
    steps: [
      { op: "setPq", lisn: 0x1200, pq: 0 }, { op: "setIrq", lisn: 0x1200, level: 1 },
      call(ESB, [0n, 0x1200n, 0n, 0n], 0, [1n]), { op: "check", lisn: 0x1200, pq: 2 },
      { op: "setIrq", lisn: 0x1200, level: 0 }, call(ESB, [0n, 0x1200n, 0n, 0n], 0, [0n]),
      { op: "check", lisn: 0x1200, pq: 0 },
    ],
  },
  {
    id: "XA14", title: "a queue of size 0 is none, whatever address and flag say",
    steps: [
      queue6, call(SET_QUEUE_CONFIG, [1n, 0n, 6n, 0x7fff_ffff_ffff_ffffn, 0n], 0),
      { op: "check", end: 6, words: END_AT_RESET }, call(GET_QUEUE_CONFIG, [1n, 0n, 6n], 0, [0n, 0n, 0n, 0n]),
    ],
  },
  {
    id: "XA15", title: "RESET: sources masked and off, queues gone",
    steps: [
      queue6, call(SET_SOURCE_CONFIG, [2n, 0x1300n, 0n, 6n, 5n], 0), { op: "setPq", lisn: 0x1300, pq: 3 },
      call(RESET, [0n], 0),
      { op: "check", lisn: 0x1300, pq: 1, eas: MASKED_EAS, end: 6, words: END_AT_RESET },
    ],
  },
  {
    id: "XA16", title: "what the kernel refuses leaves the machine's tables", kernel: true,
    steps: [
      ...[[1n, 12n], [1n, 21n], [0n, 16n]].map(([flags, shift]) =>
        call(SET_QUEUE_CONFIG, [flags!, 0n, 6n, 0n, shift!], -1)),
      { op: "check", end: 6, words: END_AT_RESET }, call(SET_SOURCE_CONFIG, [2n, 0x1300n, 0n, 6n, 5n], -1),
      { op: "check", lisn: 0x1300, eas: MASKED_EAS },
      call(SET_SOURCE_CONFIG, [0n, 0x1300n, 9n, 0xffn, 0n], 0),
    ],
  },
];
