/**
 * Behaviour of the floating interrupt controller as data: what is there, what is called, what comes back,
 * what is then there. Ids are stable; a vector is never reused for something else.
 *
 * Numbers written as strings are hexadecimal bytes. Unless given: linux-6.1, GISA, facility 72, one operating
 * CPU.
 */

const EFAULT = -14;
const EBUSY = -16;
const ENODEV = -19;
const EINVAL = -22;
const ENOMEM = -12;
const ENXIO = -6;
const EBADF = -9;
const EOPNOTSUPP = -95;
const ENOBUFS = -105;

/** Where a buffer is: given bytes, a zeroed buffer of a length, or an address nothing is at. */
export type Buffer = "bad" | { readonly bytes: string } | { readonly size: number };

export type FlicStep =
  | { readonly op: "has"; readonly group: number; readonly result: number }
  | {
    readonly op: "set" | "get"; readonly group: number; readonly attr?: bigint; readonly flags?: number;
    readonly buffer?: Buffer; readonly result: number; readonly out?: string;
  }
  | {
    readonly op: "createDevice"; readonly type: number; readonly flags: number; readonly result: number;
    readonly fd?: number;
  }
  | { readonly op: "close" }
  | { readonly op: "enableCap"; readonly cap: number; readonly result: number }
  | { readonly op: "createIrqchip"; readonly result: number }
  | {
    readonly op: "routes"; readonly nr?: number; readonly entries: readonly Route[]; readonly result: number;
  }
  | {
    readonly op: "irqfd"; readonly fd: number | string; readonly gsi: number; readonly flags: number;
    readonly result: number;
  }
  | { readonly op: "eventfd" | "regularFile"; readonly name: string }
  | { readonly op: "signal"; readonly gsi: number; readonly result: number }
  | { readonly op: "vmInterrupt"; readonly argument: string; readonly result: number }
  | { readonly op: "cpuInterrupt"; readonly argument: string; readonly result: number }
  | { readonly op: "cpuIrq"; readonly bytes: string; readonly result: number }
  | { readonly op: "setIrqState"; readonly length: number; readonly buffer: Buffer; readonly result: number }
  | { readonly op: "getIrqState"; readonly length: number; readonly result: number; readonly out?: string }
  | { readonly op: "fillIo"; readonly count: number }
  | { readonly op: "memory"; readonly address: number; readonly bytes: string }
  | { readonly op: "gisa"; readonly iam: number }
  | { readonly op: "roundRobin"; readonly next: number }
  | { readonly op: "cpu"; readonly id: number; readonly set: Cpu }
  /** `delivered`: type code and parameter of each; external service parameters are the stored ones. */
  | { readonly op: "deliver"; readonly delivered: readonly (readonly [type: number,
    parm: number])[] }
  | { readonly op: "tpi"; readonly address: bigint; readonly cc: number }
  | { readonly op: "check"; readonly is: Check };

export interface Route {
  readonly gsi: number;
  readonly type?: number;
  readonly flags?: number;
  readonly ind?: bigint;
  readonly indOffset?: bigint;
  readonly summary?: bigint;
  readonly summaryOffset?: number;
  readonly adapter?: number;
}

export interface Cpu {
  readonly stopped?: boolean;
  readonly idle?: boolean;
  /** Bits 0-31 of the PSW. */
  readonly psw?: number;
  readonly cr0?: bigint;
  readonly cr6?: bigint;
  readonly cr14?: bigint;
  /** Mask of all new PSWs; their addresses are 0x10000 + their offset. */
  readonly newPsws?: number;
}

export interface Check {
  readonly bits?: number;
  readonly localBits?: number;
  readonly localMcic?: bigint;
  readonly localCr14?: bigint;
  readonly ipm?: number;
  readonly iam?: number;
  readonly ais?: readonly [simm: number, nimm: number];
  /** Every ISC list that is not empty: id, number, parameter, word of each entry in order. */
  readonly lists?: Readonly<Record<number, readonly (readonly [number, number, number, number])[]>>;
  readonly counters?: { readonly io?: number; readonly virtio?: number; readonly pfault?: number };
  readonly service?: number;
  readonly mchk?: readonly [cr14: bigint, mcic: bigint];
  readonly cpustat?: Readonly<Record<number, number>>;
  readonly roundRobin?: number;
  readonly kicks?: readonly number[];
  readonly adapters?: readonly {
    readonly id: number; readonly isc: number; readonly suppressible: boolean;
  }[];
  readonly gsis?: readonly number[];
  readonly eventfdGsis?: readonly [name: string, gsis: readonly number[]];
  /** Address to expected bytes. */
  readonly memory?: Readonly<Record<number, string>>;
  readonly psw?: readonly [mask: bigint, address: bigint];
}

