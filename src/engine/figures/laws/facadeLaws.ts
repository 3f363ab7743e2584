/** The laws of KVM beside its interrupt controllers: memory slots with logs, irqfds, rings, doorbells. */
import type { Prng } from "../../base/prng.ts";
import { copyRam } from "../../deviceMachine/copyRam.ts";
import {
  BAD_ADDRESS, BUFFER, powerMachine, type PowerMachine,
} from "../../deviceMachine/powerDeviceMachine.ts";
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import {
  DirtyRing, KVM_DIRTY_GFN_F_DIRTY, KVM_DIRTY_GFN_F_RESET, dirtyGfn,
} from "../../devices/kvm/dirtyRing.ts";
import {
  MemorySlots, powerSlotRules, s390SlotRules, type SlotRules, type UserMapping,
} from "../../devices/kvm/memorySlots.ts";
import { dirtyRingState, doorbellState, irqfdsState, memorySlotsState } from "../../devices/kvm/state.ts";
import { ioctl } from "../../uapi/ioctl.ts";
import { irqfd } from "../../uapi/irqRouting.ts";
import { powerIoctl, powerOneReg } from "../../uapi/powerIoctl.ts";
import { KVM_REG_PPC_DPDES } from "../../uapi/xive.ts";
import { flicOperations } from "../flicOperations.ts";
import { codecOf, device, type LawCall } from "./device.ts";

interface SlotWorld {
  readonly slots: MemorySlots;
  mapped: readonly UserMapping[];
}
const SLOTS = 4;

/** A few slots over a few units of memory, so that they meet. */
function slotCalls({ unit, frameShift }: SlotRules): readonly LawCall<SlotWorld>[] {
  const frame = (prng: Prng): bigint => BigInt(prng.below(Number((10n * unit) >> frameShift)));
  const set: LawCall<SlotWorld>["run"] = ({ slots }, prng) => slots.set({
    slot: prng.below(SLOTS), flags: prng.pick([0, 1, 1, 1, 2, 4]),
    guestAddress: BigInt(prng.below(8)) * unit + (prng.below(12) ? 0n : unit / 2n),
    size: BigInt(prng.pick([0, 1, 1, 2])) * unit,
    userAddress: prng.below(6) ? 0x7000_0000n : 0x7010_0000n,
  });
  return [
    { name: "set", run: set }, { name: "set again", run: set },
    { name: "mark a frame", run: ({ slots }, prng) => { slots.markFrameDirty(frame(prng)); } },
    { name: "mark RAM", run: ({ slots }, prng) => { slots.markFrameOfRam(prng.below(1 << 21)); } },
    {
      name: "get the log",
      run: ({ slots }, prng) => {
        const got: Uint8Array[] = [];
        const isTaken = prng.below(4) > 0;
        const result = slots.getDirtyLog(prng.below(SLOTS + 1), (bitmap) => {
          got.push(bitmap);
          return isTaken;
        });
        return result < 0 ? result : got;
      },
    },
    {
      name: "the process maps other memory",
      run: (world, prng) => {
        const size = BigInt(1 + prng.below(2)) * unit;
        world.mapped = [{ userAddress: 0x7000_0000n, size, ram: 0, writable: true }];
        world.slots.mapUser(world.mapped);
      },
    },
  ];
}

/** Slots that meet, or a logged one whose log is not its own. */
function slotBreach({ slots }: SlotWorld): string | undefined {
  const all = slots.list();
  for (const one of all)
    for (const other of all)
      if (one !== other && one.guestAddress < other.guestAddress + other.size
        && other.guestAddress < one.guestAddress + one.size)
        return `slots ${one.slot} and ${other.slot} meet`;
  const logged = all.filter(({ flags }) => (flags & 1) !== 0).map(({ slot }) => slot).sort((a, b) => a - b);
  const logs = slots.save().logs.map(({ slot }) => slot);
  if (logged.join() === logs.join()) return undefined;
  return `slots ${logged.join()} are logged, there are logs of ${logs.join()}`;
}

