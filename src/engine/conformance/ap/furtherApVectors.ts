/**
 * Vectors B01 to B20 of AP passthrough: what the specification's sentences say beside its own vectors, from
 * the state that those begin in. Orders of checks, every response code, counts of attempts, and what is kept.
 */
import {
  aqic, check, E, ENABLE, HELD, hw, hwOf, I, IRQ, IRQ47, NONE, pool, pqap, rc, REFUSED, store,
} from "./apSteps.ts";
import type { ApStep, ApVector } from "./apVector.ts";

const EBUSY = -16, EIO = -5, EINVAL = -22, ENODEV = -19, EADDRINUSE = -98;
const IN_USE = "05.0004\n05.0047\n", HIDDEN = ".0004\n.0047\n";
const of = (queue: bigint, gr1: bigint, nib: bigint, status: bigint, conditionCode?: number): ApStep =>
  ({ op: "pqap", gr: [0x03000000n | queue, gr1, nib], result: "done", gr1: status, conditionCode });
const aqics = (count: number): string[] =>
  Array.from({ length: count }, () => "aqic 03000504 0000000000000000 0000000000000000");
const reset = (result: number): ApStep => ({ op: "reset", result });
const bind = (queue: string): ApStep => ({ op: "bind", queue });
const unbind = (queue: string): ApStep => ({ op: "unbind", queue });

