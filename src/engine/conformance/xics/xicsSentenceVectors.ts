/**
 * KVM's XICS device where the numbered vectors leave off: every bit of a source's state word, the series of
 * readings, masking during an interrupt, moves of what is queued already. Each follows from a sentence of the
 * specification (XICS over XIVE). The device is that of the numbered ones.
 */
import {
  A, B, H_CPPR, H_EOI, H_IPI, H_IPOLL, H_XIRR, open, rtas, type XicsStep, type XicsVector,
} from "./xicsSteps.ts";

const ENOENT = -2;
const H_PARAMETER = -4;
const RTAS_REFUSED = -3;
const NOTHING = 0xff000000n;

/** Bits of a source's state word, priority 5 of server 0. */
const AT_5 = 5n << 32n;
const LEVEL = 1n << 40n;
const MASKED = 1n << 41n;
const PENDING = 1n << 42n;
const PRESENTED = 1n << 43n;
const QUEUED = 1n << 44n;

const IRQ = 0x1000;
const set = (irq: number, value: bigint): XicsStep => ({ op: "set", irq: BigInt(irq), value, result: 0 });
const get = (irq: number, value: bigint): XicsStep => ({ op: "get", irq: BigInt(irq), result: 0, value });
const raise = (irq: number, level = 1): XicsStep => ({ op: "irqLine", irq, level, status: 0 });
const xirr = (vcpu: number, r4: bigint): XicsStep =>
  ({ op: "hcall", vcpu, number: H_XIRR, args: [], status: 0, r4 });
const hcall = (vcpu: number, number: number, args: bigint[], status = 0): XicsStep =>
  ({ op: "hcall", vcpu, number, args, status });
const cppr = (vcpu: number, value: number): XicsStep => ({ op: "check", vcpu, cppr: value });

const words = Array.from({ length: 32 }, (_, bits) => BigInt(bits) << 40n);

/**
 * What a word reads as once it was written: P is PRESENTED without PENDING, Q is QUEUED or PENDING. An open
 * source with Q and without P sends at once, and is then in a queue.
 */
function wordAfter(word: bigint): bigint {
  const isMasked = (word & MASKED) !== 0n;
  const isPending = (word & PENDING) !== 0n;
  const p = (word & PRESENTED) !== 0n && !isPending;
  const q = (word & QUEUED) !== 0n || isPending;
  const isSent = !isMasked && q && !p;
  const kept = AT_5 | (word & (LEVEL | MASKED));
  if ((word & LEVEL) !== 0n) return kept | (p || isSent ? PENDING : 0n);
  return kept | (p || isSent ? PRESENTED : 0n) | (q && !isSent ? QUEUED : 0n) | (isSent ? PENDING : 0n);
}