const slotLaws = Object.entries({ s390: s390SlotRules, POWER: powerSlotRules }).map(([name, rules]) =>
  device<SlotWorld>({
    folder: "kvm", name: `memory slots and dirty logs, ${name}`,
    make: () => ({ slots: new MemorySlots(rules), mapped: [] }),
    calls: slotCalls(rules), breach: slotBreach,
    codec: codecOf(memorySlotsState, ({ slots }) => slots.save(), ({ slots }, saved) => slots.load(saved)),
    follow: (to, { mapped }) => {
      to.mapped = mapped;
      to.slots.mapUser(mapped);
    },
  }));

interface RingWorld {
  readonly ring: DirtyRing;
  readonly again: string[];
}
const RING_ENTRIES = 128;

const ringLaws = device<RingWorld>({
  folder: "kvm", name: "a dirty ring",
  make: () => {
    const again: string[] = [];
    const made = DirtyRing.ofBytes(RING_ENTRIES * dirtyGfn.size, {
      pagesOf: (slot) => (slot < 2 ? 100n : undefined),
      protect: (slot, page) => { again.push(`${slot}:${page}`); },
    });
    if (!made.ok) throw new Error("the size is one that is allowed");
    return { ring: made.value, again };
  },
  calls: [
    { name: "push", run: ({ ring }, prng) => ring.push(prng.below(3), BigInt(prng.below(110))) },
    {
      name: "push until soft-full",
      run: ({ ring }, prng) => {
        let pushed = 0;
        while (!ring.isSoftFull && ring.push(0, BigInt(prng.below(100)))) pushed++;
        return pushed;
      },
    },
    {
      name: "the VMM marks", run: ({ ring }, prng) => {
        for (let entry = 0; entry < RING_ENTRIES; entry++) {
          const is = dirtyGfn.decode(ring.shared, entry * dirtyGfn.size);
          if (is.flags !== KVM_DIRTY_GFN_F_DIRTY || prng.below(20) === 0) continue;
          const odd = prng.below(10) ? {} : { slot: prng.u32(), offset: prng.u64() };
          const marked = dirtyGfn.encode({ ...is, ...odd, flags: KVM_DIRTY_GFN_F_RESET });
          ring.shared.set(marked, entry * dirtyGfn.size);
        }
      },
    },
    { name: "reset", run: ({ ring }) => ring.reset() },
  ],
  refusesNothing: true,
  follow: (to, from) => { to.again.splice(0, to.again.length, ...from.again); },
  codec: codecOf(dirtyRingState, ({ ring }) => ring.save(), ({ ring }, saved) => ring.load(saved)),
  heard: ({ again }) => again.splice(0).join(),
  breach: ({ ring }) => {
    const { pushed, taken } = ring.save();
    return pushed - taken <= RING_ENTRIES ? undefined : `${pushed - taken} of ${RING_ENTRIES} entries wait`;
  },
});

interface IrqfdWorld {
  readonly machine: S390DeviceMachine;
  readonly fds: readonly number[];
  hasMemory: boolean;
}
const ARGUMENT = 0x6000_0000n;
const EVENTFDS = 4;
const usedNames = ["routes", "register adapter", "guest clears its indicators", "deliver", "signal"];
const usedOfFlic = flicOperations.filter(({ name }) => usedNames.includes(name));

