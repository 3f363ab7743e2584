/**
 * KVM's XIVE native device at its user-space API, as data (X63-X81). Ids are stable; a vector is never reused
 * for something else.
 *
 * A device with vCPUs 0 and 1 connected as servers 0 and 1, host pages of 64 KiB, nothing else configured.
 */

const ENOENT = -2;
const ENXIO = -6;
const E2BIG = -7;
const EPERM = -1;
const EFAULT = -14;
const EBUSY = -16;
const EEXIST = -17;
const EINVAL = -22;

export interface EqFields {
  readonly flags: number;
  readonly qshift: number;
  readonly qaddr?: bigint;
  readonly qtoggle?: number;
  readonly qindex?: number;
}

export type KvmStep =
  /** `value`: 8 bytes; `eq`: a queue; `count`: 4 bytes; neither: an address nothing is at. */
  | {
    readonly op: "set"; readonly group: number; readonly attr: bigint; readonly value?: bigint;
    readonly eq?: EqFields; readonly count?: number; readonly result: number;
  }
  /** Into 64 bytes of 0xaa, or to an address nothing is at. `eq`: what is there then; none: still 0xaa. */
  | {
    readonly op: "get"; readonly group: number; readonly attr: bigint; readonly isBad?: boolean;
    readonly eq?: EqFields; readonly result: number;
  }
  | { readonly op: "has"; readonly group: number; readonly attr: bigint; readonly result: number }
  | { readonly op: "connect"; readonly vcpu: number; readonly server: number; readonly result: number }
  | { readonly op: "mmap"; readonly pageOffset: number; readonly pages: number; readonly result: number }
  /** First touch of each page of a mapping of 4 pages of TIMA. */
  | { readonly op: "touchTima"; readonly faults: readonly ("sigbus" | "tima-os")[] }
  /** What the guest does to its source's page. */
  | { readonly op: "guestPq"; readonly irq: number; readonly pq: number }
  | { readonly op: "backlog"; readonly server: number; readonly ipb: number }
  | { readonly op: "vpState"; readonly vcpu: number; readonly result: number; readonly bytes?: string }
  | {
    readonly op: "check"; readonly irq?: number; readonly pq?: number; readonly valid?: boolean;
    readonly lsi?: boolean; readonly asserted?: boolean;
    /** What hardware does with the source's events. */
    readonly route?: "masked" | { readonly server: number; readonly priority: number; readonly data: number };
    /** Sources counted for a queue. */
    readonly queue?: readonly [server: number, priority: number]; readonly count?: number;
    readonly hasPage?: boolean;
  };

export interface KvmVector {
  readonly id: string;
  readonly title: string;
  readonly device?: "xive" | "xics";
  /** vCPUs that are connected at the start. Default 2. */
  readonly connect?: number;
  readonly steps: readonly KvmStep[];
}

const CTRL = 1;
const SOURCE = 2;
const CONFIG = 3;
const EQ = 4;
const SYNC = 5;

const source = (irq: number, value = 0n): KvmStep =>
  ({ op: "set", group: SOURCE, attr: BigInt(irq), value, result: 0 });
const config = (irq: bigint, value: bigint, result = 0): KvmStep =>
  ({ op: "set", group: CONFIG, attr: irq, value, result });
/** A fresh queue of 64 KiB; `attr` is priority and server * 8. */
const queue = (attr: bigint, qaddr = 0x10000n): KvmStep =>
  ({ op: "set", group: EQ, attr, eq: { flags: 1, qshift: 16, qaddr, qtoggle: 1 }, result: 0 });
const refusedQueue = (eq: EqFields, result: number): KvmStep =>
  ({ op: "set", group: EQ, attr: 6n, eq, result });

