/**
 * KVM_ARM_VCPU_PVTIME_CTRL: where the guest's steal time is kept (kernel devices/vcpu.rst, section 3; order
 * of checks derived from source). Once set it stays.
 */
import { errno } from "../../api/errno.ts";
import { KVM_ARM_VCPU_PVTIME_IPA } from "../../uapi/arm.ts";
import { NO_STEAL_TIME, type ArmVcpu, type ArmVm } from "./armVm.ts";

const ALIGNMENT = 64n;

export const hasPvtimeAttr = ({ host }: ArmVm, attr: bigint): number =>
  host.schedulerInfo && attr === BigInt(KVM_ARM_VCPU_PVTIME_IPA) ? 0 : errno.ENXIO;

export function setPvtimeAttr(vm: ArmVm, vcpu: ArmVcpu, attr: bigint, addr: bigint): number {
  if (hasPvtimeAttr(vm, attr) !== 0) return errno.ENXIO;
  const bytes = vm.user.read(addr, 8);
  if (!bytes) return errno.EFAULT;
  const address = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (address % ALIGNMENT !== 0n) return errno.EINVAL;
  if (vcpu.stealTime !== NO_STEAL_TIME) return errno.EEXIST;
  const isInSlot = vm.slots.some((slot) => address >= slot.address && address < slot.address + slot.size);
  if (!isInSlot) return errno.EINVAL;
  vcpu.stealTime = address;
  return 0;
}

/** All ones while it was never set. */
export function getPvtimeAttr(vm: ArmVm, vcpu: ArmVcpu, attr: bigint, addr: bigint): number {
  if (hasPvtimeAttr(vm, attr) !== 0) return errno.ENXIO;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, vcpu.stealTime, true);
  return vm.user.write(addr, bytes) ? 0 : errno.EFAULT;
}
