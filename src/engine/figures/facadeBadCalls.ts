/**
 * Calls to KVM itself that must be refused: memory slots, dirty logs, routes and irqfds. Each call has one
 * fault or several, and the errno is that of the fault which is looked for first.
 */
import { errno } from "../api/errno.ts";
import { join } from "../base/hex.ts";
import type { Prng } from "../base/prng.ts";
import { s390DeviceMachine, type S390DeviceMachine } from "../deviceMachine/s390DeviceMachine.ts";
import { USER_SLOTS } from "../devices/kvm/memorySlots.ts";
import { ioctl } from "../uapi/ioctl.ts";
import {
  KVM_MAX_IRQ_ROUTES, dirtyLog, irqRouting, irqRoutingEntry, irqfd, userMemoryRegion,
} from "../uapi/irqRouting.ts";
import type { BadCalls } from "./badCalls.ts";
import { above } from "./powerBadCalls.ts";

const { EBADF, EBUSY, EEXIST, EFAULT, EINVAL, ENOENT, ENOMEM, ENOTTY } = errno;
const ARGUMENT = 0x10_0000n, BUFFER = 0x20_0000n, NOWHERE = 0xdead_0000n;
const MIB = 0x10_0000n;
const LOGGED = 1;
/** _IOWR(KVMIO, 0xc0, struct kvm_clear_dirty_log). */
const KVM_CLEAR_DIRTY_LOG = 0xc018aec0;
/** Slot 0 is all of RAM; this one lies above, not logged. */
const OTHER_SLOT = 3, OTHER_ADDRESS = 64n * MIB;

interface FacadeMachine extends S390DeviceMachine {
  /** Whether it has memory for the next call. */
  readonly kernel: { hasMemory: boolean };
  readonly bound: number;
  readonly free: number;
  readonly regular: number;
}

function machineWithAll(): FacadeMachine {
  const kernel = { hasMemory: true };
  const machine = s390DeviceMachine({ options: { allocate: () => kernel.hasMemory } });
  const { kvm, user } = machine;
  const [bound, free, regular] = [kvm.openEventfd(), kvm.openEventfd(), kvm.files.add({ kind: "regular" })];
  const facade: FacadeMachine = { ...machine, kernel, bound, free, regular };
  user.place(BUFFER, new Uint8Array(64));
  call(facade, ioctl.KVM_SET_USER_MEMORY_REGION, userMemoryRegion.encode({
    slot: OTHER_SLOT, flags: 0, guest_phys_addr: OTHER_ADDRESS, memory_size: MIB }));
  call(facade, ioctl.KVM_IRQFD, irqfd.encode({ fd: bound, gsi: 7 }));
  call(facade, ioctl.KVM_SET_GSI_ROUTING, join(irqRouting.encode({ nr: 1 }), irqRoutingEntry.encode(route)));
  for (const frame of [5n, 77n]) kvm.slots.markFrameDirty(frame);
  return facade;
}
/** A route to an adapter whose indicators are in RAM. */
const route = { gsi: 7, type: 3, "u.adapter.ind_addr": 0x1000n, "u.adapter.summary_addr": 0x2000n };

function call(
  { kvm, user }: FacadeMachine, request: number, argument: Uint8Array, isSomewhere = true,
): number {
  return kvm.ioctl(kvm.vmFd, request, isSomewhere ? user.place(ARGUMENT, argument) : NOWHERE);
}

/** One way to break a request, and the errno that it gives. */
type Fault<Request> = readonly [errno: number, change: (request: Request, prng: Prng) => Partial<Request>];

/** A request with one fault or several, and the errno of that which is looked for first. */
function broken<Request>(
  whole: Request, faults: readonly Fault<Request>[], prng: Prng,
): readonly [request: Request, expected: number] {
  const some = faults.filter(() => prng.below(4) === 0);
  const chosen = some.length ? some : [prng.pick(faults)];
  // The first one is put in last, so that no other undoes it.
  const request = chosen.reduceRight((made, [, change]) => ({ ...made, ...change(made, prng) }), whole);
  return [request, chosen[0]![0]];
}

