/**
 * Calls to the floating interrupt controller that must be refused, each well formed but for one thing, with
 * the errno that the order of checks gives it.
 */
import { errno } from "../api/errno.ts";
import type { Prng } from "../base/prng.ts";
import { irq, s390DeviceMachine, type S390DeviceMachine } from "../deviceMachine/s390DeviceMachine.ts";
import { KVM_DEV_TYPE_FLIC, createDevice, deviceAttr } from "../uapi/deviceAttr.ts";
import { aisReq, flicGroup, ioAdapter, ioAdapterReq } from "../uapi/flic.ts";
import { ioctl } from "../uapi/ioctl.ts";
import { kernelProfiles } from "../uapi/kernelProfile.ts";
import type { BadCalls } from "./badCalls.ts";

const BUFFER = 0x10_0000n;
const NOWHERE = 0xdead_0000n;
const REGISTERED = 3;
const { EFAULT, EINVAL, ENODEV, ENOMEM, ENOTTY, ENXIO, EIO } = errno;
const G = flicGroup;

/** Two adapters' worth of state and something pending of every kind, so that a change would be seen. */
function crowdedMachine(): S390DeviceMachine {
  const base = kernelProfiles["linux-6.1"];
  // The one refused call that does change something is a quirk with a vector of its own.
  const profile = { ...base, quirks: { ...base.quirks, getAllDrainsGisa: false } };
  const machine = s390DeviceMachine({ cpus: 2, profile });
  const { kvm, user } = machine;
  const put = (group: number, bytes: Uint8Array): number =>
    kvm.setAttr(group, BigInt(bytes.length), user.place(BUFFER, bytes));
  put(G.ADAPTER_REGISTER, ioAdapter.encode({ id: REGISTERED, isc: 3, flags: 1 }));
  put(G.AISM, aisReq.encode({ isc: 5, mode: 1 }));
  for (const [type, union] of [
    ["00000001", "00010001 00000007 28000000"], ["04000000", "00000000 00000000 90000000"],
    ["ffff2603", "00000001"], ["ffff2401", "00012341"], ["fffe0005", "00"],
    ["fffe1000", "0000000010000000 0040000000000000"],
  ] as const) put(G.ENQUEUE, irq(type, union));
  kvm.flic.onDecision = undefined;
  kvm.flic.kick = undefined;
  return machine;
}

const set = ({ kvm, user }: S390DeviceMachine, group: number, attr: bigint, bytes: Uint8Array, flags = 0) =>
  kvm.setAttr(group, attr, user.place(BUFFER, bytes), flags);
const above = (prng: Prng, least: number): number => least + prng.below(2 ** 32 - least);
const byteAbove = (prng: Prng, least: number): number => least + prng.below(256 - least);
const writable: readonly number[] = [
  G.ADAPTER_REGISTER, G.ADAPTER_MODIFY, G.AISM, G.AISM_ALL,
];

/** Types that no floating interrupt has: local ones, and codes beyond 32 bits. */
const localTypes = ["fffe0000", "fffe0001", "fffe0002", "fffe0003", "fffe0004", "ffff1004", "ffff1201"];

