/**
 * Vectors G01 to G26: what the specification's sentences say beside its own vectors. Two checks that fail at
 * once, limits and their neighbours, state behind refused calls, and groups that meet.
 */
import { errno } from "../../api/errno.ts";
import {
  AI, ai, aisAll, buffer, bytes, check, enqueue, get, INDICATORS, ipm, irq, OPEN, register, set, SUMMARY,
  UNMAPPED,
} from "./flicSteps.ts";
import type { FlicStep, FlicVector, Route } from "./flicVector.ts";

const { EBUSY, EFAULT, EINVAL, ENOBUFS, ENOMEM } = errno;

const SERVICE = "ffff2401", VIRTIO = "ffff2603", MCHK = "fffe1000";
const io = (nr: string, word: string): string => irq("00000005", `0001 ${nr} 00000000 ${word}`);
const stateLimit = 20664;
/** Two pages that are there, one bit each. */
const route = (over: Partial<Route>): Route =>
  ({ gsi: 1, ind: INDICATORS, summary: SUMMARY, adapter: 1, ...over });
const routes = (result: number, ...entries: Route[]): FlicStep => ({ op: "routes", entries, result });
const signal = (gsi: number, result: number): FlicStep => ({ op: "signal", gsi, result });
const airq = (id: number, result = 0): FlicStep => set(10, id, undefined, result);
const readGisa = (mask: number, size: number, result: number): FlicStep[] =>
  [...ipm(mask), get(1, size, buffer(size), result), check({ ipm: 0 })];

/** Bit number in the page of the route's indicator, and the byte and mask that it is. */
const bit = (swap: 0 | 1, page: number, offset: bigint, at: number, mask: string): FlicVector["steps"] => [
  register(`0000000${swap + 1} 0200${swap ? "01" : "00"}00`),
  routes(0, route({ ind: INDICATORS + BigInt(page), indOffset: offset, adapter: swap + 1 })),
  signal(1, 1), check({ memory: { [Number(INDICATORS) + at]: mask } }),
];

