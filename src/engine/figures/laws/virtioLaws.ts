/** The laws of virtio-ccw devices: a driver that is right, nearly right or not a driver at all. */
import type { Prng } from "../../base/prng.ts";
import { QuietPorts } from "../../deviceMachine/quietPorts.ts";
import { VirtioBlock } from "../../devices/virtio/block.ts";
import { command, type CommandData } from "../../devices/virtio/ccwCommand.ts";
import { VirtioCcwDevice } from "../../devices/virtio/ccwTransport.ts";
import { VirtioConsole } from "../../devices/virtio/console.ts";
import { virtioConsoleInput, virtioState } from "../../devices/virtio/state.ts";
import type { Operation } from "../figure.ts";
import { codecOf, device, type DeviceUnderLaw } from "./device.ts";

const MEMORY_BYTES = 0x10000;
const RINGS = 0x1000, RING_BYTES = 0x1000, BUFFERS = 0x8000;
const ENTRIES = 8;
const IMAGE_BYTES = 16 * 512;

interface VirtioWorld {
  readonly ports: QuietPorts;
  readonly device: VirtioCcwDevice;
  /** Of the console only. */
  readonly console?: VirtioConsole;
  /** Of the block device only: its contents are not the device's state. */
  readonly image?: Uint8Array;
}

/** The data of one channel command, outside of guest memory. */
class Data implements CommandData {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  get length(): number {
    return this.bytes.length;
  }
  read(offset: number, length: number): Uint8Array | undefined {
    return this.bytes.slice(offset, offset + length);
  }
  write(offset: number, bytes: Uint8Array): boolean {
    this.bytes.set(bytes.subarray(0, Math.max(0, this.length - offset)), offset);
    return true;
  }
}

const send = (world: VirtioWorld, code: number, bytes: readonly number[]): string => {
  const outcome = world.device.command(code, new Data(Uint8Array.from(bytes)));
  return outcome === "reject" ? "refused" : outcome;
};
const wide = (value: number): number[] => [0, 0, 0, 0, 0, 0, value >> 8, value & 0xff];
const ring = (queue: number): number => RINGS + queue * RING_BYTES;

/** SET QUEUE of the modern layout. */
const placed = (queue: number): number[] => [
  ...wide(ring(queue)), 0, 0, 0, 0, 0, queue, 0, ENTRIES, ...wide(ring(queue) + 0x400),
  ...wide(ring(queue) + 0x800),
];

/** The whole start of a driver; classic or adapter indicators, with the event index or without. */
function negotiate(world: VirtioWorld, prng: Prng): void {
  send(world, command.setRevision, [0, 2, 0, 0]);
  send(world, command.reset, []);
  for (const status of [1, 3]) send(world, command.writeStatus, [status]);
  send(world, command.writeFeatures, [0, 0, 0, prng.pick([0, 0x10, 0x20, 0x30]), 0]);
  send(world, command.writeFeatures, [1, 0, 0, 0, 1]);
  send(world, command.writeStatus, [0x0b]);
  for (const queue of [0, 1]) send(world, command.setQueue, placed(queue));
  if (prng.below(2)) send(world, command.setIndicators, wide(0x6000));
  else send(world, command.setAdapterIndicators, [...wide(0x6010), ...wide(0x6020), ...wide(3), 5]);
  send(world, command.setConfigIndicators, wide(0x6008));
  send(world, command.writeStatus, [0x0f]);
}

