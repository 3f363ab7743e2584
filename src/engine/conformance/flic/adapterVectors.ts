/** Vectors F28 to F45: clearing, adapters, suppression modes, routes and irqfds. */
import { errno } from "../../api/errno.ts";
import {
  ai, aisAll, buffer, bytes, check, enqueue, get, INDICATORS, ipm, irq, OPEN, register, set, SUMMARY,
  UNMAPPED,
} from "./flicSteps.ts";
import type { FlicVector } from "./flicVector.ts";

const { EFAULT, EINVAL, EBADF, EOPNOTSUPP } = errno;

const MCHK_12 = irq("fffe1000", "0000000018000000 0040000000000f00 1111111111111111 22222222");
const VIRTIO_12 = irq("ffff2603", "00000d01 aabbccdd 4444444444444444");
const IO5_12 = irq("00000005", "0001 0005 cafe0001 28000000");

export const adapterVectors: readonly FlicVector[] = [
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
];