export const furtherVectors: readonly FlicVector[] = [
  { id: "G01", title: "CLEAR_IO_IRQ judges flags before memory, and all 64 bits of its length", steps: [
    set(8, 4, "bad", EINVAL, 1), set(8, 0x100000004n, bytes("00010007"), EINVAL),
    set(8, 4, bytes("00000001"), 0)] },
  { id: "G02", title: "room is asked for before each ISC, pending or not", steps: [
    ...readGisa(0x01, 72, 1), ...readGisa(0x02, 72, ENOMEM), ...readGisa(0x03, 144, 2),
    ...readGisa(0x82, 144, ENOMEM), ...readGisa(0xfe, 504, ENOMEM), ...readGisa(0xff, 576, 8)] },
  { id: "G03", title: "a GISA bit that filled the buffer is lost where the lists do not fit", steps: [
    enqueue(0, irq(VIRTIO)), ...ipm(0x01), get(1, 72, buffer(72), ENOMEM),
    check({ ipm: 0, bits: 1 << 11 }), get(1, 72, buffer(72), 1, irq(VIRTIO))] },
  { id: "G04", title: "of the last entry type and payload are read, not one byte less", steps: [
    ...[[VIRTIO, 16], ["fffe0005", 16], [SERVICE, 16], ["00000005", 12], [AI, 12], [MCHK, 48]]
      .flatMap(([type, size]) => [7 + Number(size), 8 + Number(size)].map((length) =>
        set(2, 72, bytes(irq(String(type)).slice(0, 2 * length)), length & 1 ? EFAULT : 0))),
    check({ ipm: 0x80, counters: { io: 1, virtio: 1, pfault: 1 } })] },
  { id: "G05", title: "whatever is below 0xfffe0000 is I/O, by its word's ISC alone", steps: [
    enqueue(0, irq("fffdffff", "1111 2222 33333333 08000000"),
      irq("fbfdffff", "1111 2222 33333333 0fffffff"), irq("08000000", "0000 0000 00000000 c7ffffff")),
    check({ ipm: 0x40, lists: {
      0: [[0, 0, 0, 0xc7ffffff]], 1: [[0x1111, 0x2222, 0x33333333, 0x0fffffff]] } })] },
  { id: "G06", title: "a service signal keeps event bits and the first SCCB; bit 0x4 is nobody's", steps: [
    enqueue(0, irq(SERVICE, "00000004")), check({ service: 0, bits: 1 << 15 }),
    enqueue(0, irq(SERVICE, "00012347")), check({ service: 0x12343, bits: 3 << 15 }),
    enqueue(0, irq(SERVICE, "00099998")), check({ service: 0x12343 })] },
  { id: "G07", title: "without a GISA an odd ISC is queued as the word it makes", gisa: false, steps: [
    ...["08", "09", "10", "11", "1f", "20"].flatMap((isc, id) =>
      [register(`0000000${id} ${isc}000000`), airq(id)]),
    check({ lists: {
      0: [[0, 0, 0, 0xc0000000], [0, 0, 0, 0x80000000], [0, 0, 0, 0x80000000]],
      1: [[0, 0, 0, 0xc8000000], [0, 0, 0, 0x88000000]], 7: [[0, 0, 0, 0xf8000000]] } })] },
  { id: "G08", title: "an adapter of an ISC above 7 is not suppressed where all are closed", steps: [
    aisAll("ff", "ff"), register("00000001 0f000001"), register("00000002 07000001"), airq(1),
    check({ ipm: 0x01 }), get(1, 576, buffer(576), 1), airq(2), check({ ipm: 0, ais: [0xff, 0xff] })] },
  { id: "G09", title: "a refused injection leaves SINGLE armed, a suppressed one is not refused", gisa: false,
    steps: [
      register("00000001 02000001"), { op: "fillIo", count: 266250 }, aisAll("20", "00"), airq(1, EBUSY),
      check({ ais: [0x20, 0] }), aisAll("20", "20"), airq(1), aisAll("00", "00"), airq(1, EBUSY)] },
  { id: "G10", title: "an adapter that is not suppressible leaves SINGLE armed", steps: [
    register("00000001 02000000"), register("00000002 020000fe"), register("00000003 020000ff"),
    aisAll("20", "00"), airq(1), airq(2), check({ ais: [0x20, 0] }), airq(3), check({ ais: [0x20, 0x20] })] },
  { id: "G11", title: "AISM: 16 bits of mode, a byte nobody reads, one ISC touched", steps: [
    aisAll("a5", "3c"), set(9, 0, bytes("03000100"), EINVAL), set(9, 0, bytes("03000101"), EINVAL),
    set(9, 0, bytes("ff000001"), EINVAL), check({ ais: [0xa5, 0x3c] }), set(9, 0, bytes("02ff0001"), 0),
    check({ ais: [0xa5, 0x1c] })] },
  { id: "G12a", title: "the last bit of a page, counted from the left", steps: [
    ...bit(1, 0, 32767n, 0xfff, "01")] },
  { id: "G12b", title: "the last bit of a page, counted in words", steps: [
    ...bit(0, 0, 32767n, 0xff8, "80")] },
  { id: "G12c", title: "an address in the middle of a word, counted in words", steps: [
    ...bit(0, 4, 0n, 3, "01")] },
  { id: "G12d", title: "offset and address are added as 64 bits", steps: [
    ...bit(1, 1, 0xfffffffffffffff8n, 0, "80")] },
  { id: "G13", title: "routes: all numbers before all entries, type before address", steps: [
    register("00000001 02000100"), routes(0, route({})),
    routes(EINVAL, route({ gsi: 2, summary: UNMAPPED }), route({ gsi: 4096 })),
    routes(EFAULT, route({ gsi: 2, summary: UNMAPPED }), route({ gsi: 3, type: 2 })),
    routes(EINVAL, route({ gsi: 2, type: 4, summary: UNMAPPED })),
    routes(EINVAL, route({ gsi: 2 }), route({ gsi: 2, summary: UNMAPPED })),
    routes(EFAULT, route({ gsi: 2, ind: UNMAPPED })), check({ gsis: [1] }), signal(1, 1), signal(2, -1)] },
  { id: "G14", title: "a route that is suppressed reports 1, a coalesced one leaves SINGLE armed", steps: [
    register("00000001 03000101"), routes(0, route({}), route({ gsi: 2, ind: INDICATORS + 8n })),
    aisAll("10", "10"), signal(1, 1), check({ ipm: 0, ais: [0x10, 0x10] }), aisAll("10", "00"),
    signal(2, 0), check({ ipm: 0, ais: [0x10, 0], memory: { [Number(INDICATORS) + 8]: "80" } }),
    { op: "memory", address: Number(SUMMARY), bytes: "00" }, signal(2, 1),
    check({ ipm: 0x10, ais: [0x10, 0x10] })] },
  { id: "G15", title: "an eventfd is released by its own number alone, by flags 3 too", steps: [
    { op: "eventfd", name: "E" }, { op: "irqfd", fd: "E", gsi: 1, flags: 0, result: 0 },
    { op: "irqfd", fd: "E", gsi: 2, flags: 0, result: EBUSY },
    { op: "irqfd", fd: "E", gsi: 2, flags: 1, result: 0 }, check({ eventfdGsis: ["E", [1]] }),
    { op: "irqfd", fd: "E", gsi: 1, flags: 3, result: 0 }, check({ eventfdGsis: ["E", []] })] },
  { id: "G16", title: "local interrupts are read by their bits, emergency signals last", cpus: 3, steps: [
    ...["ffff1201:0002", "ffff1201:0000", "ffff1202:0001", "fffe0003:", "ffff1004:", "ffff1005:"]
      .map((one): FlicStep => {
        const [type, union] = one.split(":");
        return { op: "cpuIrq", bytes: irq(type!, union), result: 0 };
      }),
    { op: "getIrqState", length: 432, result: 432, out: [irq("fffe0003"), irq("ffff1005"), irq("ffff1004"),
      irq("ffff1202", "0001"), irq("ffff1201", "0000"), irq("ffff1201", "0002")].join("") },
    { op: "getIrqState", length: 431, result: ENOBUFS }, { op: "getIrqState", length: 0, result: EINVAL }] },
  { id: "G17", title: "a repressible and an exigent check are two entries of one payload", steps: [
    { op: "cpuIrq", bytes: irq(MCHK, "0000000000000001 0000000000000001"), result: 0 },
    check({ localBits: 0, localMcic: 1n }),
    { op: "cpuIrq", bytes: irq(MCHK, "0000000000000002 0080000000000000"), result: 0 },
    check({ localBits: 1 << 24 }),
    { op: "cpuIrq", bytes: irq(MCHK, "0000000000000000 8000000000000000"), result: 0 },
    check({ localBits: (1 << 24) | (1 << 27), localMcic: 0x8080000000000001n, localCr14: 3n })] },
  { id: "G18", title: "SET_IRQ_STATE: length, memory, what is pending; earlier ones stay", steps: [
    { op: "setIrqState", length: stateLimit, buffer: "bad", result: EFAULT },
    { op: "setIrqState", length: stateLimit + 1, buffer: "bad", result: EINVAL },
    { op: "setIrqState", length: 144, buffer: bytes(irq("fffe0003"), irq(VIRTIO)), result: EINVAL },
    check({ localBits: 1 << 1 }), { op: "setIrqState", length: 71, buffer: "bad", result: EINVAL },
    { op: "setIrqState", length: 72, buffer: "bad", result: EFAULT },
    { op: "setIrqState", length: 72, buffer: bytes(irq("fffe0003")), result: EBUSY }] },
  { id: "G19", title: "a machine check that CR14 masks comes with an exigent one", steps: [
    enqueue(0, irq(MCHK, "0000000008000000 0000000000000001")),
    { op: "cpu", id: 0, set: OPEN }, { op: "deliver", delivered: [] },
    { op: "cpu", id: 0, set: { cr14: 0n } },
    { op: "cpuIrq", bytes: irq(MCHK, "0000000010000000 4100000000000000"), result: 0 },
    { op: "deliver", delivered: [[0xfffe1000, 0x10000000]] },
    check({ bits: 0, localBits: 0, memory: { 0x40e8: "4100000000000001" } })] },
  { id: "G20", title: "without the PSW's machine-check bit not even an exigent check comes", steps: [
    { op: "cpu", id: 0, set: { ...OPEN, psw: 0x03000000 } },
    { op: "cpuIrq", bytes: irq(MCHK, "0000000000000000 8000000000000000"), result: 0 },
    { op: "deliver", delivered: [] }, check({ localBits: 1 << 27 })] },
  { id: "G21", title: "an ISC's list comes before its GISA bit, a closed ISC waits", steps: [
    enqueue(0, ai("98000000"), io("0007", "18000000"), io("0008", "20000000")),
    { op: "cpu", id: 0, set: { ...OPEN, newPsws: 0, cr6: 0xef000000n } },
    { op: "deliver", delivered: [[5, 0x10008]] }, check({ ipm: 0x10, memory: { 0x40b8: "00010008" } }),
    { op: "cpu", id: 0, set: { psw: 0x03040000, cr6: 0x10000000n } },
    { op: "deliver", delivered: [[5, 0x10007]] }, { op: "cpu", id: 0, set: { psw: 0x03040000 } },
    { op: "deliver", delivered: [[0x04000000, 0]] },
    check({ ipm: 0, memory: { 0x40b8: "000000000000000098000000" } })] },
  { id: "G22", title: "TPI takes the list at the same ISC, the GISA at a lower one",
    steps: [
      { op: "cpu", id: 0, set: { cr6: 0xff000000n } },
      enqueue(0, io("0001", "18000000"), io("0002", "18000000"), ai("98000000")),
      { op: "tpi", address: 0x2000n, cc: 1 }, check({ ipm: 0x10, memory: { 0x2000: "00010001" } }),
      enqueue(0, io("0003", "18000000"), ai("90000000")), { op: "tpi", address: 0x2000n, cc: 1 },
      check({ ipm: 0x10, memory: { 0x2000: "0000000000000000" },
        lists: { 3: [[1, 3, 0, 0x18000000], [1, 2, 0, 0x18000000]] } })] },
  { id: "G23", title: "a signal with an SCCB is dropped while one waits, taken after it", steps: [
    enqueue(0, irq(SERVICE, "00012341")), { op: "cpu", id: 0, set: { ...OPEN, newPsws: 0 } },
    { op: "deliver", delivered: [[0xffff2401, 3]] }, enqueue(0, irq(SERVICE, "00099990")),
    check({ service: 0x12340 }), { op: "cpu", id: 0, set: { psw: 0x03040000 } },
    { op: "deliver", delivered: [[0xffff2401, 0x12340]] }, enqueue(0, irq(SERVICE, "00099990")),
    check({ service: 0x99990 })] },
  { id: "G24", title: "a vCPU's code that does not fit 16 bits", steps:
    ["fffe0001", "ffff1201", "ffff1202"].map((type) =>
      ({ op: "cpuInterrupt", argument: `${type}00010000${"00".repeat(8)}`, result: EINVAL })) },
  { id: "G25", title: "a second registration is refused and the first stays", steps: [
    register("00000007 03000000"), register("00000007 05000001", EINVAL),
    check({ adapters: [{ id: 7, isc: 3, suppressible: false }] }), airq(7), check({ ipm: 0x10 })] },
  { id: "G26", title: "AIRQ_INJECT reads the low 32 bits of its attribute", steps: [
    register("00000003 03000000"), set(10, 0x100000003n, undefined, 0), check({ ipm: 0x10 }),
    set(10, 0x100000040n, undefined, EINVAL), airq(64, EINVAL), airq(4, EINVAL)] },
];