const irqfdLaws = device<IrqfdWorld>({
  folder: "kvm", name: "irqfds and their routes",
  make: () => {
    const world: { -readonly [Name in keyof IrqfdWorld]?: IrqfdWorld[Name] } = { hasMemory: true };
    const allocate = (bytes: number): boolean => bytes !== 256 || world.hasMemory!;
    const machine = s390DeviceMachine({ options: { allocate } });
    machine.kvm.flic.onDecision = (decision) => machine.ledger.note(decision);
    const fds = Array.from({ length: EVENTFDS }, () => machine.kvm.openEventfd());
    return Object.assign(world, { machine, fds }) as IrqfdWorld;
  },
  calls: [
    ...["KVM_IRQFD", "KVM_IRQFD again"].map((name): LawCall<IrqfdWorld> => ({
      name,
      run: (world, prng) => {
        const { machine: { kvm, user }, fds } = world;
        world.hasMemory = prng.below(10) > 0;
        const any = [...fds, ...fds, kvm.vmFd, 99];
        const bytes = irqfd.encode({
          fd: prng.pick(any), gsi: prng.below(5), flags: prng.pick([0, 0, 0, 1, 1, 2, 3, 4]),
          resamplefd: prng.pick(any) });
        const argument = prng.below(12) ? user.place(ARGUMENT, bytes) : 0n;
        return kvm.ioctl(kvm.vmFd, ioctl.KVM_IRQFD, argument);
      },
    })),
    {
      name: "signal an eventfd",
      run: ({ machine: { kvm }, fds }, prng) => kvm.signalEventfd(prng.pick(fds)),
    },
    { name: "the worker runs", run: ({ machine: { kvm } }) => kvm.irqfds.runDue() },
    {
      name: "close an eventfd and open one",
      run: ({ machine: { kvm }, fds }, prng) => {
        kvm.close(prng.pick(fds));
        return kvm.openEventfd(BigInt(prng.below(2)));
      },
    },
    ...usedOfFlic.map(({ name, run }): LawCall<IrqfdWorld> => ({
      name,
      // A signal that finds no route, or no page of its indicator, is told as a failure of the raising.
      run: ({ machine }, prng) => [run(machine, prng)],
    })),
  ],
  codec: codecOf(irqfdsState, ({ machine: { kvm } }) => ({ bindings: kvm.irqfds.save() }),
    ({ machine: { kvm } }, { bindings }) => kvm.irqfds.load(bindings)),
  follow: (to, from) => {
    copyRam(to.machine.memory, from.machine.memory);
    to.machine.kvm.flic.load(from.machine.kvm.flic.save());
    to.machine.ledger.book.load(from.machine.ledger.book.save());
    for (const fd of from.fds) Object.assign(to.machine.kvm.files.get(fd)!, from.machine.kvm.files.get(fd));
  },
  untouched: ({ machine: { kvm } }) => [kvm.irqfds.save(), kvm.flic.save()],
  heard: ({ machine: { kicks } }) => kicks.splice(0).join(),
  breach: ({ machine: { kvm, ledger }, fds }) => {
    const bound = kvm.irqfds.save().map(({ fd }) => fd);
    if (new Set(bound).size !== bound.length) return `an eventfd is bound twice: ${bound.join()}`;
    if (bound.some((fd) => !fds.includes(fd))) return `what is no eventfd is bound: ${bound.join()}`;
    return ledger.check();
  },
});

const doorbellOf = ({ kvm, vcpuFds }: PowerMachine, vcpu: number) => kvm.doorbell(vcpuFds[vcpu]!)!;
const doorbellLaws = device<PowerMachine>({
  folder: "kvm", name: "doorbell of a POWER vCPU",
  make: () => powerMachine("xive", 0),
  calls: [
    { name: "ring", run: (machine) => doorbellOf(machine, 0).ring() },
    { name: "ring the other", run: (machine) => doorbellOf(machine, 1).ring() },
    { name: "enter", run: (machine) => doorbellOf(machine, 0).enter() },
    {
      name: "enter and take",
      run: (machine) => {
        const isPending = doorbellOf(machine, 0).enter();
        if (isPending) doorbellOf(machine, 0).take();
        return isPending;
      },
    },
    {
      name: "register",
      run: ({ kvm, user, vcpuFds }, prng) => {
        const isSet = prng.below(3) === 0;
        if (isSet) user.placeU64(BUFFER, BigInt(prng.below(4)));
        const addr = prng.below(5) ? BUFFER : BAD_ADDRESS;
        const result = kvm.ioctl(vcpuFds[0]!, isSet ? powerIoctl.KVM_SET_ONE_REG : powerIoctl.KVM_GET_ONE_REG,
          user.place(0x4000n, powerOneReg.encode({ id: KVM_REG_PPC_DPDES, addr })));
        return result < 0 ? result : user.u64(BUFFER);
      },
    },
  ],
  codec: codecOf(doorbellState, (machine) => doorbellOf(machine, 0).save(),
    (machine, saved) => doorbellOf(machine, 0).load(saved)),
});

export const facadeLaws = [...slotLaws, ringLaws, irqfdLaws, doorbellLaws];
