/** Vectors F46 to F55: delivery, state of CPUs, stop, and who is chosen. */
import { errno } from "../../api/errno.ts";
import { ai, buffer, bytes, check, enqueue, ipm, irq, OPEN } from "./flicSteps.ts";
import type { FlicVector } from "./flicVector.ts";

const { EFAULT, EBUSY, EINVAL, ENOBUFS } = errno;

const DONE_12 = irq("fffe0005", "00000007 00000008 5555555555555555");

export const deliveryVectors: readonly FlicVector[] = [
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