export const furtherApVectors: readonly ApVector[] = [
  { id: "B01", title: "privilege is tested before reserved bits", steps: [
    pqap(0x03010504n, 0n, 6), { op: "cpu", problemState: true }, pqap(0x037f0504n, 0n, 2)] },
  { id: "B02", title: "the last byte of memory is an indicator, the next is none", steps: [
    hw(), aqic(ENABLE | 3n, 0x200000n, 0x60000n, 3), aqic(ENABLE | 3n, 1n << 63n, 0x60000n, 3),
    check({ ...NONE, calls: [] }), hw(["aqic", 0]), aqic(ENABLE | 3n, 0x1fffffn, 0n),
    check({ queues: { "05.0004": [0x1fffff, 3] }, pins: { 0x1fffff: 1 } })] },
  ...[1, 2, 4, 5, 6, 8].map((response): ApVector => ({
    id: `B03-${response}`, title: `an enable that answers ${response} gives back the old and leaks the new`,
    steps: [
      IRQ, hw(["aqic", rc(response)], ["aqic", rc(7)], ["tapq", E]),
      aqic(ENABLE | 5n, 0x1678n, BigInt(rc(response)), 3),
      check({ queues: { "05.0004": null }, references: { 5: 1 }, iam: 4, pins: { 0x1678: 1 } })],
  })),
  { id: "B04", title: "six attempts to disable, then all is given back", steps: [
    IRQ, hw(...[5, 2, 5, 2, 5, 2].map((response) => ["aqic", rc(response)] as const)),
    aqic(0n, 0n, 0x20000n, 3), check({ ...NONE, calls: aqics(6) })] },
  { id: "B05", title: "the sixth attempt to disable counts", steps: [
    IRQ, hw(...[5, 2, 5, 2, 5, 0].map((response) => ["aqic", rc(response)] as const), ["tapq", E]),
    aqic(0n, 0n, 0n), check({ ...NONE, calls: [...aqics(6), "tapq 0504"] })] },
  ...[1, 3, 4, 6, 8].map((response): ApVector => ({
    id: `B06-${response}`, title: `a disable that answers ${response} is not waited for`, steps: [
      IRQ, hw(["aqic", rc(response)]), aqic(0n, 0n, BigInt(rc(response)), 3),
      check({ ...NONE, calls: aqics(1) })],
  })),
  { id: "B07", title: "a look ends with the I bit off, in a reset too", steps: [
    IRQ, hw(["aqic", 0], ["tapq", rc(5)], ["tapq", I], ["tapq", I | rc(2)], ["tapq", rc(2)]),
    aqic(0n, 0n, 0n),
    check({ ...NONE, calls: [...aqics(1), ...Array.from({ length: 4 }, () => "tapq 0504")] })] },
  { id: "B08", title: "two queues with one indicator are one pin that counts two", steps: [
    IRQ, hwOf("05.0047", ["aqic", 0]), of(0x547n, ENABLE | 4n, 0x1234n, 0n),
    check({ references: { 3: 1, 4: 1 }, iam: 0x18, pins: { 0x1234: 2 } }),
    hw(["aqic", 0], ["tapq", 0]), aqic(0n, 0n, 0n), check({ references: { 4: 1 }, pins: { 0x1234: 1 } })] },
  { id: "B09", title: "a queue must be assigned and bound", steps: [
    bind("05.0008"), of(0x508n, ENABLE | 3n, 0x1234n, REFUSED, 3), store("M", "assign_domain", "9", 1),
    of(0x509n, ENABLE | 3n, 0x1234n, REFUSED, 3), store("M", "assign_domain", "8", 1),
    hwOf("05.0008", ["aqic", 0]), of(0x508n, ENABLE | 3n, 0x1234n, 0n)] },
  { id: "B10", title: "unassigning gives a queue free for another device, which keeps it", steps: [
    store("M2", "assign_domain", "4", 1), store("M2", "assign_adapter", "5", EADDRINUSE),
    store("M", "unassign_domain", "4", 1), store("M2", "assign_adapter", "5", 1),
    store("M", "assign_domain", "4", EADDRINUSE),
    check({ matrix: { M: "05.0047\n", M2: "05.0004\n" } })] },
  { id: "B11", title: "a hidden adapter stays hidden until the next filtering", steps: [
    store("M", "assign_domain", "8", 1), check({ guestAdapters: [] }),
    store("M", "unassign_domain", "8", 1), check({ guestMatrix: HIDDEN }),
    store("M", "assign_adapter", "5", 1), check({ guestMatrix: HIDDEN }),
    store("M", "assign_domain", "9", 1), bind("05.0009"),
    check({ guestMatrix: "05.0004\n05.0009\n05.0047\n" })] },
  ...[5, 6, 8].map((response): ApVector => ({
    id: `B12-${response}`, title: `a reset that answers ${response} is an I/O error and keeps what is held`,
    steps: [
      IRQ, hw(["zapq", rc(response)]), hwOf("05.0047", ["zapq", E]), reset(EIO),
      check({ ...HELD, resetResponse: { "05.0004": response }, guestMatrix: IN_USE })],
  })),
  ...[1, 4].map((response): ApVector => ({
    id: `B13-${response}`, title: `a reset that answers ${response} is busy and gives back`, steps: [
      IRQ, hw(["zapq", rc(response)]), hwOf("05.0047", ["zapq", E]), reset(EBUSY),
      check({ ...NONE, calls: ["zapq 0504", "zapq 0547"] })],
  })),
  { id: "B14", title: "a reset in progress is tried once more", steps: [
    IRQ, hw(["zapq", rc(2)], ["zapq", E]), hwOf("05.0047", ["zapq", E]), reset(0),
    check({ ...NONE, calls: ["zapq 0504", "zapq 0504", "zapq 0547"] })] },
  { id: "B15", title: "two looks at a queue that was reset, then all is given back", steps: [
    IRQ, hw(["zapq", E | I], ["tapq", E | I], ["tapq", E | I]), hwOf("05.0047", ["zapq", E]), reset(0),
    check({ ...NONE, calls: ["zapq 0504", "tapq 0504", "tapq 0504", "zapq 0547"] })] },
  { id: "B16", title: "the last failure of a device's reset is told, hidden queues are reset too", steps: [
    store("M", "assign_domain", "8", 1), hw(["zapq", rc(3)]), hwOf("05.0047", ["zapq", rc(6)]), reset(EIO),
    check({ guestAdapters: [] })] },
  { id: "B17", title: "unassigning a domain in use resets its queue alone", steps: [
    IRQ, IRQ47, hw(["zapq", E]), store("M", "unassign_domain", "4", 1),
    check({ queues: { "05.0004": null, "05.0047": [0x1300, 3] }, references: { 3: 1 }, calls: ["zapq 0504"],
      guestMatrix: "05.0047\n", status: { "05.0004": "unassigned" } })] },
  { id: "B18", title: "unassigning a hidden domain resets nothing", steps: [
    IRQ, store("M", "assign_domain", "8", 1), hw(), store("M", "unassign_domain", "4", 1),
    check({ ...HELD, calls: [] })] },
  { id: "B19", title: "a queue that comes back holds nothing", steps: [
    IRQ, IRQ47, hw(["zapq", E]), unbind("05.0004"), aqic(0n, 0n, REFUSED, 3), bind("05.0004"),
    check({ queues: { "05.0004": null, "05.0047": [0x1300, 3] }, guestMatrix: IN_USE })] },
  { id: "B20", title: "what masks and numbers are not", steps: [
    ...["+", "5-", "+1,", "+1-", "+5-3", "+256", "+1;+2", "0".repeat(65)]
      .map((text) => pool("apmask", text, EINVAL)),
    ...["8\n\n", "9 ", "++1", "+", "08", "0xg", "-0"]
      .map((text) => store("M2", "assign_adapter", text, EINVAL)),
    store("M2", "assign_adapter", "0400", ENODEV), store("M2", "assign_adapter", "006", 3),
    store("M2", "assign_adapter", "0X7\n", 4),
    check({ matrix: { M2: "06.\n07.\n" }, pool: { apm: [], aqm: [] } }),
  ] },
];
