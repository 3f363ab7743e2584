/** Vectors F13 to F27: injection, limits, and machine checks. */
import { errno } from "../../api/errno.ts";
import { AI, buffer, bytes, check, enqueue, get, irq, OPEN, set } from "./flicSteps.ts";
import type { FlicVector } from "./flicVector.ts";

const { EFAULT, EBUSY, EINVAL } = errno;

const VIRTIO_12 = irq("ffff2603", "00000d01 aabbccdd 4444444444444444");

export const injectionVectors: readonly FlicVector[] = [
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
];
