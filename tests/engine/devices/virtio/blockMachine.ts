/** A machine with a block device, and the requests that its tests write. */
import { VirtioBlock } from "../../../../src/engine/devices/virtio/block.ts";
import { Machine, type Part, Ring } from "./driver.ts";
import type { RecordingPorts } from "../css/recordingPorts.ts";

export const RINGS = 0x1_0000;
export const BUFFERS = 0x8_0000;
export const text = (latin: string): Uint8Array => Uint8Array.from(latin, (c) => c.charCodeAt(0));
export const ways = [false, true].flatMap((eventIndex) => [false, true].flatMap((indirect) =>
  [false, true].map((adapter) => ({ eventIndex, indirect, adapter }))));

export function blockMachine(sectors = 64) {
  const image = Uint8Array.from({ length: sectors * 512 }, (_, i) => (i * 7 + (i >> 9)) & 0xff);
  const changes: [number, number][] = [];
  const beforeChange = (offset: number, length: number): number => changes.push([offset, length]);
  const block = new VirtioBlock(image, { serial: "LATCH", beforeChange });
  const machine = new Machine(block);
  const ring = new Ring(machine.ports, RINGS, 16);
  return { image, changes, block, machine, ring };
}

/** Header of a block request, little-endian. */
export function header(ports: RecordingPorts, at: number, type: number, sector: bigint): Part {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setBigUint64(8, sector, true);
  ports.memory.write(at, bytes, "loader");
  return { address: at, length: 16, write: false };
}