export const xicsSentenceVectors: readonly XicsVector[] = [
  {
    id: "XB01", title: "every combination of the state word's bits, written and read in one series",
    steps: [
      ...words.map((word, index) => set(IRQ + index, AT_5 | word)),
      ...words.map((word, index) => get(IRQ + index, wordAfter(word))),
      ...words.map((word, index) => get(IRQ + index, wordAfter(word))),
    ],
  },
  {
    id: "XB02", title: "numbers are 16 to 0xfffff of all 64 bits, and a block has no sources by itself",
    steps: [
      ...[0n, 2n, 15n, 0x100000n, 1n << 32n, (1n << 63n) | 16n].flatMap((irq): XicsStep[] => [
        { op: "set", irq, value: AT_5, result: ENOENT }, { op: "get", irq, result: ENOENT },
        { op: "has", irq, result: -6 },
      ]),
      set(16, AT_5), { op: "get", irq: 17n, result: ENOENT }, set(0xfffff, AT_5), get(0xfffff, AT_5),
    ],
  },
  {
    id: "XB03", title: "what comes within a series of readings is seen by the next",
    steps: [
      open(A), set(IRQ, AT_5), set(IRQ + 1, AT_5), raise(IRQ), get(IRQ, AT_5 | PRESENTED | PENDING),
      raise(IRQ + 1), get(IRQ + 1, AT_5), get(IRQ, AT_5 | PRESENTED | PENDING),
      get(IRQ + 1, AT_5 | PRESENTED | PENDING),
    ],
  },
  {
    id: "XB04", title: "masked while handled: H_EOI forgets the entry, int-on sends what came once",
    steps: [
      open(A), set(IRQ, AT_5), raise(IRQ), xirr(A, NOTHING | 0x1000n), rtas("ibm,int-off", [IRQ], 0),
      raise(IRQ), raise(IRQ), hcall(A, H_EOI, [NOTHING | 0x1000n]), xirr(A, NOTHING),
      rtas("ibm,int-on", [IRQ], 0), xirr(A, NOTHING | 0x1000n), hcall(A, H_EOI, [NOTHING | 0x1000n]),
      xirr(A, NOTHING),
    ],
  },
  {
    id: "XB05", title: "opened again before H_EOI: the next waits for it",
    steps: [
      open(A), set(IRQ, AT_5), raise(IRQ), xirr(A, NOTHING | 0x1000n), rtas("ibm,int-off", [IRQ], 0),
      raise(IRQ), rtas("ibm,int-on", [IRQ], 0), hcall(A, H_CPPR, [0xffn]), xirr(A, NOTHING),
      hcall(A, H_EOI, [NOTHING | 0x1000n]), xirr(A, NOTHING | 0x1000n),
    ],
  },
  {
    id: "XB06", title: "CPPR: 0 to 5 and 0xff are themselves, all others 6; 8 bits count",
    steps: [
      ...Array.from({ length: 256 }, (_, value) => value).flatMap((value) =>
        [hcall(A, H_CPPR, [BigInt(value)]), cppr(A, value <= 5 || value === 0xff ? value : 6)]),
      hcall(A, H_CPPR, [0x1ffn]), cppr(A, 0xff), hcall(A, H_CPPR, [0xffff_ffff_ffff_f003n]), cppr(A, 3),
    ],
  },
  {
    id: "XB07", title: "an entry whose source has moved is sent again to its new server, once",
    steps: [
      open(A), open(B), set(IRQ, AT_5), set(IRQ + 1, AT_5), raise(IRQ), raise(IRQ + 1),
      rtas("ibm,set-xive", [IRQ, 1, 5], 0), hcall(A, H_CPPR, [0n]), xirr(B, NOTHING | 0x1000n),
      hcall(A, H_CPPR, [0xffn]), xirr(A, NOTHING | 0x1001n), hcall(A, H_EOI, [NOTHING | 0x1001n]),
      xirr(A, NOTHING), hcall(B, H_EOI, [NOTHING | 0x1000n]), xirr(B, NOTHING),
    ],
  },
  {
    id: "XB08", title: "set-xive with no such server is refused, and opens and saves all the same",
    steps: [
      set(IRQ, AT_5), rtas("ibm,int-off", [IRQ], 0), rtas("ibm,set-xive", [IRQ, 9, 3], RTAS_REFUSED),
      rtas("ibm,get-xive", [IRQ], 0, 0, 3),
      { op: "check", irq: IRQ, server: 0, priority: 5, isMasked: false },
    ],
  },
  {
    id: "XB09", title: "H_EOI sets CPPR whatever its number: none, the IPI, no block, a hole in a block",
    steps: [
      set(IRQ, AT_5), hcall(A, H_EOI, [0x03000000n]), cppr(A, 3), hcall(A, H_EOI, [0xff000002n]),
      cppr(A, 0xff), hcall(A, H_EOI, [0x04ffffffn], H_PARAMETER), cppr(A, 4),
      hcall(A, H_EOI, [0x07001005n]), cppr(A, 6),
    ],
  },
  {
    id: "XB10", title: "one delayed interrupt for each vCPU: the second takes the first one's place",
    steps: [
      { op: "setIcp", vcpu: A, value: 0x05001310ff000000n, result: 0 },
      { op: "setIcp", vcpu: A, value: 0x05001311ff000000n, result: 0 },
      set(0x1310, AT_5), set(0x1311, AT_5), get(0x1310, AT_5), get(0x1311, AT_5 | PRESENTED | PENDING),
    ],
  },
  {
    id: "XB11", title: "a line comes again at each H_EOI until it is down; one event of a line does not",
    steps: [
      open(A), set(IRQ, AT_5 | LEVEL), raise(IRQ),
      ...[1, 2, 3].flatMap(() => [xirr(A, NOTHING | 0x1000n), hcall(A, H_EOI, [NOTHING | 0x1000n])]),
      xirr(A, NOTHING | 0x1000n), raise(IRQ, 0), hcall(A, H_EOI, [NOTHING | 0x1000n]), xirr(A, NOTHING),
      raise(IRQ, -1), xirr(A, NOTHING | 0x1000n), hcall(A, H_EOI, [NOTHING | 0x1000n]), xirr(A, NOTHING),
    ],
  },
  {
    id: "XB12", title: "an IPI for a closed server is kept in MFRR and comes as CPPR opens beyond it",
    steps: [
      hcall(A, H_IPI, [1n, 4n]), xirr(B, 0n), hcall(B, H_CPPR, [4n]), xirr(B, 0x04000000n),
      hcall(B, H_CPPR, [5n]),
      { op: "hcall", vcpu: B, number: H_IPOLL, args: [1n], status: 0, r4: 0x05000002n },
      xirr(B, 0x05000002n), cppr(B, 4),
    ],
  },
];