/** Descriptors, most of them good, and one more of them offered. */
function offer({ ports: { memory } }: VirtioWorld, prng: Prng): void {
  const at = ring(prng.below(2));
  const little = (address: number, length: number, value: number): void => {
    for (let byte = 0; byte < length; byte++)
      memory.setU8(address + byte, Math.floor(value / 256 ** byte) & 0xff, "loader");
  };
  for (let entry = 0; entry < ENTRIES; entry++) {
    little(at + 16 * entry, 8, prng.pick([BUFFERS, BUFFERS + 0x100, BUFFERS, memory.size - 1]));
    little(at + 16 * entry + 8, 4, prng.pick([1, 16, 16, 512]));
    little(at + 16 * entry + 12, 2, prng.pick([0, 1, 2, 2, 3, 4]));
    little(at + 16 * entry + 14, 2, prng.below(ENTRIES));
    little(at + 0x404 + 2 * entry, 2, prng.below(ENTRIES));
  }
  memory.write(BUFFERS, Uint8Array.of(prng.pick([0, 1, 4, 8, 11])), "loader");
  const index = memory.u8(at + 0x402) + 1;
  little(at + 0x402, 2, prng.below(40) ? index : prng.below(0x1_0000));
}

const CODES = Object.values(command);

const calls: readonly Operation<VirtioWorld>[] = [
  { name: "negotiate", run: (world, prng) => (prng.below(6) ? undefined : negotiate(world, prng)) },
  { name: "offer", run: offer },
  { name: "offer again", run: offer },
  {
    name: "random command",
    run: (world, prng) => {
      const code = prng.pick([...CODES, 0x99]);
      if (code === command.reset && prng.below(6)) return "left out";
      return send(world, code, Array.from({ length: prng.pick([0, 1, 4, 5, 8, 25, 32]) },
        () => prng.pick([0, 0, 1, 2, 0x10, prng.below(256)])));
    },
  },
  { name: "queue", run: (world, prng) => send(world, command.setQueue, placed(prng.below(3))) },
  { name: "notify", run: (world, prng) => world.device.notify(prng.below(3)) },
  { name: "notify again", run: (world, prng) => world.device.notify(prng.below(2)) },
  { name: "configuration changes", run: ({ device: one }) => one.configChanged() },
  { name: "disable", run: ({ device: one }, prng) => prng.below(9) || one.disabled() },
  {
    name: "typed text",
    run: ({ console }, prng) => console?.input(Uint8Array.from({ length: prng.below(30) }, () => 65)),
  },
];

const shared: Omit<DeviceUnderLaw<VirtioWorld>, "name" | "make" | "codec"> = {
  folder: "virtio", calls,
  heard: ({ ports }) => ports.takeHeard(),
  reset: {
    says: "revision, status, features, indicators and queues are as after power-on",
    run: ({ device: one }) => one.reset(), documented: () => undefined,
  },
};

function withConsole(): VirtioWorld {
  const ports = new QuietPorts(MEMORY_BYTES);
  const console = new VirtioConsole((bytes) => ports.consoleOut(bytes));
  return { ports, console, device: new VirtioCcwDevice(ports, console) };
}

function withBlock(): VirtioWorld {
  const ports = new QuietPorts(MEMORY_BYTES);
  const image = new Uint8Array(IMAGE_BYTES);
  return { ports, image, device: new VirtioCcwDevice(ports, new VirtioBlock(image)) };
}

export const virtioLaws = [
  device<VirtioWorld>({
    ...shared, name: "virtio console", make: withConsole,
    codec: codecOf(virtioState("console"), (world) => world.device.save(),
      (world, saved) => world.device.load(saved)),
    follow: (to, from) => {
      to.ports.follow(from.ports);
      to.console!.load(from.console!.save());
    },
  }),
  device<VirtioWorld>({
    ...shared, name: "virtio console's input", make: withConsole,
    codec: codecOf(virtioConsoleInput, ({ console }) => console!.save(),
      ({ console }, saved) => console!.load(saved)),
    follow: (to, from) => {
      to.ports.follow(from.ports);
      to.device.load(from.device.save());
    },
  }),
  device<VirtioWorld>({
    ...shared, name: "virtio block device", make: withBlock,
    codec: codecOf(virtioState("block"), (world) => world.device.save(),
      (world, saved) => world.device.load(saved)),
    follow: (to, from) => {
      to.ports.follow(from.ports);
      to.image!.set(from.image!);
    },
  }),
];
