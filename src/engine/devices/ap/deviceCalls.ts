/**
 * A matrix device as a VMM drives it through VFIO: open, information, reset, close, and what happens when
 * memory under an indicator is unmapped.
 */
import { errno } from "../../api/errno.ts";
import type { UserMemory } from "../../uapi/userMemory.ts";
import {
  VFIO_DEVICE_FLAGS_AP, VFIO_DEVICE_FLAGS_RESET, VFIO_DEVICE_GET_INFO, VFIO_DEVICE_RESET, vfioDeviceInfo,
} from "../../uapi/vfio.ts";
import type { ApVm } from "./apVm.ts";
import type { MatrixDevice } from "./matrixDevice.ts";
import type { ApHost } from "./queue.ts";
import { disableInterrupts } from "./queueInterrupts.ts";

/** -EINVAL without a VM, -EPERM if the VM has a device already, -EBUSY if another VM has this one. */
export function openDevice(device: MatrixDevice, vm: ApVm | undefined, host: ApHost): number {
  if (!vm) return errno.EINVAL;
  if (vm.hook !== undefined) return errno.EPERM;
  if (device.vm) return errno.EBUSY;
  vm.hook = device.name;
  attachVm(device, vm, host);
  device.groupKnowsVm = true;
  device.updateGuest();
  return 0;
}

/** Links device and VM without telling the guest's control block; also how a saved link comes back. */
export function attachVm(device: MatrixDevice, vm: ApVm, host: ApHost): void {
  detachVm(device);
  device.vm = vm;
  device.container = vm.container;
  device.stopListening = vm.container.onUnmap((iova, size) => letGo(device, iova, size, host));
}

/** The device no longer hears of unmapping. */
export function detachVm(device: MatrixDevice): void {
  device.stopListening?.();
  device.stopListening = undefined;
  device.vm = undefined;
}

/** Everything of a close that comes before the reset of its queues; false if nothing was undone. */
export function closeDevice(device: MatrixDevice, host: ApHost): boolean {
  const { vm } = device;
  if (!vm || (!device.groupKnowsVm && host.quirks.closeWithoutVmKeepsAll)) return false;
  vm.hook = undefined;
  vm.crycb.clearMasks();
  return true;
}

/**
 * VFIO_DEVICE_GET_INFO: -EFAULT, -EINVAL for an `argsz` under 16, then 16 bytes. VFIO_DEVICE_RESET resets the
 * queues. Anything else is -EOPNOTSUPP.
 */
export function deviceIoctl(
  request: number, argument: bigint, user: UserMemory, resetQueues: () => number,
): number {
  if (request === VFIO_DEVICE_RESET) return resetQueues();
  if (request !== VFIO_DEVICE_GET_INFO) return errno.EOPNOTSUPP;
  const bytes = user.read(argument, vfioDeviceInfo.size);
  if (!bytes) return errno.EFAULT;
  const { argsz } = vfioDeviceInfo.decode(bytes);
  if (argsz < vfioDeviceInfo.size) return errno.EINVAL;
  const flags = VFIO_DEVICE_FLAGS_AP | VFIO_DEVICE_FLAGS_RESET;
  return user.write(argument, vfioDeviceInfo.encode({ argsz, flags })) ? 0 : errno.EFAULT;
}

/**
 * Memory is about to be unmapped. Linux 6.1 unpins the mapping's first address and looks no further; a
 * repaired driver turns off the interrupts of every queue whose indicator is in there.
 */
function letGo(device: MatrixDevice, iova: bigint, size: bigint, host: ApHost): void {
  if (host.quirks.unmapIgnoresIndicators) {
    device.container?.unpin(iova);
    return;
  }
  for (const queue of device.queues.values())
    if (queue.savedIova >= iova && queue.savedIova < iova + size) disableInterrupts(queue, host);
}
