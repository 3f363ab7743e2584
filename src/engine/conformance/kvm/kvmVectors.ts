/**
 * KVM's own calls as data: memory slots and their logs, routes, irqfds, a dirty ring, doorbells
 * (Documentation/virt/kvm/api.rst; the order of errors is derived from source). Ids are stable.
 *
 * Unless given: s390 with one logged slot, number 0, of 2 MiB from 0. On POWER slot 0 has 4 MiB. Eventfds A
 * and B are open, and a regular file R.
 */
export type FileName = "A" | "B" | "R" | "none";

export interface VectorRoute {
  readonly gsi: number;
  readonly type?: number;
  readonly flags?: number;
  /** Guest addresses of indicator and summary; 0x1000 and 0x2000 unless given. */
  readonly indicator?: bigint;
  readonly summary?: bigint;
}

export type KvmStep =
  | {
    readonly op: "region"; readonly slot: number; readonly flags?: number; readonly guest: bigint;
    readonly size: bigint; readonly user?: bigint; readonly result: number;
  }
  /** `frames`: bits of the log, counted from the right of byte 0 on. */
  | {
    readonly op: "log"; readonly slot: number; readonly isNowhere?: true; readonly result: number;
    readonly frames?: readonly number[];
  }
  | { readonly op: "mark"; readonly frame: bigint }
  | {
    readonly op: "routes"; readonly nr?: number; readonly flags?: number;
    readonly entries: readonly VectorRoute[]; readonly result: number;
  }
  | {
    readonly op: "irqfd"; readonly fd: FileName; readonly gsi?: number; readonly flags?: number;
    readonly resample?: FileName; readonly result: number;
  }
  | { readonly op: "signal"; readonly fd: FileName }
  /** The worker raises what is due: the results. */
  | { readonly op: "worker"; readonly results: readonly number[] }
  | { readonly op: "close"; readonly fd: FileName }
  /** XIVE source, or none on s390. */
  | { readonly op: "source"; readonly number: number }
  | { readonly op: "extension"; readonly capability: number; readonly result: number }
  | { readonly op: "ioctl"; readonly request: number; readonly result: number }
  | { readonly op: "ring"; readonly bytes: number; readonly result: number }
  | { readonly op: "push"; readonly slot: number; readonly page: bigint; readonly result: boolean }
  /** The VMM marks an entry as collected, and may write anything else into it. */
  | { readonly op: "collect"; readonly entry: number; readonly slot?: number; readonly offset?: bigint }
  /** KVM_RESET_DIRTY_RINGS: entries taken back, and the pages that are logged again. */
  | { readonly op: "resetRing"; readonly result: number; readonly again: readonly bigint[] }
  | { readonly op: "doorbell"; readonly vcpu: number; readonly does: "ring" | "enter" | "take" }
  | { readonly op: "setDpdes"; readonly vcpu: number; readonly value: bigint }
  | { readonly op: "dpdes"; readonly vcpu: number; readonly value: bigint }
  | {
    readonly op: "check"; readonly slots?: readonly number[]; readonly gsis?: readonly number[];
    readonly bound?: Readonly<Record<string, readonly number[]>>;
  };

export interface KvmVector {
  readonly id: string;
  readonly title: string;
  /** Default s390. */
  readonly on?: "power";
  readonly steps: readonly KvmStep[];
}

const ENOENT = -2, E2BIG = -7, EBADF = -9, EFAULT = -14, EBUSY = -16, EEXIST = -17, EINVAL = -22;
const ENOTTY = -25;
const MIB = 0x100000n, KIB64 = 0x10000n;
const DEASSIGN = 1, RESAMPLE = 2;
/** The last address that a slot of 1 MiB may begin at. */
const TOP = (1n << 64n) - MIB;

const region = (slot: number, guest: bigint, size: bigint, result: number, flags = 1, user = 0n): KvmStep =>
  ({ op: "region", slot, guest, size, result, flags, user });
const log = (slot: number, result: number | readonly number[]): KvmStep =>
  (typeof result === "number" ? { op: "log", slot, result } : { op: "log", slot, result: 0, frames: result });
