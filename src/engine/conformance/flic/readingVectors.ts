/** Vectors F01 to F12: what is known, and reading everything that is pending. */
import { errno } from "../../api/errno.ts";
import { AI, ai, buffer, check, enqueue, get, ipm, irq, set } from "./flicSteps.ts";
import type { FlicVector } from "./flicVector.ts";

const { EFAULT, ENODEV, EINVAL, ENOMEM, ENXIO } = errno;

const MCHK_12 = irq("fffe1000", "0000000018000000 0040000000000f00 1111111111111111 22222222");
const VIRTIO_12 = irq("ffff2603", "00000d01 aabbccdd 4444444444444444");
const DONE_12 = irq("fffe0005", "00000007 00000008 5555555555555555");
const IO5_12 = irq("00000005", "0001 0005 cafe0001 28000000");
const IO6_12 = irq("00000006", "0001 0006 cafe0002 10000000");
const ALL_12 = [
  IO6_12, IO5_12, DONE_12, VIRTIO_12, irq("ffff2401", "00012341"),
  irq("fffe1000", "0000000010000000 0040000000000f00"),
].join("");

export const readingVectors: readonly FlicVector[] = [
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
];