export const kvmXiveVectors: readonly KvmVector[] = [
  {
    id: "X63", title: "a bad address still makes the block",
    steps: [
      config(0x10n, 6n, ENOENT),
      { op: "set", group: SOURCE, attr: 0x100000n, result: E2BIG },
      { op: "set", group: SOURCE, attr: 0x10n, result: EFAULT },
      { op: "set", group: CONFIG, attr: 0x10n, result: EINVAL },
    ],
  },
  {
    id: "X64", title: "priority 7 is refused even for a masked source",
    steps: [source(0x10), config(0x10n, 0x100000007n, EINVAL), { op: "check", irq: 0x10, route: "masked" }],
  },
  {
    id: "X65", title: "masking with nothing else changed is ignored",
    steps: [
      source(0x10), queue(6n), config(0x10n, 0x2000000006n),
      { op: "check", irq: 0x10, route: { server: 0, priority: 6, data: 0x10 } }, config(0x10n, 0x2100000006n),
      { op: "check", irq: 0x10, route: { server: 0, priority: 6, data: 0x10 } }, config(0x10n, 0x2300000006n),
      { op: "check", irq: 0x10, route: "masked" },
    ],
  },
  {
    id: "X66", title: "masking looks up no server",
    steps: [
      source(0x10), config(0x10n, 0x4en, EINVAL), config(0x10n, 0x10000004en),
      { op: "check", irq: 0x10, route: "masked" },
    ],
  },
  {
    id: "X67", title: "a server without the queue is replaced, silently",
    steps: [
      source(0x10), queue(6n), config(0x10n, 0x0en),
      { op: "check", irq: 0x10, route: { server: 0, priority: 6, data: 0 }, queue: [0, 6], count: 1 },
      config(0x10n, 0x0dn, EBUSY),
      { op: "check", irq: 0x10, route: { server: 0, priority: 6, data: 0 }, queue: [0, 6], count: 1 },
    ],
  },
  {
    id: "X68", title: "only the lower half of the number counts",
    steps: [
      source(0x10), queue(6n), config(0x100000010n, 0x06n),
      { op: "check", irq: 0x10, route: { server: 0, priority: 6, data: 0 } },
    ],
  },
  {
    id: "X69", title: "copy, then server, then priority",
    steps: [
      { op: "set", group: EQ, attr: 0x4en, result: EFAULT },
      { op: "set", group: EQ, attr: 0x4en, eq: { flags: 1, qshift: 16 }, result: ENOENT },
      { op: "set", group: EQ, attr: 0x4fn, eq: { flags: 1, qshift: 16 }, result: ENOENT },
    ],
  },
  {
    id: "X70", title: "flags before size, but for size 0",
    steps: [
      refusedQueue({ flags: 0, qshift: 0 }, 0), refusedQueue({ flags: 0, qshift: 0xc }, EINVAL),
      refusedQueue({ flags: 1, qshift: 0xc }, EINVAL),
      refusedQueue({ flags: 1, qshift: 0x10, qaddr: 0x8000n }, EINVAL),
      refusedQueue({ flags: 3, qshift: 0x10, qaddr: 0x10000n }, EINVAL),
      { op: "check", queue: [0, 6], hasPage: false, count: 0 },
    ],
  },
  {
    id: "X71", title: "a queue that is not there leaves the buffer alone",
    steps: [
      { op: "get", group: EQ, attr: 6n, result: 0 }, { op: "get", group: EQ, attr: 7n, result: EINVAL },
      { op: "get", group: EQ, attr: 6n, isBad: true, result: 0 },
    ],
  },
  {
    id: "X72", title: "generation 0 is restored",
    steps: [
      {
        op: "set", group: EQ, attr: 6n, result: 0,
        eq: { flags: 1, qshift: 16, qaddr: 0x20000n, qtoggle: 0, qindex: 0 },
      },
      {
        op: "get", group: EQ, attr: 6n, result: 0,
        eq: { flags: 1, qshift: 16, qaddr: 0x20000n, qtoggle: 0, qindex: 0 },
      },
    ],
  },
  {
    id: "X73", title: "directions and attributes that are not there",
    steps: [
      { op: "get", group: SOURCE, attr: 0x10n, result: ENXIO },
      { op: "set", group: CTRL, attr: 4n, result: ENXIO },
      { op: "has", group: CONFIG, attr: 0x100000n, result: ENXIO },
      { op: "has", group: EQ, attr: 0xffff_ffff_ffff_ffffn, result: 0 },
    ],
  },
  {
    id: "X74", title: "a server beyond the limit leaves the limit open", connect: 0,
    steps: [
      { op: "set", group: CTRL, attr: 3n, count: 1, result: 0 },
      { op: "connect", vcpu: 0, server: 1, result: EINVAL },
      { op: "set", group: CTRL, attr: 3n, count: 4, result: 0 },
    ],
  },
  {
    id: "X75", title: "once a vCPU is connected the limit is fixed", connect: 1,
    steps: [
      { op: "connect", vcpu: 1, server: 0, result: EEXIST },
      { op: "set", group: CTRL, attr: 3n, count: 0, result: EINVAL },
      { op: "set", group: CTRL, attr: 3n, count: 4, result: EBUSY },
      { op: "connect", vcpu: 0, server: 0, result: EBUSY },
    ],
  },
  {
    id: "X76", title: "what can be mapped",
    steps: [
      { op: "mmap", pageOffset: 4, pages: 0x200000, result: 0 },
      { op: "mmap", pageOffset: 4, pages: 0x200001, result: EINVAL },
      { op: "mmap", pageOffset: 0, pages: 5, result: EINVAL },
      { op: "mmap", pageOffset: 2, pages: 1, result: EINVAL },
    ],
  },
  {
    id: "X77", title: "of the TIMA the OS page alone",
    steps: [{ op: "touchTima", faults: ["sigbus", "sigbus", "tima-os", "sigbus"] }],
  },
  {
    id: "X78", title: "the backlog is merged, and not taken",
    steps: [
      { op: "backlog", server: 0, ipb: 0x02 },
      { op: "vpState", vcpu: 0, result: 0, bytes: "00000200ff000000" },
      { op: "vpState", vcpu: 0, result: 0, bytes: "00000200ff000000" },
    ],
  },
  {
    id: "X79a", title: "a vCPU of the XICS device has no VP state", device: "xics",
    steps: [{ op: "vpState", vcpu: 0, result: EPERM }],
  },
  {
    id: "X79b", title: "an unconnected vCPU has no VP state", connect: 0,
    steps: [{ op: "vpState", vcpu: 0, result: ENXIO }],
  },
  {
    id: "X80", title: "a reset leaves the PQ of sources that were never routed",
    steps: [
      source(0x10), { op: "guestPq", irq: 0x10, pq: 0 }, source(0x11), queue(6n), config(0x11n, 6n),
      { op: "guestPq", irq: 0x11, pq: 0 }, { op: "set", group: CTRL, attr: 1n, result: 0 },
      { op: "check", irq: 0x10, pq: 0, valid: true },
      { op: "check", irq: 0x11, pq: 1, valid: true, route: "masked", queue: [0, 6], hasPage: false },
      { op: "set", group: SYNC, attr: 0x11n, result: 0 },
    ],
  },
  {
    id: "X81", title: "kind and level of a source are only ever set",
    steps: [source(0x10, 3n), source(0x10, 0n), { op: "check", irq: 0x10, lsi: true, asserted: true }],
  },
];
