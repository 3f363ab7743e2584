/**
 * Interrupt passthrough where the numbered vectors leave off: every P and Q on both ways, every level, each
 * refusal of change-msi. Each follows from a sentence of the specification. Given as for the numbered ones.
 */
import type { Given, PassthroughVector, PqText, Step } from "./passthroughVectors.ts";

const L = 0x1300;
const EINVAL = -22;
/** Server 0, priority 6, EISN 0x55. */
const ROUTE_55 = 0xaa_0000_0006n;
const N: Given = { mode: "N", config: ROUTE_55, touched: true };
const set: Step = { op: "setMapped", result: 0 };
const clr: Step = { op: "clrMapped", result: 0 };
const every: readonly PqText[] = ["00", "01", "10", "11"];

/** What the host's EOI makes of a PHB source that the guest leaves so, and what then waits at the host. */
const leftBehind = {
  "00": ["00", []], "01": ["10", [45]], "10": ["00", []], "11": ["10", [45]],
} as const;

export const passthroughSentenceVectors: readonly PassthroughVector[] = [
  ...every.map((pq, index): PassthroughVector => ({
    id: `PA0${index + 1}`, title: `mapping a native source whose IPI is at ${pq}`, given: { ...N, ipi: pq },
    steps: [set, { op: "check", is: {
      ipi: "01", phb: "10", phbEas: ["guest", 0, 6, L], ipiEas: ["guest", 0, 6, 0x55], pages: ["none"],
      savedP: false, staleP: true, forwarded: true, guestPriority: 0xff, queue: [],
    } }],
  })),
  ...every.map((pq, index): PassthroughVector => ({
    id: `PA0${index + 5}`, title: `unmapping a native source whose PHB source is at ${pq}`,
    given: { ...N, mapped: true, phb: pq },
    steps: [clr, { op: "check", is: {
      ipi: "10", phb: leftBehind[pq][0], hostQueue: leftBehind[pq][1], ipiEas: ["guest", 0, 6, L],
      pages: ["none"], savedP: false, staleP: false, forwarded: false, selected: "ipi",
    } }],
  })),
  {
    id: "PA09", title: "software cannot raise or lower a mapped source, and touches neither of its two",
    given: { ...N, mapped: true },
    steps: [
      ...[1, 0, -1, -2, -3, 7].map((level): Step => ({ op: "setIrq", level, result: EINVAL })),
      { op: "check", is: { ipi: "01", phb: "10", queue: [] } },
    ],
  },
  {
    id: "PA10", title: "change-msi: refusals, counts, and a block that stays where too many are asked for",
    given: { mode: "X", functions: [[2, 4], [0, 0]] },
    steps: [
      { op: "changeMsi", function: 0, type: 3, count: 0, sequence: 1, result: [-1], lisns: [] },
      { op: "changeMsi", function: 1, type: 3, count: 1, sequence: 1, result: [-1], lisns: [] },
      { op: "changeMsi", function: 1, type: 4, count: 1, sequence: 1, result: [-1], lisns: [] },
      { op: "changeMsi", function: 0, type: 3, count: 2, sequence: 7, result: [0, 2, 8], lisns: [L, L + 1] },
      { op: "changeMsi", function: 0, type: 3, count: 9, sequence: 8, result: [0, 2, 9], lisns: [L, L + 1] },
      { op: "changeMsi", function: 0, type: 3, count: 1, sequence: 0, result: [0, 1, 1], lisns: [L + 2] },
      { op: "changeMsi", function: 0, type: 4, count: 2, sequence: 1, result: [0, 2, 2], lisns: [L, L + 1] },
      { op: "changeMsi", function: 0, type: 4, count: 0, sequence: 1, result: [0, 0, 2], lisns: [] },
      { op: "changeMsi", function: 0, type: 4, count: 0, sequence: 1, result: [-1], lisns: [] },
    ],
  },
  {
    id: "PA11", title: "an entry at the host is handled there once, and the guest's EOI sends it on",
    given: { ...N, phb: "10", hostQueued: true },
    steps: [
      set, { op: "check", is: { phb: "11", savedP: true, staleP: false } }, { op: "hostEoi" },
      { op: "check", is: { phb: "11", savedP: false, staleP: true, hostQueue: [] } },
      { op: "load", offset: 0xc00, result: 3 }, { op: "store" },
      { op: "check", is: { phb: "10", queue: [L] } },
    ],
  },
];
