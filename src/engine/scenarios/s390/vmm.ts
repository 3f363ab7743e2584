/**
 * What a VMM does around the controller in the scenarios where it is the VMM that goes wrong: whether it
 * offers AIS, how it injects adapter interrupts, how it reads everything pending.
 */
import { capability } from "../../uapi/capability.ts";
import { deviceAttr } from "../../uapi/deviceAttr.ts";
import { aisAll, aisReq, flicGroup, ioAdapter } from "../../uapi/flic.ts";
import { ioctl } from "../../uapi/ioctl.ts";
import { s390Interrupt } from "../../uapi/s390Interrupt.ts";
import type { S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";

const ARGUMENT = 0x6000_0000n;
const BUFFER = 0x6100_0000n;

export const hasCapability = ({ kvm }: S390DeviceMachine, cap: number): boolean =>
  kvm.ioctl(kvm.vmFd, ioctl.KVM_CHECK_EXTENSION, BigInt(cap)) > 0;

/** A SET or GET on the controller's descriptor with a buffer of these bytes; the errno of the call. */
export function flicCall(
  { kvm, user, flicFd }: S390DeviceMachine, request: number, group: number, attr: bigint, bytes: Uint8Array,
): number {
  user.place(BUFFER, bytes);
  return kvm.ioctl(flicFd, request, user.place(ARGUMENT, deviceAttr.encode({ group, attr, addr: BUFFER })));
}
export const flicSet = (
  machine: S390DeviceMachine, group: number, bytes: Uint8Array = new Uint8Array(0), attr = 0n,
): number => flicCall(machine, ioctl.KVM_SET_DEVICE_ATTR, group, attr, bytes);

/** A suppressible adapter of this ISC. */
export const registerAdapter = (machine: S390DeviceMachine, id: number, isc: number): number =>
  flicSet(machine, flicGroup.ADAPTER_REGISTER, ioAdapter.encode({ id, isc, swap: 1, flags: 1 }));

export const setMode = (machine: S390DeviceMachine, isc: number, mode: number): number =>
  flicSet(machine, flicGroup.AISM, aisReq.encode({ isc, mode }));

/** One adapter interrupt: by the controller's attribute where the guest has AIS, else by the older call. */
export function injectAdapter(machine: S390DeviceMachine, id: number, isc: number, hasAis: boolean): number {
  if (hasAis) return flicSet(machine, flicGroup.AIRQ_INJECT, undefined, BigInt(id));
  const { kvm, user } = machine;
  const word = BigInt((0x80000000 | (isc << 27)) >>> 0);
  return kvm.ioctl(kvm.vmFd, ioctl.KVM_S390_INTERRUPT,
    user.place(ARGUMENT, s390Interrupt.encode({ type: 0x04000000, parm64: word })));
}

/** Both suppression masks, or the errno. */
export function readModes(machine: S390DeviceMachine): Uint8Array | number {
  const { user } = machine;
  const result = flicCall(machine, ioctl.KVM_GET_DEVICE_ATTR, flicGroup.AISM_ALL, BigInt(aisAll.size),
    new Uint8Array(aisAll.size));
  return result === 0 ? user.at(BUFFER).slice() : result;
}

export const AIS = capability.KVM_CAP_S390_AIS;
export const AIS_MIGRATION = capability.KVM_CAP_S390_AIS_MIGRATION;