const mark = (frame: bigint): KvmStep => ({ op: "mark", frame });
const routes = (result: number, ...entries: VectorRoute[]): KvmStep => ({ op: "routes", entries, result });
const irqfd = (fd: FileName, result: number, flags = 0, gsi = 1, resample: FileName = "none"): KvmStep =>
  ({ op: "irqfd", fd, flags, gsi, resample, result });
const check = (is: Omit<Extract<KvmStep, { op: "check" }>, "op">): KvmStep => ({ op: "check", ...is });
const extension = (capability: number, result: number): KvmStep => ({ op: "extension", capability, result });
const push = (page: bigint, slot = 0): KvmStep => ({ op: "push", slot, page, result: true });

export const kvmVectors: readonly KvmVector[] = [
  { id: "K01", title: "a slot is whole units of 1 MiB", steps: [
    region(5, 16n * MIB, MIB + 0x1000n, EINVAL), region(5, 16n * MIB + 0x1000n, MIB, EINVAL),
    region(5, 16n * MIB, MIB, EINVAL, 1, 0x1000n), check({ slots: [0] }), region(5, 16n * MIB, MIB, 0),
    check({ slots: [0, 5] })] },
  { id: "K02", title: "slots do not overlap, and may touch", steps: [
    region(1, MIB, MIB, EEXIST), region(1, 2n * MIB, MIB, 0), region(2, MIB, 2n * MIB, EEXIST),
    region(2, 2n * MIB, 2n * MIB, EEXIST), region(2, 3n * MIB, MIB, 0), check({ slots: [0, 1, 2] })] },
  { id: "K03", title: "size 0 deletes what is there", steps: [
    region(7, 0n, 0n, EINVAL), region(0, 0n, 0n, 0), region(0, 0n, 0n, EINVAL), region(6, 0n, MIB, 0),
    check({ slots: [6] })] },
  { id: "K04", title: "a slot may move and change its logging, nothing else", steps: [
    region(5, 16n * MIB, 2n * MIB, 0), region(5, 16n * MIB, MIB, EINVAL),
    region(5, 16n * MIB, 2n * MIB, EINVAL, 1, MIB), region(5, 16n * MIB, 2n * MIB, EINVAL, 3),
    region(5, 0n, 2n * MIB, EEXIST), region(5, 32n * MIB, 2n * MIB, 0), region(6, 16n * MIB, MIB, 0)] },
  { id: "K05", title: "numbers and flags end somewhere", steps: [
    region(32767, 16n * MIB, MIB, EINVAL), region(0xffffffff, 16n * MIB, MIB, EINVAL),
    region(32766, 16n * MIB, MIB, 0), region(1, 32n * MIB, MIB, EINVAL, 4),
    region(1, 32n * MIB, MIB, EINVAL, 0x80000001), region(1, 32n * MIB, MIB, 0, 3)] },
  { id: "K06", title: "a slot's end fits 64 bits", steps: [
    region(1, TOP, 2n * MIB, EINVAL), region(1, TOP, MIB, EINVAL), region(1, TOP - MIB, MIB, 0),
    region(2, TOP - 2n * MIB, 2n * MIB, EEXIST), region(2, TOP - MIB, 2n * MIB, EINVAL),
    region(3, 4n * MIB, 1n << 43n, EINVAL), region(3, 4n * MIB, (1n << 43n) - MIB, 0, 0)] },
  { id: "K07", title: "a log is read and thereby cleared", steps: [
    mark(0n), mark(9n), mark(511n), mark(9n), mark(512n), log(0, [0, 9, 511]), log(0, []), mark(9n),
    log(0, [9])] },
  { id: "K08", title: "a log that cannot be handed over keeps every bit", steps: [
    mark(3n), { op: "log", slot: 0, isNowhere: true, result: EFAULT }, log(0, [3])] },
  { id: "K09", title: "no slot, no log, no such number", steps: [
    region(5, 16n * MIB, MIB, 0, 0), log(5, ENOENT), log(6, ENOENT), log(32766, ENOENT),
    log(32767, EINVAL)] },
  { id: "K10", title: "bits go with the logging", steps: [
    region(5, 16n * MIB, MIB, 0), mark(0x1001n), region(5, 16n * MIB, MIB, 0, 0), mark(0x1002n),
    log(5, ENOENT), region(5, 16n * MIB, MIB, 0), log(5, [])] },
  { id: "K11", title: "bits move with their slot", steps: [
    region(5, 16n * MIB, MIB, 0), mark(0x1001n), region(5, 32n * MIB, MIB, 0), mark(0x1002n), mark(0x2003n),
    log(5, [1, 3])] },
  { id: "K12", title: "a slot is whole pages of 64 KiB, and writable", on: "power", steps: [
    region(1, 4n * MIB, KIB64 / 2n, EINVAL), region(1, 4n * MIB + 0x1000n, KIB64, EINVAL),
    region(1, 4n * MIB, KIB64, EINVAL, 2), region(1, 4n * MIB - KIB64, KIB64, EEXIST),
    region(1, 4n * MIB, KIB64, 0), check({ slots: [0, 1] })] },
  { id: "K13", title: "a log has one bit for 64 KiB", on: "power", steps: [
    region(1, 4n * MIB, KIB64, 0), mark(63n), mark(64n), mark(65n), log(0, [63]), log(1, [0]), log(1, [])] },
  { id: "K14", title: "a log cannot be cleared by hand", steps: [
    extension(168, 0), { op: "ioctl", request: 0xc018aec0, result: ENOTTY }] },
  { id: "K15", title: "a log cannot be cleared by hand, nor are there rings", on: "power", steps: [
    extension(168, 0), extension(192, 0), { op: "ioctl", request: 0xc018aec0, result: ENOTTY }] },
  { id: "K16", title: "a table of routes that is refused leaves the old one", steps: [
    routes(0, { gsi: 1 }), routes(EINVAL, { gsi: 2 }, { gsi: 2 }),
    routes(EINVAL, { gsi: 2 }, { gsi: 3, flags: 1 }),
    routes(EINVAL, { gsi: 2, type: 1 }), routes(EFAULT, { gsi: 2, summary: 1n << 40n }),
    routes(EFAULT, { gsi: 2, indicator: 1n << 40n }), check({ gsis: [1] }), routes(0, { gsi: 2 }, { gsi: 0 }),
    check({ gsis: [0, 2] }), routes(0), check({ gsis: [] })] },
  { id: "K17", title: "the ranges of all routes are looked at before the first route", steps: [
    routes(EINVAL, { gsi: 2, summary: 1n << 40n }, { gsi: 4096 }),
    routes(EFAULT, { gsi: 2, summary: 1n << 40n }, { gsi: 3, flags: 1 }), routes(0, { gsi: 4095 }),
    { op: "routes", nr: 4097, entries: [], result: EINVAL },
    { op: "routes", flags: 1, entries: [], result: EINVAL },
    { op: "routes", nr: 2, entries: [{ gsi: 1 }], result: EFAULT }, check({ gsis: [4095] })] },
  { id: "K18", title: "there are no routes: a GSI is an interrupt's number", on: "power", steps: [
    extension(25, 0), extension(32, 1), { op: "ioctl", request: 0x8008ae6a, result: ENOTTY }] },
  { id: "K19", title: "an irqfd's faults in their order", steps: [
    irqfd("none", EINVAL, 4), irqfd("none", EBADF, RESAMPLE), irqfd("R", EINVAL, RESAMPLE), irqfd("A", 0),
    irqfd("A", EBADF, RESAMPLE), irqfd("A", EINVAL, RESAMPLE, 1, "R"), irqfd("A", EBUSY, RESAMPLE, 1, "B"),
    check({ bound: { A: [1], B: [] } })] },
  { id: "K20", title: "an eventfd raises one GSI, a GSI may have many", steps: [
    irqfd("A", 0, 0, 5), irqfd("A", EBUSY, 0, 5), irqfd("A", EBUSY, 0, 6), irqfd("B", 0, 0, 5),
    irqfd("A", 0, DEASSIGN, 6), check({ bound: { A: [5], B: [5] } }), irqfd("A", 0, DEASSIGN, 5),
    irqfd("A", 0, DEASSIGN, 5), irqfd("A", 0, 0, 0xffffffff),
    check({ bound: { A: [0xffffffff], B: [5] } })] },
  { id: "K21", title: "deassigning looks at the eventfd alone", steps: [
    irqfd("none", EBADF, DEASSIGN), irqfd("R", EINVAL, DEASSIGN), irqfd("A", 0, DEASSIGN),
    irqfd("A", 0, DEASSIGN | RESAMPLE, 1, "R"), check({ bound: { A: [] } })] },
  { id: "K22", title: "signals before the worker are one, and without a route -1", steps: [
    irqfd("A", 0, 0, 9), { op: "signal", fd: "A" }, { op: "signal", fd: "A" },
    { op: "worker", results: [-1] },
    { op: "worker", results: [] }] },
  { id: "K23", title: "what waits in an eventfd is raised once it is bound", steps: [
    { op: "signal", fd: "A" }, irqfd("A", 0, 0, 9), { op: "worker", results: [-1] }, { op: "close", fd: "A" },
    { op: "worker", results: [] }, irqfd("A", EBADF, 0, 9)] },
  { id: "K24", title: "an irqfd raises an interrupt that is there", on: "power", steps: [
    { op: "source", number: 0x20 }, irqfd("A", 0, 0, 0x20), irqfd("B", 0, 0, 0x21), { op: "signal", fd: "A" },
    { op: "signal", fd: "B" }, { op: "worker", results: [0, EINVAL] }] },
  { id: "K25", title: "a ring is a power of two of entries, more than are kept free", steps: [
    { op: "ring", bytes: 1024, result: EINVAL }, { op: "ring", bytes: 3072, result: EINVAL },
    { op: "ring", bytes: 2097152, result: E2BIG }, { op: "ring", bytes: 1048576, result: 0 },
    { op: "ring", bytes: 2048, result: 0 }] },
  { id: "K26", title: "a ring takes back in order, up to the first that was not collected", steps: [
    { op: "ring", bytes: 2048, result: 0 }, push(5n), push(6n), push(7n), { op: "collect", entry: 0 },
    { op: "collect", entry: 2 }, { op: "resetRing", result: 1, again: [5n] }, { op: "collect", entry: 1 },
    { op: "resetRing", result: 2, again: [5n, 6n, 7n] },
    { op: "resetRing", result: 0, again: [5n, 6n, 7n] }] },
  { id: "K27", title: "a ring believes no entry that was written over", steps: [
    { op: "ring", bytes: 2048, result: 0 }, push(5n), push(6n), push(7n),
    { op: "collect", entry: 0, offset: (1n << 64n) - 1n }, { op: "collect", entry: 1, slot: 7 },
    { op: "collect", entry: 2, offset: 512n }, { op: "resetRing", result: 3, again: [] }] },
  { id: "K28", title: "a doorbell rung and not taken is read as pending", on: "power", steps: [
    { op: "doorbell", vcpu: 0, does: "ring" }, { op: "dpdes", vcpu: 0, value: 1n },
    { op: "dpdes", vcpu: 1, value: 0n },
    { op: "doorbell", vcpu: 0, does: "enter" }, { op: "dpdes", vcpu: 0, value: 1n },
    { op: "doorbell", vcpu: 0, does: "take" }, { op: "dpdes", vcpu: 0, value: 0n }] },
  { id: "K29", title: "DPDES of a core of one thread is one bit", on: "power", steps: [
    { op: "setDpdes", vcpu: 1, value: 0xffff_ffff_ffff_ffffn }, { op: "dpdes", vcpu: 1, value: 1n },
    { op: "setDpdes", vcpu: 1, value: 0xffff_ffff_ffff_fffen }, { op: "dpdes", vcpu: 1, value: 0n }] },
];
