/** What the transport asks of a virtio device type (console, block), and what it offers it. */
import type { ByteOrder } from "./virtioBits.ts";
import type { Virtqueue } from "./virtqueue.ts";

export interface BackendPort {
  /** The driver has set DRIVER_OK, so queues may be used. */
  isRunning(): boolean;
  queue(index: number): Virtqueue;
  /** Chains were given back on this queue: interrupt the driver if it wants that. */
  usedChanged(index: number): void;
}

export interface VirtioBackend {
  /** Virtio device id: 2 block, 3 console. */
  readonly id: number;
  /** Feature bits 0 to 23 that this device type offers. */
  readonly features: bigint;
  /** Most entries of each queue. */
  readonly queueSizes: readonly number[];
  connect(port: BackendPort): void;
  config(order: ByteOrder): Uint8Array;
  /** The driver wrote the configuration; a type without it has no field that can be written. */
  configWritten?(config: Uint8Array): void;
  /** The driver notified queue `index`; the queue may be unset or broken. */
  notified(index: number): void;
  /** Of a type that keeps something of its own. */
  reset?(): void;
}
