/** The board's virtio devices: a console always, a block device where there is a disk. */
import { PAGE_BYTES } from "../api/snapshot.ts";
import type { ChannelSubsystem } from "../devices/css/css.ts";
import type { MachinePorts } from "../devices/ports.ts";
import { VirtioBlock } from "../devices/virtio/block.ts";
import { VirtioCcwDevice } from "../devices/virtio/ccwTransport.ts";
import { VirtioConsole } from "../devices/virtio/console.ts";
import { DirtyLog } from "../memory/dirtyLog.ts";

const CONSOLE = 0x0001;
const BLOCK = 0x0002;

export interface BoardVirtio {
  /** By the names that their sections of a snapshot have. */
  readonly devices: ReadonlyMap<string, VirtioCcwDevice>;
  readonly console: VirtioConsole;
  /** Changed parts of the disk, in pages; undefined without a disk. */
  readonly diskChanges: DirtyLog | undefined;
}

/** `show`: what the guest prints on the virtio console. */
export function attachVirtio(
  ports: MachinePorts, css: ChannelSubsystem, disk: Uint8Array | undefined,
  show: (bytes: Uint8Array) => void,
): BoardVirtio {
  const devices = new Map<string, VirtioCcwDevice>();
  const attach = (name: string, deviceNumber: number, device: VirtioCcwDevice): void => {
    devices.set(name, device);
    const subchannel = css.attach(deviceNumber, device);
    device.onAttention(() => subchannel.raiseAttention());
  };
  const console = new VirtioConsole(show);
  attach("console", CONSOLE, new VirtioCcwDevice(ports, console));
  if (!disk) return { devices, console, diskChanges: undefined };
  const log = new DirtyLog(Math.ceil(disk.length / PAGE_BYTES));
  const block = new VirtioBlock(disk, { beforeChange: (at, n) => log.markRange(at, n, "virtio") });
  attach("block", BLOCK, new VirtioCcwDevice(ports, block));
  return { devices, console, diskChanges: log };
}