interface Region {
  readonly isSomewhere: boolean;
  readonly slot: number;
  readonly flags: number;
  readonly guest: bigint;
  readonly size: bigint;
  readonly user: bigint;
}
const newRegion: Region =
  { isSomewhere: true, slot: 9, flags: LOGGED, guest: 128n * MIB, size: 2n * MIB, user: 0x7000_0000n };
const odd = (prng: Prng): bigint => BigInt(1 + prng.below(Number(MIB) - 1));
const regionFaults: readonly Fault<Region>[] = [
  [EFAULT, () => ({ isSomewhere: false })],
  [EINVAL, ({ flags }, prng) => ({ flags: flags | (4 << prng.below(29)) })],
  [EINVAL, ({ guest }, prng) => ({ guest: guest + odd(prng) })],
  [EINVAL, ({ size }, prng) => ({ size: size + odd(prng) })],
  [EINVAL, ({ user }, prng) => ({ user: user + odd(prng) })],
  [EINVAL, (_region, prng) => ({ slot: above(prng, USER_SLOTS) })],
  [EINVAL, () => ({ guest: (1n << 64n) - MIB, size: 2n * MIB })],
  [EINVAL, (_region, prng) => ({ guest: 0n, size: (1n << 43n) + MIB * BigInt(prng.below(100)) })],
  [EINVAL, (_region, prng) => ({ slot: 10 + prng.below(1000), size: 0n })],
  [EINVAL, () => ({ slot: OTHER_SLOT, size: 3n * MIB })],
  [EEXIST, (_region, prng) => ({ guest: prng.pick([0n, MIB, OTHER_ADDRESS, OTHER_ADDRESS - MIB]) })],
  [ENOMEM, () => ({ guest: 1n << 44n, size: 1n << 40n })],
];

interface Log {
  readonly isSomewhere: boolean;
  readonly slot: number;
  readonly bitmap: bigint;
}
const logFaults: readonly Fault<Log>[] = [
  [EFAULT, () => ({ isSomewhere: false })],
  [EINVAL, (_log, prng) => ({ slot: above(prng, USER_SLOTS) })],
  [ENOENT, (_log, prng) => ({ slot: prng.pick([OTHER_SLOT, 1 + prng.below(2), 4 + prng.below(1000)]) })],
  [EFAULT, () => ({ bitmap: NOWHERE })],
];

interface Binding {
  readonly isSomewhere: boolean;
  readonly hasMemory: boolean;
  readonly fd: number;
  readonly gsi: number;
  readonly flags: number;
  readonly resamplefd: number;
}
const NO_FILE = 1000;
const RESAMPLE = 2;
const bindingFaults = ({ regular, bound }: FacadeMachine): readonly Fault<Binding>[] => [
  [EFAULT, () => ({ isSomewhere: false })],
  [EINVAL, ({ flags }, prng) => ({ flags: flags | (4 << prng.below(29)) })],
  [ENOMEM, () => ({ hasMemory: false })],
  [EBADF, (_binding, prng) => ({ fd: NO_FILE + prng.below(1000) })],
  [EINVAL, () => ({ fd: regular })],
  [EBADF, ({ flags }, prng) => ({ flags: flags | RESAMPLE, resamplefd: NO_FILE + prng.below(1000) })],
  [EINVAL, ({ flags }) => ({ flags: flags | RESAMPLE, resamplefd: regular })],
  [EBUSY, () => ({ fd: bound })],
];

type Entry = Parameters<typeof irqRoutingEntry.encode>[0];
interface Table {
  readonly isSomewhere: boolean;
  readonly hasMemory: boolean;
  readonly header: { readonly nr: number; readonly flags: number };
  readonly isCutOff: boolean;
  readonly entries: readonly Entry[];
}
const last = (entries: readonly Entry[], change: Entry): readonly Entry[] =>
  [...entries.slice(0, -1), { ...entries.at(-1), ...change }];