export interface FlicVector {
  readonly id: string;
  readonly title: string;
  readonly facility72?: boolean;
  readonly gisa?: boolean;
  readonly cpus?: number;
  readonly steps: readonly FlicStep[];
}

const irq = (type: string, union = ""): string =>
  (type.padStart(16, "0") + union.replaceAll(" ", "")).padEnd(144, "0");
const AI = "04000000";
const ai = (word: string): string => irq(AI, `0000 0000 00000000 ${word}`);
const set =
  (group: number, attr: bigint | number, buffer: Buffer | undefined, result: number, flags = 0): FlicStep =>
  ({ op: "set", group, attr: BigInt(attr), buffer, result, flags });
const get = (group: number, attr: bigint | number, buffer: Buffer, result: number, out?: string): FlicStep =>
  ({ op: "get", group, attr: BigInt(attr), buffer, result, out });
const bytes = (...parts: string[]): Buffer => ({ bytes: parts.join("").replaceAll(" ", "") });
const enqueue = (result: number, ...entries: string[]): FlicStep =>
  set(2, entries.length * 72, bytes(...entries), result);
const check = (is: Check): FlicStep => ({ op: "check", is });
const register = (adapter: string, result = 0): FlicStep => set(6, 0, bytes(adapter), result);
/** Makes exactly these GISA bits pending. */
const ipm = (mask: number): FlicStep[] => [0, 1, 2, 3, 4, 5, 6, 7].filter((isc) => mask & (0x80 >> isc))
  .map((isc) => enqueue(0, ai(((0x80000000 | (isc << 27)) >>> 0).toString(16))));
const aisAll = (simm: string, nimm: string): FlicStep => set(11, 0, bytes(simm, nimm), 0);
const buffer = (size: number): Buffer => ({ size });
const UNMAPPED = 0x4000_0000n;
const INDICATORS = 0x100000n, SUMMARY = 0x101000n;
const OPEN: Cpu = { psw: 0x03040000, cr0: 0x6e00n, cr6: 0xff000000n, cr14: 0x10000000n, newPsws: 0x03040000 };

const MCHK_12 = irq("fffe1000", "0000000018000000 0040000000000f00 1111111111111111 22222222");
const VIRTIO_12 = irq("ffff2603", "00000d01 aabbccdd 4444444444444444");
const DONE_12 = irq("fffe0005", "00000007 00000008 5555555555555555");
const IO5_12 = irq("00000005", "0001 0005 cafe0001 28000000");
const IO6_12 = irq("00000006", "0001 0006 cafe0002 10000000");
const ALL_12 = [
  IO6_12, IO5_12, DONE_12, VIRTIO_12, irq("ffff2401", "00012341"),
  irq("fffe1000", "0000000010000000 0040000000000f00"),
].join("");

