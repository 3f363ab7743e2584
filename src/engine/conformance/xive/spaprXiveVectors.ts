/**
 * A pseries machine's XIVE, as data: hypervisor calls (X44-X62), and the machine with its sources in the
 * kernel (X17, X82-X85). Ids are stable; a vector is never reused for something else. An id has a letter
 * where it is one half of a pair.
 *
 * vCPUs 0 and 1 exist; LISN 0x1300 and 0x1301 are claimed for messages, 0x1200 for a level-sensitive line.
 * `kernel`: sources and queues are KVM's.
 */

import { ALL_ONES, call, END_AT_RESET, hcall, type SpaprVector } from "./spaprSteps.ts";

const {
  GET_SOURCE_INFO, SET_SOURCE_CONFIG, GET_SOURCE_CONFIG, GET_QUEUE_INFO, SET_QUEUE_CONFIG, GET_QUEUE_CONFIG,
  ESB,
} = hcall;

const x49 = call(SET_SOURCE_CONFIG, [2n, 0x1300n, 1n, 6n, 0x1300n], 0);
const x54 = call(SET_QUEUE_CONFIG, [1n, 0n, 6n, 0x10000n, 0x10n], 0);

export const spaprXiveVectors: readonly SpaprVector[] = [
  {
    id: "X17", title: "a line that goes down triggers the kernel's source", kernel: true,
    steps: [
      { op: "setPq", lisn: 0x1200, pq: 0 }, { op: "setIrq", lisn: 0x1200, level: 0 },
      { op: "check", lisn: 0x1200, pq: 2, asserted: false },
    ],
  },
  {
    id: "X44", title: "pages of a message source",
    steps: [call(GET_SOURCE_INFO, [0n, 0x1300n], 0,
      [0n, 0x0006010026010000n, 0x0006010026000000n, 0x10n])],
  },
  {
    id: "X45", title: "a level-sensitive source is reached by H_INT_ESB",
    steps: [call(GET_SOURCE_INFO, [0n, 0x1200n], 0, [0xcn, ALL_ONES, ALL_ONES, 0x10n])],
  },
  {
    id: "X46", title: "flags are tested before the number",
    steps: [call(GET_SOURCE_INFO, [1n, 0x5000n], -4)],
  },
  {
    id: "X47", title: "priority before target",
    steps: [call(SET_SOURCE_CONFIG, [0n, 0x1300n, 0x63n, 7n, 0n], -57)],
  },
  {
    id: "X48", title: "an unknown target changes nothing",
    steps: [
      call(SET_SOURCE_CONFIG, [0n, 0x1300n, 0x63n, 6n, 0n], -56),
      { op: "check", lisn: 0x1300, eas: 0x8000000080000000n },
    ],
  },
  {
    id: "X49", title: "a source is routed",
    steps: [x49, { op: "check", lisn: 0x1300, eas: 0x8000000e00001300n }],
  },
  {
    id: "X50", title: "the EISN stays unless its flag is set",
    steps: [
      x49, call(SET_SOURCE_CONFIG, [1n, 0x1300n, 1n, 6n, 0x77n], 0),
      { op: "check", lisn: 0x1300, eas: 0x8000000e80001300n },
    ],
  },
  {
    id: "X51", title: "priority 0xff masks and forgets, whatever else is asked",
    steps: [
      x49, call(SET_SOURCE_CONFIG, [0n, 0x1300n, 0x63n, 0xffn, 0n], 0),
      { op: "check", lisn: 0x1300, eas: 0x8000000080000000n },
    ],
  },
  {
    id: "X52", title: "priorities are truncated to 8 bits, but for the test for 0xff",
    steps: [
      call(SET_SOURCE_CONFIG, [0n, 0x1300n, 1n, 0x100n, 0n], 0),
      { op: "check", lisn: 0x1300, eas: 0x8000000800000000n },
      call(SET_SOURCE_CONFIG, [0n, 0x1300n, 1n, 0x1ffn, 0n], -57),
      { op: "check", lisn: 0x1300, eas: 0x8000000800000000n },
    ],
  },
  {
    id: "X53", title: "the target of a queue that was never configured",
    steps: [call(GET_SOURCE_CONFIG, [0n, 0x1300n], 0, [0xfffffc00n, 0xffn, 0n])],
  },
  {
    id: "X54", title: "a queue is configured",
    steps: [
      x54,
      { op: "check", end: 6, words: [0xe0040000, 0x00400000, 0, 0x10000, 0, 0, 0x400, 0x00060000] },
    ],
  },
  {
    id: "X55", title: "which refusal comes first",
    steps: [
      call(SET_QUEUE_CONFIG, [1n, 0n, 6n, 0x18000n, 0x10n], -57),
      call(SET_QUEUE_CONFIG, [1n, 0n, 6n, 0x18000n, 0xdn], -58),
      call(SET_QUEUE_CONFIG, [1n, 0x63n, 7n, 0n, 0x10n], -56),
      call(SET_QUEUE_CONFIG, [2n, 0x63n, 7n, 0n, 0x10n], -4),
      { op: "check", end: 6, words: END_AT_RESET },
    ],
  },
  {
    id: "X56a", title: "a queue that does not always notify",
    steps: [
      call(SET_QUEUE_CONFIG, [0n, 0n, 6n, 0x10000n, 0x10n], 0),
      { op: "check", end: 6, words: [0xc0040000, 0x00400000, 0, 0x10000, 0, 0, 0x400, 0x00060000] },
    ],
  },
  {
    id: "X56b", title: "KVM refuses a queue that does not always notify", kernel: true,
    steps: [
      call(SET_QUEUE_CONFIG, [0n, 0n, 6n, 0x10000n, 0x10n], -1),
      { op: "check", end: 6, words: END_AT_RESET },
    ],
  },
  {
    id: "X57a", title: "a queue of 4 KiB",
    steps: [
      call(SET_QUEUE_CONFIG, [1n, 0n, 6n, 0x10000n, 0xcn], 0),
      { op: "check", end: 6, words: [0xe0000000, 0x00400000, 0, 0x10000, 0, 0, 0x400, 0x00060000] },
    ],
  },
  {
    id: "X57b", title: "KVM takes queues of 64 KiB only", kernel: true,
    steps: [
      call(SET_QUEUE_CONFIG, [1n, 0n, 6n, 0x10000n, 0xcn], -1),
      { op: "check", end: 6, words: END_AT_RESET },
    ],
  },
  {
    id: "X58", title: "size 0 resets the queue",
    steps: [
      x54, call(SET_QUEUE_CONFIG, [0n, 0n, 6n, 0xffffn, 0n], 0),
      { op: "check", end: 6, words: END_AT_RESET },
    ],
  },
  {
    id: "X59", title: "generation and index are for debugging",
    steps: [
      x54, call(GET_QUEUE_CONFIG, [1n, 0n, 6n], 0, [0x4000000000000001n, 0x10000n, 0x10n, 0n]),
      call(GET_QUEUE_CONFIG, [0n, 0n, 6n], 0, [1n, 0x10000n, 0x10n, 0n]),
    ],
  },
  {
    id: "X60", title: "pages of a queue's END",
    steps: [
      call(GET_QUEUE_INFO, [0n, 1n, 6n], 0, [0x00060100401c0000n, 0n]),
      call(SET_QUEUE_CONFIG, [1n, 1n, 6n, 0x10000n, 0x10n], 0),
      call(GET_QUEUE_INFO, [0n, 1n, 6n], 0, [0x00060100401c0000n, 0x10n]),
    ],
  },
  {
    id: "X61", title: "an offset past the management page is the next source",
    steps: [
      { op: "setPq", lisn: 0x1301, pq: 0 }, call(ESB, [1n, 0x1300n, 0x10000n, 0n], 0, [ALL_ONES]),
      { op: "check", lisn: 0x1301, pq: 2 }, { op: "check", lisn: 0x1300, pq: 1 },
    ],
  },
  {
    id: "X62", title: "the bound of the offset is inclusive",
    steps: [call(ESB, [0n, 0x1300n, 0x20001n, 0n], -56), call(ESB, [0n, 0x1300n, 0x20000n, 0n], 0)],
  },
  {
    id: "X82", title: "a machine that stops latches what comes; what is off stays off", kernel: true,
    steps: [
      { op: "setPq", lisn: 0x1200, pq: 1 }, { op: "setPq", lisn: 0x1300, pq: 0 },
      { op: "setPq", lisn: 0x1301, pq: 3 }, { op: "stop" },
      { op: "check", lisn: 0x1200, pq: 1, saved: 1 }, { op: "check", lisn: 0x1300, pq: 2, saved: 0 },
      { op: "check", lisn: 0x1301, pq: 2, saved: 3 },
    ],
  },
  {
    id: "X83", title: "what came while the machine stood is sent once", kernel: true,
    steps: [
      { op: "setPq", lisn: 0x1300, pq: 3, saved: 0 }, { op: "resume" },
      { op: "check", lisn: 0x1300, pq: 2, triggers: 1 },
    ],
  },
  {
    id: "X84", title: "behind an event in flight a latched one is lost", kernel: true,
    steps: [
      { op: "setPq", lisn: 0x1300, pq: 3, saved: 2 }, { op: "resume" },
      { op: "check", lisn: 0x1300, pq: 2, triggers: 0 },
    ],
  },
  {
    id: "X85", title: "on a new host nothing is sent again", kernel: true,
    steps: [
      { op: "setPq", lisn: 0x1300, pq: 1, saved: 0 }, { op: "resume" },
      { op: "check", lisn: 0x1300, pq: 0, triggers: 0 },
    ],
  },
];
