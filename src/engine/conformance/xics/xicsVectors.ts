/**
 * KVM's XICS device over a XIVE, as data (X86-X98). Ids are stable; a vector is never reused for something
 * else.
 *
 * A device with vCPU 0 ("A") and 1 ("B") connected as servers 0 and 1, both in the guest (their contexts on
 * threads 0 and 1) where a step is a call of theirs.
 */

const ENOENT = -2;
const ENXIO = -6;
const EINVAL = -22;

import { A, B, H_EOI, H_IPI, H_XIRR, open, rtas, type XicsStep, type XicsVector } from "./xicsSteps.ts";

/** Source 0x1000 at server 0, priority 5, not masked. */
const routed: XicsStep = { op: "set", irq: 0x1000n, value: 0x0000000500000000n, result: 0 };

export const xicsVectors: readonly XicsVector[] = [
  {
    id: "X86", title: "an inter-processor interrupt is fetched at its own priority",
    steps: [
      open(B), { op: "hcall", vcpu: A, number: H_IPI, args: [1n, 5n], status: 0 },
      { op: "hcall", vcpu: B, number: H_XIRR, args: [], status: 0, r4: 0xff000002n },
      { op: "check", vcpu: B, cppr: 5, mfrr: 5, pending: 0, hwCppr: 5, ipiPq: 0 },
    ],
  },
  {
    id: "X87", title: "MFRR keeps eight bits, and all are compared",
    steps: [
      open(B), { op: "hcall", vcpu: A, number: H_IPI, args: [1n, 0x105n], status: 0 },
      { op: "check", vcpu: B, mfrr: 5, ipiPq: 0 },
    ],
  },
  {
    id: "X88", title: "an EOI of a number without a block still sets CPPR",
    steps: [
      open(B), { op: "hcall", vcpu: B, number: H_EOI, args: [0x05fffc00n], status: -4 },
      { op: "check", vcpu: B, cppr: 5, hwCppr: 5 },
    ],
  },
  {
    id: "X89", title: "the second int-off forgets the priority",
    steps: [
      routed, rtas("ibm,int-off", [0x1000], 0), rtas("ibm,int-off", [0x1000], 0),
      rtas("ibm,int-on", [0x1000], 0), rtas("ibm,get-xive", [0x1000], 0, 0, 0xff),
      { op: "check", irq: 0x1000, isMasked: true },
    ],
  },
  {
    id: "X90", title: "masking moves the source as well",
    steps: [
      routed, rtas("ibm,set-xive", [0x1000, 1, 0xff], 0), rtas("ibm,get-xive", [0x1000], 0, 1, 0xff),
      { op: "check", irq: 0x1000, isMasked: true, server: 1, priority: 5 },
    ],
  },
  {
    id: "X91", title: "less favoured priorities share one of hardware's",
    steps: [
      routed, rtas("ibm,set-xive", [0x1000, 0, 9], 0), rtas("ibm,get-xive", [0x1000], 0, 0, 9),
      { op: "check", irq: 0x1000, isMasked: false, server: 0, priority: 6 },
    ],
  },
  {
    id: "X92", title: "a masked source is routed and reads back",
    steps: [
      { op: "set", irq: 0x1000n, value: 0x0000020500000001n, result: 0 },
      { op: "check", irq: 0x1000, pq: 2, server: 1, priority: 5, isMasked: true, queue: [1, 5], entries: [] },
      { op: "get", irq: 0x1000n, result: 0, value: 0x0000020500000001n },
    ],
  },
  {
    id: "X93", title: "a pending source is sent again",
    steps: [
      { op: "set", irq: 0x1000n, value: 0x00000c0500000000n, result: 0 },
      { op: "check", irq: 0x1000, pq: 2, queue: [0, 5], entries: [0x1000] },
      { op: "get", irq: 0x1000n, result: 0, value: 0x00000c0500000000n },
    ],
  },
  {
    id: "X94", title: "a presented source waits for its EOI",
    steps: [
      { op: "set", irq: 0x1000n, value: 0x0000080500000000n, result: 0 },
      { op: "check", irq: 0x1000, pq: 2, queue: [0, 5], entries: [] },
      { op: "get", irq: 0x1000n, result: 0, value: 0x0000080500000000n },
    ],
  },
  { id: "X95a", title: "a fresh vCPU", steps: [{ op: "getIcp", vcpu: A, value: 0x00000000ffff0000n }] },
  {
    id: "X95b", title: "a vCPU of the native device", device: "xive",
    steps: [{ op: "getIcp", vcpu: A, value: 0x0000000000ff0000n }],
  },
  {
    id: "X96", title: "a source that was presented before it exists",
    steps: [
      { op: "setIcp", vcpu: A, value: 0x05001310ff000000n, result: 0 },
      { op: "getIcp", vcpu: A, value: 0x05000000ffff0000n },
      { op: "set", irq: 0x1310n, value: 0x0000000500000000n, result: 0 },
      { op: "check", irq: 0x1310, pq: 2, queue: [0, 5], entries: [0x1310] },
    ],
  },
  {
    id: "X97", title: "numbers below 16 are no sources",
    steps: [
      { op: "set", irq: 0x10n, value: 0n, result: 0 }, { op: "set", irq: 0xfn, value: 0n, result: ENOENT },
      { op: "get", irq: 0xfn, result: ENOENT }, { op: "has", irq: 0xfn, result: ENXIO },
      { op: "has", irq: 0x10n, result: 0 },
    ],
  },
  {
    id: "X98", title: "levels that software raises",
    steps: [
      routed, { op: "guestPq", irq: 0x1000, pq: 0 }, { op: "irqLine", irq: 0x1000, level: -3, status: 0 },
      { op: "check", irq: 0x1000, pq: 2, asserted: true },
      { op: "irqLine", irq: 0x1000, level: 0, status: 0 },
      { op: "check", irq: 0x1000, pq: 2, asserted: false, queue: [0, 5], entries: [0x1000] },
      { op: "irqLine", irq: 0x1001, level: 1, status: EINVAL },
    ],
  },
];