export const flicVectors: readonly FlicVector[] = [
  {
    id: "F01", title: "HAS knows groups 1 to 11 whatever else is off", facility72: false,
    steps: [[11, 0], [9, 0], [0, ENXIO], [12, ENXIO]].map(([group, result]) =>
      ({ op: "has", group: group!, result: result! })),
  },
  {
    id: "F02", title: "groups of the wrong direction and unknown groups are EINVAL",
    steps: [
      set(1, 0x48, buffer(72), EINVAL), get(2, 0x48, buffer(72), EINVAL), get(12, 0, buffer(72), EINVAL),
      set(0, 0, buffer(72), EINVAL),
    ],
  },
  {
    id: "F03", title: "closing the descriptor leaves the controller",
    steps: [
      { op: "close" },
      { op: "createDevice", type: 6, flags: 0, result: EINVAL, fd: 0xffffffff },
      { op: "createDevice", type: 6, flags: 1, result: 0, fd: 0xffffffff },
      { op: "createDevice", type: 6, flags: 2, result: EINVAL, fd: 0xffffffff },
    ],
  },
  {
    id: "F04", title: "an unknown device type is ENODEV also for the test flag",
    steps: [{ op: "createDevice", type: 0x7fffffff, flags: 1, result: ENODEV }],
  },
  {
    id: "F05", title: "GET_ALL takes the whole 64-bit length",
    steps: [
      get(1, 0, "bad", EINVAL), get(1, 0x2000001, "bad", EINVAL), get(1, 0x100000048n, "bad", EINVAL),
      get(1, 0x2000000, "bad", 0),
    ],
  },
  { id: "F06", title: "GET_ALL with nothing pending touches nothing", steps: [get(1, 71, "bad", 0)] },
  {
    id: "F07", title: "GET_ALL loses a GISA bit when the buffer is full before the last ISC",
    steps: [...ipm(0x80), get(1, 72, buffer(72), ENOMEM, irq("0")), check({ ipm: 0 }),
      get(1, 72, buffer(72), 0, irq("0"))],
  },
  {
    id: "F08", title: "GET_ALL of ISC 7 alone fits one entry",
    steps: [...ipm(0x01), get(1, 72, buffer(72), 1, irq(AI, "0000 0000 00000000 b8000000")),
      check({ ipm: 0 })],
  },
  { id: "F09", title: "GET_ALL without room takes no bit", steps: [...ipm(0x80),
    get(1, 71, buffer(71), ENOMEM), check({ ipm: 0x80 })] },
  {
    id: "F10a", title: "GET_ALL of ISC 0 and 1 into two entries fails after draining",
    steps: [...ipm(0xc0), get(1, 144, buffer(144), ENOMEM), check({ ipm: 0 })],
  },
  {
    id: "F10b", title: "GET_ALL of ISC 0 and 7 into two entries works",
    steps: [...ipm(0x81), get(1, 144, buffer(144), 2, ai("80000000") + ai("b8000000")), check({ ipm: 0 })],
  },
  {
    id: "F11a", title: "a failed copy loses what was taken from the GISA",
    steps: [...ipm(0x10), get(1, 4096, "bad", EFAULT), check({ ipm: 0 })],
  },
  {
    id: "F11b", title: "a failed copy leaves what is on a list",
    steps: [enqueue(0, VIRTIO_12), get(1, 4096, "bad", EFAULT),
      check({ bits: 1 << 11, counters: { virtio: 1 } })],
  },
  {
    id: "F12", title: "GET_ALL orders by ISC, page faults, virtio, service, machine check and repeats itself",
    steps: [
      enqueue(0, MCHK_12, irq("ffff2401", "00012341 ffffffff 3333333333333333"), VIRTIO_12, DONE_12, IO5_12,
        IO6_12),
      get(1, 432, buffer(432), 6, ALL_12), get(1, 432, buffer(432), 6, ALL_12),
    ],
  },
  {
    id: "F13", title: "ENQUEUE drops the upper half of its length",
    steps: [
      set(2, 0x0000000100000048n, bytes(irq("ffff2401", "00010000")), 0),
      check({ bits: 1 << 15, service: 0x00010000 }),
    ],
  },
  {
    id: "F14", title: "a negative length of the right remainder runs until memory ends",
    steps: [
      set(2, 0xffffffb8n, bytes(VIRTIO_12), EINVAL), set(2, 0xfffffff0n, bytes(VIRTIO_12), EFAULT),
      check({ bits: 1 << 11, counters: { virtio: 1 } }),
    ],
  },
  {
    id: "F15", title: "the largest ENQUEUE length",
    steps: [set(2, 0x2000010, "bad", EINVAL), set(2, 0x1ffffc8, "bad", EFAULT), check({ bits: 0 })],
  },
  {
    id: "F16", title: "entries before a bad one stay injected",
    steps: [enqueue(EINVAL, irq("ffff2603"), irq("fffe0000")),
      check({ bits: 1 << 11, counters: { virtio: 1 } })],
  },
  {
    id: "F17", title: "the type is judged before the payload is read",
    steps: [
      set(2, 72, bytes("0000000100000000"), EINVAL), set(2, 72, bytes("00000000fffe0001"), EINVAL),
      set(2, 72, bytes("00000000fffe0004"), EFAULT), enqueue(EINVAL, irq("fffe0004")),
      check({ bits: 0, ipm: 0 }),
    ],
  },
  {
    id: "F18", title: "only the payload of the type is read",
    steps: [
      set(2, 72, bytes(irq("00000005", "0001 0005 cafe0001 18000000").slice(0, 40)), 0),
      check({ bits: 1 << 7, lists: { 3: [[1, 5, 0xcafe0001, 0x18000000]] } }),
    ],
  },
  {
    id: "F19", title: "an enqueued adapter interrupt becomes a GISA bit and loses its payload",
    steps: [
      enqueue(0, irq(AI, "1234 5678 9abcdef0 10000000")),
      check({ ipm: 0x20, bits: 0, lists: {}, counters: { io: 0 } }),
      get(1, 576, buffer(576), 1, irq(AI, "0000 0000 00000000 90000000")), check({ ipm: 0 }),
    ],
  },
  {
    id: "F20", title: "without a GISA an adapter interrupt is listed as given", gisa: false,
    steps: [
      enqueue(0, irq(AI, "1234 5678 9abcdef0 10000000")), check({ bits: 1 << 8, counters: { io: 1 } }),
      get(1, 72, buffer(72), 1, irq(AI, "1234 5678 9abcdef0 10000000")),
    ],
  },
  {
    id: "F21", title: "bit 0 of the interruption word makes no adapter interrupt",
    steps: [
      enqueue(0, irq("00000005", "0001 0005 00000000 b0000000")),
      check({ bits: 1 << 4, ipm: 0, lists: { 6: [[1, 5, 0, 0xb0000000]] } }),
    ],
  },
  {
    id: "F22", title: "the limit of listed I/O interrupts does not concern GISA bits",
    steps: [
      { op: "fillIo", count: 266250 }, enqueue(EBUSY, irq("00000005", "0001 0005 00000000 00000000")),
      enqueue(0, irq(AI)), check({ ipm: 0x80, counters: { io: 266250 } }),
    ],
  },
  {
    id: "F23", title: "a second SCCB is dropped while the first waits; events go first with parameter 3",
    steps: [
      enqueue(0, irq("ffff2401", "00012340")), enqueue(0, irq("ffff2401", "00056781")),
      check({ service: 0x00012341, bits: 0x18000 }), { op: "cpu", id: 0, set: { ...OPEN, newPsws: 0 } },
      { op: "deliver", delivered: [[0xffff2401, 3]] }, check({ service: 0x00012340, bits: 0x8000 }),
      { op: "cpu", id: 0, set: OPEN }, { op: "deliver", delivered: [[0xffff2401, 0x00012340]] },
      check({ service: 0, bits: 0 }),
    ],
  },
  {
    id: "F24", title: "an event without an SCCB makes two interruptions",
    steps: [
      enqueue(0, irq("ffff2401", "00000002")), check({ bits: 0x18000 }), { op: "cpu", id: 0, set: OPEN },
      { op: "deliver", delivered: [[0xffff2401, 3], [0xffff2401, 0]] }, check({ bits: 0, service: 0 }),
    ],
  },
  {
    id: "F25", title: "a floating machine check waits for the channel-report subclass",
    steps: [
      { op: "cpu", id: 0, set: { psw: 0x00040000, cr14: 0xffffffffn, newPsws: 0 } },
      enqueue(0, irq("fffe1000", "0000000008000000 0000000000000001")),
      check({ bits: 1 << 24, mchk: [0n, 1n] }), { op: "deliver", delivered: [] },
      get(1, 72, buffer(72), 1, irq("fffe1000", "0000000000000000 0000000000000001")),
      enqueue(0, irq("fffe1000", "0000000010000000 0000000000000000")),
      check({ mchk: [0x10000000n, 1n] }), { op: "deliver", delivered: [[0xfffe1000, 0x10000000]] },
    ],
  },
  {
    id: "F26", title: "a masked channel report rides along with an exigent machine check",
    steps: [
      { op: "cpu", id: 0, set: { psw: 0x00040000, cr14: 0n, newPsws: 0 } },
      { op: "cpuIrq", bytes: irq("fffe1000", "0000000000000000 8000000000000000"), result: 0 },
      enqueue(0, irq("fffe1000", "0000000010000000 0040000000000000")),
      check({ localBits: 1 << 27, bits: 1 << 24 }), { op: "deliver", delivered: [[0xfffe1000, 0x10000000]] },
      check({ localBits: 0, bits: 0, memory: { 0x40e8: "8040000000000000" } }),
    ],
  },
  {
    id: "F27", title: "a local machine check accumulates until a bit makes it pending",
    steps: [
      { op: "cpuIrq", bytes: irq("fffe1000", "0000000000000000 0800000000000000"), result: 0 },
      check({ localBits: 0 }),
      { op: "getIrqState", length: 72, result: 0 },
      { op: "cpuIrq", bytes: irq("fffe1000", "0000000000000000 0100000000000000"), result: 0 },
      check({ localBits: 1 << 24, localMcic: 0x0900000000000000n }),
    ],
  },
  {
    id: "F28", title: "CLEAR_IO_IRQ checks flags, length, memory, value",
    steps: [
      set(8, 4, bytes("00010007"), EINVAL, 1), set(8, 8, "bad", EINVAL), set(8, 4, "bad", EFAULT),
      set(8, 4, bytes("00000000"), EINVAL), set(8, 4, bytes("00010007"), 0),
    ],
  },
  {
    id: "F29", title: "CLEAR_IO_IRQ removes one, lowest ISC first",
    steps: [
      enqueue(0, irq("00000008", "0001 0008 00000000 08000000"),
        irq("00000007", "0001 0007 00000000 08000000"),
        irq("00000007", "0001 0007 00000000 20000000")),
      set(8, 4, bytes("00010007"), 0),
      check({ bits: (1 << 9) | (1 << 6), lists: { 1: [[1, 8, 0, 0x08000000]], 4: [[1, 7, 0, 0x20000000]] } }),
      set(8, 4, bytes("00010007"), 0), check({ bits: 1 << 9, lists: { 1: [[1, 8, 0, 0x08000000]] } }),
      set(8, 4, bytes("00010007"), 0), check({ bits: 1 << 9, lists: { 1: [[1, 8, 0, 0x08000000]] } }),
    ],
  },
  {
    id: "F30", title: "adapters register once, unknown flags are ignored",
    steps: [
      register("00000040 03000101", EINVAL), register("0000003f 030001fe"),
      register("0000003f 030001fe", EINVAL),
      set(6, 0, "bad", EFAULT), check({ adapters: [{ id: 63, isc: 3, suppressible: false }] }),
    ],
  },
  {
    id: "F31", title: "an adapter with ISC 8 ends on ISC 0 and is never suppressed",
    steps: [aisAll("ff", "ff"), register("00000002 08000101"), set(10, 2, undefined, 0),
      check({ ipm: 0x80, ais: [0xff, 0xff] })],
  },
  {
    id: "F32", title: "ADAPTER_MODIFY's refusals, mapping is accepted and ignored",
    steps: [
      register("00000005 03000100"),
      set(7, 0, bytes("00000006 02 00 0000 0000000000000000"), EINVAL),
      set(7, 0, bytes("00000005 01 00 0000 0000000000000000"), EINVAL),
      set(7, 0, bytes("00000005 02 00 0000 0000000000000000"), 0),
      set(7, 0, bytes("00000005 03 00 0000 0000000000000000"), 0),
      set(7, 0, bytes("00000005 00 00 0000 0000000000000000"), EINVAL),
      set(7, 0, bytes("00000005 04 00 0000 0000000000000000"), EINVAL),
      set(7, 0, bytes("00000105 02 00 0000 0000000000000000"), EINVAL),
    ],
  },
  {
    id: "F33", title: "masking silences routes but not AIRQ_INJECT",
    steps: [
      register("00000009 01010100"),
      { op: "routes", entries: [{ gsi: 0, ind: INDICATORS, summary: SUMMARY, adapter: 9 }], result: 0 },
      set(7, 0, bytes("00000009 01 80 0000 0000000000000000"), 0), { op: "signal", gsi: 0, result: 1 },
      check({ ipm: 0, memory: { 0x100000: "80", 0x101000: "80" } }),
      set(10, 9, undefined, 0), check({ ipm: 0x40 }),
      set(7, 0, bytes("00000009 01 00 0000 0000000000000000"), 0),
    ],
  },
  {
    id: "F34a", title: "AISM needs facility 72 before anything else", facility72: false,
    steps: [set(9, 0, "bad", EOPNOTSUPP)],
  },
  {
    id: "F34b", title: "AISM checks memory, ISC, mode",
    steps: [
      set(9, 0, "bad", EFAULT), set(9, 0, bytes("08000009"), EINVAL), set(9, 0, bytes("07ff0002"), EINVAL),
      check({ ais: [0, 0] }), set(9, 0, bytes("07ff0001"), 0), check({ ais: [1, 0] }),
    ],
  },
  {
    id: "F35a", title: "AISM_ALL without facility 72: the length comes first", facility72: false,
    steps: [get(11, 1, buffer(2), EINVAL), get(11, 2, buffer(2), EOPNOTSUPP), set(11, 2, "bad", EOPNOTSUPP)],
  },
  {
    id: "F35b", title: "AISM_ALL gives both masks",
    steps: [aisAll("12", "02"), get(11, 0xffffffffffffffffn, buffer(2), 0, "1202"),
      get(11, 1, buffer(2), EINVAL)],
  },
  {
    id: "F36", title: "SINGLE lets one interrupt through until armed again",
    steps: [
      register("00000003 03000101"), set(9, 0, bytes("03000001"), 0), set(10, 3, undefined, 0),
      check({ ipm: 0x10, ais: [0x10, 0x10] }), { op: "cpu", id: 0, set: OPEN },
      { op: "deliver", delivered: [[0x04000000, 0]] }, set(10, 3, undefined, 0),
      check({ ipm: 0, ais: [0x10, 0x10] }),
      set(9, 0, bytes("03000001"), 0), check({ ais: [0x10, 0] }), set(10, 3, undefined, 0),
      check({ ipm: 0x10, ais: [0x10, 0x10] }),
    ],
  },
  {
    id: "F37", title: "an adapter that is not suppressible neither looks at the mode nor changes it",
    steps: [aisAll("10", "10"), register("00000004 03000100"), set(10, 4, undefined, 0),
      check({ ipm: 0x10, ais: [0x10, 0x10] })],
  },
  {
    id: "F38", title: "CLEAR_IRQS leaves modes, alert mask and local interrupts",
    steps: [
      aisAll("10", "10"), register("00000004 03000100"), ...ipm(0xff), { op: "gisa", iam: 0x10 },
      enqueue(0, IO5_12, VIRTIO_12, irq("ffff2401", "00012340"), MCHK_12),
      { op: "cpuIrq", bytes: irq("fffe0003"), result: 0 }, set(3, 0, undefined, 0),
      check({
        bits: 0, lists: {}, counters: { io: 0, virtio: 0, pfault: 0 }, service: 0, mchk: [0n, 0n], ipm: 0,
        iam: 0x10,
        ais: [0x10, 0x10], adapters: [{ id: 4, isc: 3, suppressible: false }], localBits: 2,
      }),
    ],
  },
  {
    id: "F39", title: "ENQUEUE pays no attention to suppression",
    steps: [aisAll("10", "10"), enqueue(0, ai("98000000")), check({ ipm: 0x10, ais: [0x10, 0x10] })],
  },
  {
    id: "F40", title: "where indicator and summary bits are",
    steps: [
      register("00000001 02000100"),
      { op: "routes", entries: [{ gsi: 4, ind: INDICATORS + 0x10n, indOffset: 9n, summary: SUMMARY,
        summaryOffset: 7, adapter: 1 }], result: 0 },
      { op: "signal", gsi: 4, result: 1 }, check({ memory: { 0x100011: "40", 0x101000: "01" }, ipm: 0x20 }),
    ],
  },
  {
    id: "F41", title: "a set summary bit coalesces and leaves SINGLE armed",
    steps: [
      register("00000001 02000101"), { op: "memory", address: 0x101000, bytes: "01" },
      set(9, 0, bytes("02000001"), 0),
      { op: "routes", entries: [{ gsi: 4, ind: INDICATORS + 0x10n, indOffset: 9n, summary: SUMMARY,
        summaryOffset: 7, adapter: 1 }], result: 0 },
      { op: "signal", gsi: 4, result: 0 }, check({ memory: { 0x100011: "40" }, ipm: 0, ais: [0x20, 0] }),
    ],
  },
  {
    id: "F42", title: "a refused routing table leaves the old one",
    steps: [
      { op: "routes", entries: [{ gsi: 1, ind: INDICATORS, summary: SUMMARY }], result: 0 },
      { op: "routes", entries: [{ gsi: 2, summary: UNMAPPED }, { gsi: 4096 }], result: EINVAL },
      { op: "routes", entries: [{ gsi: 2, summary: UNMAPPED }, { gsi: 3, ind: INDICATORS, summary: SUMMARY }],
        result: EFAULT },
      { op: "routes", entries: [{ gsi: 2, flags: 1, summary: UNMAPPED }], result: EINVAL },
      { op: "routes", nr: 4097, entries: [], result: EINVAL }, check({ gsis: [1] }),
    ],
  },
  {
    id: "F43", title: "the adapter is looked up when the interrupt comes",
    steps: [
      { op: "routes", entries: [{ gsi: 7, ind: INDICATORS, summary: SUMMARY, adapter: 12 }], result: 0 },
      { op: "signal", gsi: 7, result: -1 }, check({ memory: { 0x100000: "00", 0x101000: "00" }, ipm: 0 }),
      register("0000000c 00000100"), { op: "signal", gsi: 7, result: 1 }, check({ ipm: 0x80 }),
    ],
  },
  {
    id: "F44", title: "CREATE_IRQCHIP needs its capability and wipes the routes",
    steps: [
      { op: "routes", entries: [{ gsi: 1, ind: INDICATORS, summary: SUMMARY },
        { gsi: 2, ind: INDICATORS, summary: SUMMARY }], result: 0 },
      { op: "createIrqchip", result: EINVAL }, check({ gsis: [1, 2] }),
      { op: "enableCap", cap: 99, result: 0 },
      { op: "createIrqchip", result: 0 }, check({ gsis: [] }), { op: "createIrqchip", result: 0 },
    ],
  },
  {
    id: "F45", title: "IRQFD's refusals; a GSI that does not match deassigns nothing",
    steps: [
      { op: "eventfd", name: "E" }, { op: "eventfd", name: "second" }, { op: "regularFile", name: "file" },
      { op: "irqfd", fd: "E", gsi: 3, flags: 0, result: 0 },
      { op: "irqfd", fd: -1, gsi: 0, flags: 4, result: EINVAL },
      { op: "irqfd", fd: -1, gsi: 0, flags: 0, result: EBADF },
      { op: "irqfd", fd: "file", gsi: 0, flags: 0, result: EINVAL },
      { op: "irqfd", fd: "E", gsi: 9, flags: 1, result: 0 },
      { op: "irqfd", fd: "second", gsi: 0xffffffff, flags: 0, result: 0 }, check({ eventfdGsis: ["E", [3]] }),
    ],
  },
  {
    id: "F46", title: "one of everything goes out by priority, each under the PSW before",
    steps: [
      { op: "cpu", id: 0, set: OPEN },
      enqueue(0, irq("00000005", "0001 0005 cafe0001 00000000"), DONE_12, irq("ffff2401", "00012341"),
        irq("fffe1000", "0000000010000000 0040000000000000")),
      { op: "cpuIrq", bytes: irq("ffff1201", "0000"), result: 0 },
      {
        op: "deliver", delivered: [
          [0xfffe1000, 0x10000000], [0xffff1201, 0], [0xffff2401, 3], [0xffff2401, 0x00012340],
          [0xfffe0005, 0],
          [0x00000005, 0x00010005],
        ],
      },
      check({
        bits: 0, localBits: 0, ipm: 0, psw: [0x0304000000000000n, 0x101f0n],
        memory: { 0x4170: "0304000000000000" + "00000000000101b0" },
      }),
    ],
  },
  {
    id: "F47", title: "TPI prefers the more urgent GISA bit and puts the listed one last",
    steps: [
      enqueue(0, irq("00000001", "0001 0001 11111111 18000000"),
        irq("00000002", "0001 0002 22222222 18000000")),
      ...ipm(0x20), { op: "cpu", id: 0, set: { cr6: 0x30000000n } },
      { op: "memory", address: 0x2000, bytes: "ffffffffffffffffffffffff" },
      { op: "tpi", address: 0x2000n, cc: 1 },
      check({
        ipm: 0, memory: { 0x2000: "0000000000000000ffffffff" },
        lists: { 3: [[1, 2, 0x22222222, 0x18000000], [1, 1, 0x11111111, 0x18000000]] },
      }),
    ],
  },
  {
    id: "F48", title: "SET_IRQ_STATE: length, memory, then nothing may be pending",
    steps: [
      { op: "setIrqState", length: 71, buffer: buffer(72), result: EINVAL },
      { op: "setIrqState", length: 0, buffer: buffer(72), result: EINVAL },
      { op: "setIrqState", length: 20736, buffer: buffer(20736), result: EINVAL },
      { op: "cpuIrq", bytes: irq("fffe0003"), result: 0 },
      { op: "setIrqState", length: 72, buffer: "bad", result: EFAULT },
      { op: "setIrqState", length: 72, buffer: bytes(irq("fffe0003")), result: EBUSY },
    ],
  },
  {
    id: "F49", title: "GET_IRQ_STATE writes what fits before it refuses",
    steps: [
      { op: "cpuIrq", bytes: irq("fffe0003"), result: 0 },
      { op: "cpuIrq", bytes: irq("fffe0001", "00".repeat(28) + "0005" + "00".repeat(7) + "05"), result: 0 },
      { op: "getIrqState", length: 72, result: ENOBUFS, out: irq("fffe0003") },
      {
        op: "getIrqState", length: 144, result: 144,
        out: irq("fffe0003") + irq("fffe0001", "00".repeat(28) + "0005" + "00".repeat(7) + "05"),
      },
      { op: "getIrqState", length: 0, result: EINVAL },
    ],
  },
  {
    id: "F50", title: "STOP: flags first, a stopped CPU keeps nothing pending, a second one is refused",
    steps: [
      { op: "cpu", id: 0, set: { stopped: true } },
      { op: "cpuIrq", bytes: irq("fffe0000", "00000002"), result: EINVAL },
      { op: "cpuIrq", bytes: irq("fffe0000"), result: 0 }, check({ localBits: 0 }),
      { op: "cpu", id: 0, set: { stopped: false } }, { op: "cpuIrq", bytes: irq("fffe0000"), result: 0 },
      check({ localBits: 1 << 2 }), { op: "cpuIrq", bytes: irq("fffe0000"), result: EBUSY },
    ],
  },
  {
    id: "F51", title: "a restored clock-comparator bit is only a hint",
    steps: [
      { op: "cpu", id: 0, set: { psw: 0x01000000, cr0: 0x800n } },
      { op: "setIrqState", length: 72, buffer: bytes(irq("ffff1004")), result: 0 },
      check({ localBits: 1 << 19 }),
      { op: "deliver", delivered: [] }, check({ localBits: 0 }),
    ],
  },
  {
    id: "F52", title: "the older injection ioctls",
    steps: [
      { op: "vmInterrupt", argument: "00000005 00010005 cafe000118000000", result: 0 },
      { op: "vmInterrupt", argument: "fffe0004 00000000 0000000000000001", result: EINVAL },
      { op: "vmInterrupt", argument: "fffe1000 18000000 0000000000000001", result: 0 },
      { op: "cpuInterrupt", argument: "fffe1000 10000000 0100000000000000", result: 0 },
      { op: "cpuInterrupt", argument: "ffff1202 00010000 0000000000000000", result: EINVAL },
      check({
        lists: { 3: [[1, 5, 0xcafe0001, 0x18000000]] }, mchk: [0x10000000n, 1n],
        localMcic: 0x0100000000000000n,
        localCr14: 0n,
      }),
    ],
  },
  {
    id: "F53", title: "round robin skips a stopped CPU", cpus: 3,
    steps: [
      { op: "cpu", id: 1, set: { stopped: true } }, { op: "roundRobin", next: 1 },
      enqueue(0, irq("ffff2603")),
      check({ cpustat: { 0: 0, 1: 0, 2: 0x01000000 }, roundRobin: 0, kicks: [2] }),
    ],
  },
  {
    id: "F54", title: "with all CPUs stopped the interrupt waits", cpus: 2,
    steps: [
      { op: "cpu", id: 0, set: { stopped: true } }, { op: "cpu", id: 1, set: { stopped: true } },
      { op: "roundRobin", next: 0 }, enqueue(0, irq("ffff2603")),
      check({ cpustat: { 0: 0, 1: 0 }, roundRobin: 1, bits: 1 << 11, kicks: [] }),
    ],
  },
  {
    id: "F55", title: "an idle CPU is chosen whatever its masks; a GISA bit asks for no intercept", cpus: 2,
    steps: [
      { op: "cpu", id: 1, set: { idle: true, psw: 0x01000000 } }, enqueue(0, ai("80000000")),
      check({ cpustat: { 0: 0, 1: 0 }, kicks: [1] }),
      enqueue(0, irq("00000005", "0001 0005 00000000 00000000")),
      check({ cpustat: { 0: 0, 1: 0x02000000 }, kicks: [1, 1] }),
    ],
  },
];