const tableFaults: readonly Fault<Table>[] = [
  [EFAULT, () => ({ isSomewhere: false })],
  [EINVAL, ({ header }, prng) => ({ header: { ...header, nr: above(prng, KVM_MAX_IRQ_ROUTES + 1) } })],
  [EINVAL, ({ header }, prng) => ({ header: { ...header, flags: above(prng, 1) } })],
  [ENOMEM, () => ({ hasMemory: false })],
  [EFAULT, () => ({ isCutOff: true })],
  [EINVAL, ({ entries }, prng) => ({ entries: last(entries, { gsi: above(prng, KVM_MAX_IRQ_ROUTES) }) })],
  [EINVAL, ({ entries }, prng) => ({ entries: last(entries, { flags: above(prng, 1) }) })],
  [EINVAL, ({ entries }) => ({ entries: last(entries, { gsi: entries[0]!.gsi! }) })],
  [EINVAL, ({ entries }, prng) => ({ entries: last(entries, { type: prng.pick([0, 1, 2, 4, 5]) }) })],
  [EFAULT, ({ entries }) => ({ entries: last(entries, { "u.adapter.summary_addr": 1n << 40n }) })],
  [EFAULT, ({ entries }) => ({ entries: last(entries, { "u.adapter.ind_addr": 1n << 40n }) })],
];

const calls: BadCalls<FacadeMachine>["calls"] = {
  "memory region": (machine, prng) => {
    const [{ isSomewhere, slot, flags, guest, size, user }, expected] = broken(newRegion, regionFaults, prng);
    const bytes = userMemoryRegion.encode({
      slot, flags, guest_phys_addr: guest, memory_size: size, userspace_addr: user });
    return [call(machine, ioctl.KVM_SET_USER_MEMORY_REGION, bytes, isSomewhere), expected];
  },
  "dirty log": (machine, prng) => {
    const whole: Log = { isSomewhere: true, slot: 0, bitmap: BUFFER };
    const [{ isSomewhere, slot, bitmap }, expected] = broken(whole, logFaults, prng);
    const bytes = dirtyLog.encode({ slot, dirty_bitmap: bitmap });
    return [call(machine, ioctl.KVM_GET_DIRTY_LOG, bytes, isSomewhere), expected];
  },
  irqfd: (machine, prng) => {
    const whole: Binding =
      { isSomewhere: true, hasMemory: true, fd: machine.free, gsi: prng.u32(), flags: 0, resamplefd: 0 };
    const [{ isSomewhere, hasMemory, ...request }, expected] = broken(whole, bindingFaults(machine), prng);
    machine.kernel.hasMemory = hasMemory;
    const result = call(machine, ioctl.KVM_IRQFD, irqfd.encode(request), isSomewhere);
    machine.kernel.hasMemory = true;
    return [result, expected];
  },
  routes: (machine, prng) => {
    const whole: Table = {
      isSomewhere: true, hasMemory: true, header: { nr: 2, flags: 0 }, isCutOff: false,
      entries: [{ ...route, gsi: prng.below(8) }, { ...route, gsi: 8 + prng.below(8) }],
    };
    const [request, expected] = broken(whole, tableFaults, prng);
    const { header, isCutOff, entries } = request;
    const parts = isCutOff ? [] : entries.map((entry) => irqRoutingEntry.encode(entry));
    machine.kernel.hasMemory = request.hasMemory;
    const bytes = join(irqRouting.encode(header), ...parts);
    const result = call(machine, ioctl.KVM_SET_GSI_ROUTING, bytes, request.isSomewhere);
    machine.kernel.hasMemory = true;
    return [result, expected];
  },
  "deassign of what is no eventfd": (machine, prng) => {
    const [fd, expected] = prng.pick([[NO_FILE, EBADF], [machine.regular, EINVAL]] as const);
    return [call(machine, ioctl.KVM_IRQFD, irqfd.encode({ fd, gsi: 7, flags: 1 })), expected];
  },
  "a log cleared by hand, which s390 does not offer": (machine) =>
    [call(machine, KVM_CLEAR_DIRTY_LOG, new Uint8Array(24)), ENOTTY],
  "no such ioctl": ({ kvm }, prng) => [kvm.ioctl(kvm.vmFd, 0xaf00 + prng.below(256), ARGUMENT), ENOTTY],
};

export const facadeBadCalls: BadCalls<FacadeMachine> = {
  name: "memory slots, routes and irqfds",
  calls,
  make: machineWithAll,
  stateOf: ({ kvm }) => structuredClone([kvm.slots.save(), kvm.irqfds.save(), kvm.flic.save()]),
};
