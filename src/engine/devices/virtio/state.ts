/** What a virtio-ccw device leaves in a snapshot. */
import { defineState, field, type StateSchema } from "../../snapshot/schema.ts";
import type { QueueState } from "./virtqueue.ts";

/** Input that waits until the guest has room for it, in bytes. */
export const CONSOLE_INPUT_MAX = 0x1_0000;
const QUEUES_MAX = 64;
/** GSIs of a device: one per queue, and those of the bits before its first. */
const ROUTES_MAX = QUEUES_MAX + 7;
const GSI_MAX = 0xffff;

export interface AdapterIndicators {
  summary: bigint;
  indicator: bigint;
  /** Number of the first queue's bit, counted from the left of the byte at `indicator`. */
  firstBit: bigint;
  isc: number;
}

export interface IndicatorState {
  queues: bigint;
  config: bigint;
  adapter: AdapterIndicators | null;
  /** GSIs whose routes the interrupt controller holds, in order of their bits. */
  routes: number[];
}

export interface VirtioCcwState {
  /** -1 until the driver has set one, or shown by another command that it sets none. */
  revision: number;
  status: number;
  driverFeatures: bigint;
  indicators: IndicatorState;
  queues: QueueState[];
}

export interface VirtioConsoleState {
  /** Input not yet given to the guest. */
  pending: Uint8Array;
}

const adapter = field.object<AdapterIndicators>({
  summary: field.u64(), indicator: field.u64(), firstBit: field.u64(), isc: field.between(0, 7),
});
const queue = field.object<QueueState>({
  size: field.u16(), descriptors: field.u64(), available: field.u64(), used: field.u64(),
  lastAvailable: field.u16(), usedIndex: field.u16(), signalledUsed: field.between(-1, 0xffff),
  broken: field.bool(),
});

/** `device` names it among the sections: `console`, `block`. */
export const virtioState = (device: string): StateSchema<VirtioCcwState> =>
  defineState<VirtioCcwState>({
    name: `virtio.${device}`,
    version: 1,
    fields: {
      revision: field.between(-1, 2),
      status: field.u8(),
      driverFeatures: field.u64(),
      indicators: field.object<IndicatorState>({
        queues: field.u64(), config: field.u64(), adapter: field.nullable(adapter),
        routes: field.list(field.between(0, GSI_MAX), { max: ROUTES_MAX }),
      }),
      queues: field.list(queue, { max: QUEUES_MAX }),
    },
  });

export const virtioConsoleInput = defineState<VirtioConsoleState>({
  name: "virtio.console.input",
  version: 1,
  fields: { pending: field.bytes(CONSOLE_INPUT_MAX, 0) },
});
