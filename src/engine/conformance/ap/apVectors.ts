/**
 * AP passthrough as data: what is there, what is called, what comes back, what is then there. Ids are stable.
 *
 * Unless given: a host of Linux 6.1 with extended addressing, all ids configured and an empty default pool; a
 * VM with facilities 15, 65 and 76, APIE and AIV on, GISA at 0x12345900, host ISC 5, 2 MiB of memory in one
 * slot and one DMA mapping, page 0x1000 at host address 0x7a000000. Matrix device M has adapter 05 and
 * domains 0004 and 0047, queues 05.0004 and 05.0047 are bound, M is open for the VM. M2 is empty, not open.
 */
import {
  aqic, check, E, ENABLE, HELD, hw, hwOf, I, IRQ, IRQ47, NONE, pool, pqap, rc, REFUSED, store,
} from "./apSteps.ts";
import type { ApVector } from "./apVector.ts";

const EPERM = -1, EBUSY = -16, ENODEV = -19, EINVAL = -22, ERANGE = -34, ENXIO = -6, EOPNOTSUPP = -95;
const EADDRINUSE = -98, EADDRNOTAVAIL = -99;

export const apVectors: readonly ApVector[] = [
  { id: "A01", title: "another function in problem state goes to user space", steps: [
    { op: "cpu", problemState: true },
    pqap(0x04000504n, 0x1122334455667788n, "userspace", 0x1122334455667788n),
  ] },
  { id: "A02", title: "a reserved bit is a specification exception", steps: [pqap(0x03400504n, 0n, 6)] },
  { id: "A03a", title: "the T bit needs facility 15", facilities: [65, 76], steps: [
    pqap(0x03800506n, 0x1122334455667788n, 6, 0x1122334455667788n)] },
  { id: "A03b", title: "with facility 15 the T bit is let through", steps: [
    pqap(0x03800506n, 0x1122334455667788n, "done", REFUSED, 3)] },
  { id: "A04", title: "without extended addressing numbers end at 63 and 15", apxa: false, steps: [
    pqap(0x03004004n, 0n, 6), pqap(0x03000410n, 0n, 6), pqap(0x03003f0fn, 0n, "done", REFUSED, 3)] },
  { id: "A05", title: "the facility is tested before the hook", open: false, facilities: [15, 76], steps: [
    pqap(0x03000504n, 0n, 6)] },
  { id: "A06", title: "without a hook the status lands in the high word", open: false, steps: [
    pqap(0x03000504n, 0x1122334455667788n, "done", 0x0001000055667788n, 3)] },
  { id: "A07", title: "a queue that is not assigned is not available", steps: [
    pqap(0x03000506n, 0x1122334455667788n, "done", REFUSED, 3)] },
  { id: "A08", title: "without AIV the driver leaves it to user space", steps: [
    { op: "cpu", aiv: false, conditionCode: 2 },
    pqap(0x03000506n, 0x1122334455667788n, "userspace", 0x1122334455667788n, 2)] },
  { id: "A09", title: "enabling: the host's call, what is held, the condition code left alone", steps: [
    { op: "cpu", conditionCode: 1 },
    hw(["aqic", E]),
    aqic(ENABLE | 3n, 0x1234n, 0x80000000n, 1),
    check({ ...HELD, alertMask: 0x10, calls: ["aqic 03000504 0000830012345905 000000007a000234"] })] },
  { id: "A10", title: "an indicator of 0 or without a memory slot", steps: [
    hw(), aqic(ENABLE | 3n, 0n, 0x60000n, 3), aqic(ENABLE | 3n, 0x200000n, 0x60000n, 3),
    check({ ...NONE, calls: [] })] },
  { id: "A11", title: "an indicator without a DMA mapping", steps: [
    { op: "unmapAll" }, hw(), aqic(ENABLE | 3n, 0x1234n, 0x60000n, 3),
    check({ ...NONE, alertMask: 0, calls: [] })] },
  { id: "A12", title: "indicator address 1 and ISC 0", steps: [
    hw(["aqic", 0]), aqic(ENABLE, 1n, 0n),
    check({ queues: { "05.0004": [1, 0] }, references: { 0: 1 }, iam: 0x80 })] },
  { id: "A13", title: "re-enabling holds the new before it gives back the old", steps: [
    IRQ, hw(["aqic", 0]), aqic(ENABLE | 5n, 0x1678n, 0n),
    check({ queues: { "05.0004": [0x1678, 5] }, references: { 5: 1 }, alertMask: 4, pins: { 0x1678: 1 },
      during: { alertMask: 0x14, pins: { 0x1234: 1, 0x1678: 1 } } })] },
  { id: "A14", title: "re-enabling with the same values never opens a gap",
    note: "two readings of an enable that fails in the hardware and names the page and subclass that the "
      + "queue holds already: by this vector each call makes a claim of its own (1, 2, 1), so one claim is "
      + "left behind, and so it is here; by the text on failing enables nothing is left if they are equal.",
    steps: [
    IRQ, hw(["aqic", 0]), aqic(ENABLE | 3n, 0x1234n, 0n),
    check({ ...HELD, during: { references: { 3: 2 }, iam: 0x10, pins: { 0x1234: 2 } } })] },
  { id: "A15", title: "nothing changed: the new is given back, the old stays", steps: [
    IRQ, hw(["aqic", rc(7)]), aqic(ENABLE | 5n, 0x1678n, 0x70000n, 3), check({ ...HELD, alertMask: 0x10 })] },
  { id: "A16", title: "a refused indicator leaves interrupts enabled", steps: [
    IRQ, hw(), aqic(ENABLE | 5n, 0n, 0x60000n, 3), check({ ...HELD, calls: [] })] },
  { id: "A17", title: "nothing changed on a first enable holds nothing", steps: [
    hw(["aqic", rc(7)]), aqic(ENABLE | 3n, 0x1234n, 0x70000n, 3), check(NONE)] },
  { id: "A18", title: "an enable that fails in the hardware gives back the old and leaks the new", steps: [
    IRQ, hw(["aqic", rc(3)], ["aqic", rc(3)]), aqic(ENABLE | 5n, 0x1678n, 0x30000n, 3),
    check({ queues: { "05.0004": null }, references: { 5: 1 }, alertMask: 4, pins: { 0x1678: 1 } })] },
  { id: "A19", title: "disabling what is disabled gives everything back", steps: [
    IRQ, hw(["aqic", rc(7)], ["tapq", 0]), aqic(0n, 0n, 0x70000n, 3), check(NONE)] },
  { id: "A20", title: "five looks at a queue that stays enabled, then all is given back", steps: [
    IRQ, hw(["aqic", 0], ["tapq", I], ["tapq", I], ["tapq", I], ["tapq", I], ["tapq", I]), aqic(0n, 0n, 0n),
    check({ ...NONE, calls: ["aqic 03000504 0000000000000000 0000000000000000",
      ...Array.from({ length: 5 }, () => "tapq 0504")] })] },
  { id: "A21", title: "disabling waits for a busy queue and a reset", steps: [
    IRQ, hw(["aqic", rc(5)], ["aqic", rc(2)], ["aqic", 0], ["tapq", 0]),
    aqic(0xffff7fffffffffffn, 0n, 0n),
    check({ ...NONE, calls: [...Array.from({ length: 3 },
      () => "aqic 03000504 0000000000000000 0000000000000000"), "tapq 0504"] })] },
  { id: "A22", title: "two queues with one page and one ISC", steps: [
    IRQ, IRQ47, hw(["aqic", 0], ["tapq", 0]), aqic(0n, 0n, 0n),
    check({ references: { 3: 1 }, iam: 0x10, pins: { 0x1300: 1 } })] },
  { id: "A23", title: "the guest's matrix is not asked", steps: [
    { op: "unbind", queue: "05.0047" }, check({ guestAdapters: [] }), hw(["aqic", 0]),
    aqic(ENABLE | 3n, 0x1234n, 0n), check({ queues: { "05.0004": [0x1234, 3] } })] },
  { id: "A24", title: "what the guest's own reset left is given back by the next enable", steps: [
    IRQ, pqap(0x02000504n, 0n, "done", BigInt(E), 0), check(HELD), hw(["aqic", 0]),
    aqic(ENABLE | 2n, 0x1234n, 0n),
    check({ queues: { "05.0004": [0x1234, 2] }, references: { 2: 1 }, pins: { 0x1234: 1 } })] },
  { id: "A25", title: "numbers as sysfs reads them", steps: [
    store("M2", "assign_adapter", "256", ENODEV), store("M2", "assign_adapter", "-1", EINVAL),
    store("M2", "assign_adapter", " 5", EINVAL), store("M2", "assign_adapter", "", EINVAL),
    store("M2", "assign_adapter", "18446744073709551616", ERANGE),
    store("M2", "assign_adapter", "0x", EINVAL),
    store("M2", "assign_adapter", "+6\n", 3), store("M2", "assign_adapter", "6", 1),
    check({ matrix: { M2: "06.\n" } })] },
  { id: "A26", title: "the default pool is looked at before other devices", steps: [
    store("M2", "assign_domain", "4", 1), store("M2", "assign_domain", "0x10", 4),
    pool("apmask", "+5", 2), pool("aqmask", "+16", 3),
    store("M2", "assign_adapter", "5", EADDRNOTAVAIL), check({ matrix: { M2: ".0004\n.0010\n" } })] },
  { id: "A27", title: "sharing is found out when both dimensions are there", steps: [
    store("M2", "assign_adapter", "5", 1), store("M2", "assign_domain", "4", EADDRINUSE),
    store("M2", "assign_domain", "5", 1), check({ matrix: { M2: "05.0005\n" } })] },
  { id: "A28a", title: "only adapters print alone", steps: [
    store("M2", "assign_adapter", "5", 1), store("M2", "assign_adapter", "10", 2),
    check({ matrix: { M2: "05.\n0a.\n" } })] },
  { id: "A28b", title: "only domains print alone", steps: [
    store("M2", "assign_domain", "4", 1), check({ matrix: { M2: ".0004\n" } })] },
  { id: "A29", title: "a queue that exists nowhere hides its adapter", steps: [
    hw(), store("M", "assign_domain", "0x10", 4),
    check({ matrix: { M: "05.0004\n05.0010\n05.0047\n" }, guestAdapters: [],
      guestMatrix: ".0004\n.0010\n.0047\n", updates: 1, status: { "05.0004": "assigned" } })] },
  { id: "A30", title: "the pool may not take an assigned queue", steps: [
    pool("apmask", "+5", 2), pool("aqmask", "+4", EBUSY), pool("apmask", "-5", 2), pool("aqmask", "+4", 2),
    check({ pool: { apm: [], aqm: [4] } })] },
  { id: "A31", title: "masks as the bus reads them", steps: [
    pool("apmask", "5", 1), check({ pool: { apm: [1, 3], aqm: [] } }), pool("apmask", "+5-3", EINVAL),
    pool("apmask", "+256", EINVAL), pool("apmask", `0x${"0".repeat(65)}`, EINVAL),
    check({ pool: { apm: [1, 3], aqm: [] } })] },
  { id: "A32a", title: "control block of format 2", open: false, steps: [
    { op: "open", device: "M", vm: true, result: 0 },
    check({ crycb: { 0: "00".repeat(24), 0x80: `04${"00".repeat(31)}`,
      0xa0: `0800000000000000 01${"00".repeat(23)}`, 0xc0: "00".repeat(32) } })] },
  { id: "A32b", title: "control block of format 0 cuts off domains from 16 on", facilities: [15, 65],
    open: false, steps: [
    { op: "open", device: "M", vm: true, result: 0 },
    check({ crycb: { 0: "0400000000000000", 8: "0800", 0x10: "0000", 0x80: "00".repeat(96) } })] },
  { id: "A33", title: "a control domain that the host lacks", steps: [
    { op: "hostAdm", without: 7 }, hw(), store("M", "assign_control_domain", "7", 1),
    check({ controlDomains: "0007\n", updates: 0 }), store("M", "unassign_control_domain", "7", 1),
    check({ controlDomains: "", updates: 0 })] },
  { id: "A34", title: "one matrix device per VM, and not without one", steps: [
    { op: "open", device: "M2", vm: true, result: EPERM },
    { op: "open", device: "M2", vm: false, result: EINVAL },
    check({ hook: "M" })] },
  { id: "A35", title: "device information", steps: [
    { op: "getInfo", bytes: "0000000f 00000000 00000000 00000000", result: EINVAL },
    { op: "getInfo", bytes: "00000010 00000000 ffffffff ffffffff", result: 0,
      out: "00000010 00000021 00000000 00000000" },
    { op: "getInfo", bytes: "00000014 00000000 00000000 00000000 cafecafe", result: 0,
      out: "00000014 00000021 00000000 00000000 cafecafe" }] },
  { id: "A36", title: "a reset that does not end: busy, given back, hidden at the next filtering", steps: [
    { op: "bind", queue: "05.0008" }, IRQ, hw(["zapq", rc(2)], ["zapq", rc(2)], ["tapq", E]),
    hwOf("05.0047", ["zapq", E]), { op: "reset", result: EBUSY },
    check({ ...NONE, resetResponse: { "05.0004": 2 }, guestAdapters: [5] }),
    store("M", "assign_domain", "8", 1), check({ guestAdapters: [] })] },
  { id: "A37", title: "a deconfigured queue is let go at once", steps: [
    IRQ, hw(["zapq", rc(3)]), hwOf("05.0047", ["zapq", E]), { op: "reset", result: EBUSY },
    check({ ...NONE, resetResponse: { "05.0004": 3 }, calls: ["zapq 0504", "zapq 0547"] })] },
  { id: "A38", title: "unbinding one queue hides the adapter and resets that queue alone", steps: [
    IRQ, hw(), hwOf("05.0047", ["zapq", E]), { op: "unbind", queue: "05.0047" },
    check({ ...HELD, guestAdapters: [], guestMatrix: ".0004\n.0047\n", calls: ["zapq 0547"] })] },
  { id: "A39", title: "binding it again shows the adapter again", steps: [
    IRQ, { op: "unbind", queue: "05.0047" }, hw(), { op: "bind", queue: "05.0047" },
    check({ ...HELD, guestAdapters: [5], updates: 1 })] },
  { id: "A40", title: "a host without AP instructions", hostHasAp: false, open: false, steps: [
    { op: "vmAttribute", call: "set", group: 2, attr: 4, result: EOPNOTSUPP },
    { op: "vmAttribute", call: "has", group: 2, attr: 4, result: ENXIO }] },
];
