/** Calls to KVM on POWER that must be refused whichever interrupt controller there is. */
import { errno } from "../api/errno.ts";
import type { Prng } from "../base/prng.ts";
import { BAD_ADDRESS, BUFFER, type PowerMachine } from "../deviceMachine/powerDeviceMachine.ts";
import {
  powerCreateDevice, powerDeviceAttr, powerEnableCap, powerIoctl, powerOneReg,
} from "../uapi/powerIoctl.ts";
import { KVM_DEV_TYPE_XICS, KVM_DEV_TYPE_XIVE } from "../uapi/xive.ts";
import type { BadCalls } from "./badCalls.ts";

const { EBADF, EBUSY, EEXIST, EFAULT, EINVAL, ENODEV, ENOTTY, ENXIO, EPERM } = errno;
const ARGUMENT = 0x4000n;

/** A 32-bit number of at least `least`. */
export const above = (prng: Prng, least: number): number => least + prng.below(2 ** 32 - least);

/** KVM_ENABLE_CAP of a vCPU that is connected. */
function connect({ kvm, user, deviceFd, vcpuFds }: PowerMachine, cap: number, change: object): number {
  const bytes = powerEnableCap.encode({
    cap, fd: BigInt(deviceFd), server: 2n, ...change });
  return kvm.ioctl(vcpuFds[0]!, powerIoctl.KVM_ENABLE_CAP, user.place(ARGUMENT, bytes));
}
const oneReg = ({ kvm, user, vcpuFds }: PowerMachine, id: bigint, isSet: boolean, addr = BUFFER): number =>
  kvm.ioctl(vcpuFds[0]!, isSet ? powerIoctl.KVM_SET_ONE_REG : powerIoctl.KVM_GET_ONE_REG,
    user.place(ARGUMENT, powerOneReg.encode({ id, addr })));
const createDevice = ({ kvm, user }: PowerMachine, type: number): number =>
  kvm.ioctl(kvm.vmFd, powerIoctl.KVM_CREATE_DEVICE,
    user.place(ARGUMENT, powerCreateDevice.encode({ type })));

/** For a device that vCPUs connect to by capability `cap`, with a register of 8 or 16 bytes. */
export const kvmBadCalls = (cap: number, register: bigint): BadCalls<PowerMachine>["calls"] => ({
  "an attribute nowhere": ({ kvm, deviceFd }, prng) =>
    [kvm.ioctl(deviceFd, powerIoctl.KVM_SET_DEVICE_ATTR + prng.below(3), BAD_ADDRESS), EFAULT],
  "no such ioctl": ({ kvm, deviceFd }, prng) =>
    [kvm.ioctl(deviceFd, 0xaf00 + prng.below(256), BUFFER), ENOTTY],
  "an attribute by ioctl": ({ kvm, user, deviceFd }, prng) => {
    user.place(ARGUMENT, powerDeviceAttr.encode({ group: above(prng, 6), attr: prng.u64(), addr: BUFFER }));
    return [kvm.ioctl(deviceFd, powerIoctl.KVM_SET_DEVICE_ATTR, ARGUMENT), ENXIO];
  },
  "a second controller": (machine, prng) =>
    [createDevice(machine, prng.pick([KVM_DEV_TYPE_XIVE, KVM_DEV_TYPE_XICS])), EEXIST],
  "no such device": (machine, prng) => [createDevice(machine, above(prng, 1000)), ENODEV],
  "connect, flags": (machine, prng) => [connect(machine, cap, { flags: above(prng, 1) }), EINVAL],
  "connect, no such file": (machine, prng) =>
    [connect(machine, cap, { fd: BigInt(1000 + prng.below(1 << 20)) }), EBADF],
  "connect, not a controller": (machine) => [connect(machine, cap, { fd: BigInt(machine.kvm.vmFd) }), EPERM],
  "connect again": (machine) => [connect(machine, cap, {}), EBUSY],
  "register, no such": (machine, prng) => [oneReg(machine, prng.u64() >> 4n, prng.below(2) === 1), EINVAL],
  "register nowhere": (machine, prng) =>
    [oneReg(machine, register, prng.below(2) === 1, BAD_ADDRESS), EFAULT],
});