const calls: BadCalls<S390DeviceMachine>["calls"] = {
  "unknown group set": ({ kvm }, prng) =>
    [kvm.setAttr(prng.below(2) ? 0 : above(prng, 12), prng.u64(), BUFFER), EINVAL],
  "unknown group get": ({ kvm }, prng) =>
    [kvm.getAttr(prng.below(2) ? 0 : above(prng, 12), prng.u64(), BUFFER), EINVAL],
  "unknown group has": ({ kvm }, prng) => [kvm.hasAttr(prng.below(2) ? 0 : above(prng, 12)), ENXIO],
  "set of a group to get": ({ kvm }, prng) => [kvm.setAttr(G.GET_ALL_IRQS, prng.u64(), BUFFER), EINVAL],
  "get of a group to set": ({ kvm }, prng) => [kvm.getAttr(2 + prng.below(9), prng.u64(), BUFFER), EINVAL],
  "get all, no length": ({ kvm }) => [kvm.getAttr(G.GET_ALL_IRQS, 0n, BUFFER), EINVAL],
  "get all, too long": ({ kvm }, prng) =>
    [kvm.getAttr(G.GET_ALL_IRQS, 0x2000001n + (prng.u64() >> 1n), BUFFER), EINVAL],
  "get all, no room": ({ kvm }, prng) =>
    [kvm.getAttr(G.GET_ALL_IRQS, BigInt(1 + prng.below(6 * 72 - 1)), NOWHERE), ENOMEM],
  "get all, nowhere": ({ kvm }, prng) =>
    [kvm.getAttr(G.GET_ALL_IRQS, BigInt(6 * 72 + prng.below(4096)), NOWHERE), EFAULT],
  "enqueue, part of an entry": (machine, prng) =>
    [set(machine, G.ENQUEUE, BigInt(72 * prng.below(1000) + 1 + prng.below(71)), irq("ffff2603")), EINVAL],
  "enqueue, too long": ({ kvm }, prng) =>
    [kvm.setAttr(G.ENQUEUE, 33554448n + 72n * BigInt(prng.below(20_000_000)), BUFFER), EINVAL],
  "enqueue, nowhere": ({ kvm }, prng) =>
    [kvm.setAttr(G.ENQUEUE, 72n * BigInt(1 + prng.below(1000)), NOWHERE), EFAULT],
  "enqueue, a type of CPUs": (machine, prng) =>
    [set(machine, G.ENQUEUE, 72n, irq(prng.pick(localTypes))), EINVAL],
  "enqueue, a type of 64 bits": (machine, prng) =>
    [set(machine, G.ENQUEUE, 72n, irq(`${(1 + prng.below(0xfffffff)).toString(16)}ffff2603`)), EINVAL],
  "a structure nowhere": ({ kvm }, prng) => [kvm.setAttr(prng.pick(writable), prng.u64(), NOWHERE), EFAULT],
  "register, no such id": (machine, prng) =>
    [set(machine, G.ADAPTER_REGISTER, 0n, ioAdapter.encode({ id: above(prng, 64), isc: 1 })), EINVAL],
  "register again": (machine, prng) =>
    [set(machine, G.ADAPTER_REGISTER, 0n, ioAdapter.encode({ id: REGISTERED, isc: prng.below(8) })), EINVAL],
  "modify, nobody": (machine, prng) => {
    const id = prng.below(2) ? above(prng, 64) : 4 + prng.below(60);
    return [set(machine, G.ADAPTER_MODIFY, 0n, ioAdapterReq.encode({ id, type: 1 + prng.below(3) })), EINVAL];
  },
  "modify, no such kind": (machine, prng) => {
    const type = prng.below(2) ? 0 : byteAbove(prng, 4);
    return [set(machine, G.ADAPTER_MODIFY, 0n, ioAdapterReq.encode({ id: REGISTERED, type })), EINVAL];
  },
  "mask what cannot be masked": (machine, prng) =>
    [set(machine, G.ADAPTER_MODIFY, 0n,
      ioAdapterReq.encode({ id: REGISTERED, type: 1, mask: prng.below(256) })), EINVAL],
  "clear I/O, flags": (machine, prng) =>
    [set(machine, G.CLEAR_IO_IRQ, 4n, Uint8Array.of(0, 1, 0, 1), above(prng, 1)), EINVAL],
  "clear I/O, length": (machine, prng) =>
    [set(machine, G.CLEAR_IO_IRQ, 5n + (prng.u64() >> 1n), Uint8Array.of(0, 1, 0, 1)), EINVAL],
  "clear I/O, no subchannel": (machine) => [set(machine, G.CLEAR_IO_IRQ, 4n, new Uint8Array(4)), EINVAL],
  "clear I/O, nowhere": ({ kvm }) => [kvm.setAttr(G.CLEAR_IO_IRQ, 4n, NOWHERE), EFAULT],
  "mode, no such ISC": (machine, prng) =>
    [set(machine, G.AISM, 0n, aisReq.encode({ isc: byteAbove(prng, 8), mode: prng.below(2) })), EINVAL],
  "mode, no such mode": (machine, prng) =>
    [set(machine, G.AISM, 0n, aisReq.encode({ isc: prng.below(8), mode: 2 + prng.below(65534) })), EINVAL],
  "airq, nobody": ({ kvm }, prng) => {
    const id = prng.below(2) ? above(prng, 64) : 4 + prng.below(60);
    return [kvm.setAttr(G.AIRQ_INJECT, (prng.u64() & ~0xffffffffn) | BigInt(id), NOWHERE), EINVAL];
  },
  "modes, too short": ({ kvm }, prng) => [kvm.getAttr(G.AISM_ALL, BigInt(prng.below(2)), BUFFER), EINVAL],
  "modes, nowhere": ({ kvm }, prng) => [kvm.getAttr(G.AISM_ALL, 2n + (prng.u64() >> 1n), NOWHERE), EFAULT],
  "no such ioctl": ({ kvm, flicFd }, prng) => [kvm.ioctl(flicFd, 0xaf00 + prng.below(256), BUFFER), ENOTTY],
  "an attribute nowhere": ({ kvm, flicFd }, prng) =>
    [kvm.ioctl(flicFd, ioctl.KVM_SET_DEVICE_ATTR + prng.below(3), NOWHERE), EFAULT],
  "another process": ({ kvm, user, flicFd }, prng) => {
    user.place(BUFFER, deviceAttr.encode({ group: 1 + prng.below(11), attr: prng.u64() }));
    return [kvm.ioctl(flicFd, ioctl.KVM_SET_DEVICE_ATTR, BUFFER, "other-process"), EIO];
  },
  "a second controller": ({ kvm, user }, prng) => {
    user.place(BUFFER, createDevice.encode({ type: KVM_DEV_TYPE_FLIC, flags: 2 * prng.below(1000) }));
    return [kvm.ioctl(kvm.vmFd, ioctl.KVM_CREATE_DEVICE, BUFFER), EINVAL];
  },
  "no such device": ({ kvm, user }, prng) => {
    user.place(BUFFER, createDevice.encode({ type: above(prng, 1000), flags: prng.u32() }));
    return [kvm.ioctl(kvm.vmFd, ioctl.KVM_CREATE_DEVICE, BUFFER), ENODEV];
  },
};

export const flicBadCalls: BadCalls<S390DeviceMachine> = {
  name: "floating interrupt controller",
  calls,
  make: crowdedMachine,
  // Everything but the next identity, which a refused injection uses up.
  stateOf: ({ kvm }) => structuredClone({ ...kvm.flic.save(), nextId: 0 }),
};
