/**
 * What a virtio-ccw device leaves in a snapshot: plain data. Routes are not state: loading installs them
 * again.
 */
import type { QueueState } from "./virtqueue.ts";

export const VIRTIO_CCW_STATE_VERSION = 1;

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
}

export interface VirtioCcwState {
  version: number;
  revision: number;
  status: number;
  driverFeatures: bigint;
  indicators: IndicatorState;
  queues: QueueState[];
}
