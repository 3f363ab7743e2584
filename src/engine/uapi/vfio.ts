/** VFIO device calls as an AP matrix device answers them (include/uapi/linux/vfio.h). */
import { struct } from "./struct.ts";

export const VFIO_DEVICE_GET_INFO = 0x3b6b;
export const VFIO_DEVICE_RESET = 0x3b6f;
export const VFIO_DEVICE_FLAGS_RESET = 0x1;
export const VFIO_DEVICE_FLAGS_AP = 0x20;

/** The part of struct vfio_device_info that every kernel knows: 16 bytes. */
export const vfioDeviceInfo = struct("struct vfio_device_info", 16, {
  argsz: [0, 4], flags: [4, 4], num_regions: [8, 4], num_irqs: [12, 4],
});
