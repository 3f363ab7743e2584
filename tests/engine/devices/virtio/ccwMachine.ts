/** A virtio-ccw device of no type, and what its driver sends: channel commands without a channel. */
import { expect } from "vitest";
import type { BackendPort, VirtioBackend } from "../../../../src/engine/devices/virtio/backend.ts";
import { command, type CommandData } from "../../../../src/engine/devices/virtio/ccwCommand.ts";
import { VirtioCcwDevice } from "../../../../src/engine/devices/virtio/ccwTransport.ts";
import { RecordingPorts } from "../css/recordingPorts.ts";

export const RAM = 0x2_0000;
export const INDIRECT = 1 << 28, EVENT_INDEX = 1 << 29, VERSION_1 = 1;
export const ACKNOWLEDGED = 3, FEATURES_OK = 8, DRIVER_OK = 4, NEEDS_RESET = 0x40;
export const OWN_FEATURES = 0x21;

/** A device type that writes down what it is told. */
class Backend implements VirtioBackend {
  readonly id = 9;
  readonly features = BigInt(OWN_FEATURES);
  readonly queueSizes = [8, 0x100];
  readonly notifications: number[] = [];
  readonly configs: string[] = [];
  resets = 0;
  port: BackendPort | undefined;

  connect(port: BackendPort): void {
    this.port = port;
  }
  config(order: string): Uint8Array {
    return Uint8Array.of(order === "big" ? 0xb0 : 0x10, 2, 3, 4);
  }
  configWritten(config: Uint8Array): void {
    this.configs.push(config.join());
  }
  notified(index: number): void {
    this.notifications.push(index);
    this.port!.queue(index).take();
  }
  reset(): void {
    this.resets++;
  }
}

/** The data of a channel command; a channel that fails gives and takes nothing. */
export class Data implements CommandData {
  readonly bytes: Uint8Array;
  readonly fails: boolean;

  constructor(bytes: readonly number[], fails = false) {
    this.bytes = Uint8Array.from(bytes);
    this.fails = fails;
  }
  get length(): number {
    return this.bytes.length;
  }
  read(offset: number, length: number): Uint8Array | undefined {
    return this.fails ? undefined : this.bytes.slice(offset, offset + length);
  }
  write(offset: number, bytes: Uint8Array): boolean {
    const isGood = !this.fails && offset + bytes.length <= this.length;
    if (isGood) this.bytes.set(bytes, offset);
    return isGood;
  }
}

export const half = (value: number): number[] => [(value >> 8) & 255, value & 255];
export const word = (value: number): number[] => [...half(value >>> 16), ...half(value)];
export const wide = (value: number): number[] => [...word(0), ...word(value)];
/** A word as features are given: the least significant byte first. */
export const little = (value: number): number[] => word(value).reverse();

export function setup(revision = -1) {
  const ports = new RecordingPorts(RAM);
  const backend = new Backend();
  const device = new VirtioCcwDevice(ports, backend);
  let attentions = 0;
  device.onAttention(() => attentions++);
  const send = (code: number, bytes: readonly number[] = []): string => device.command(code, new Data(bytes));
  /** The bytes that a command leaves. */
  const ask = (code: number, bytes: readonly number[]): number[] => {
    const data = new Data(bytes);
    expect(device.command(code, data)).toBe("done");
    return [...data.bytes];
  };
  if (revision >= 0) expect(send(command.setRevision, [...half(revision), 0, 0])).toBe("done");
  return { ports, backend, device, send, ask, attentions: () => attentions };
}
export type Machine = ReturnType<typeof setup>;

export const queueBlock = (index: number, size: number, at = 0x1000): number[] =>
  [...wide(at), ...word(0), ...half(index), ...half(size), ...wide(0x4000), ...wide(0x6000)];

export const legacyBlock = (index: number, size: number, area = 0x1000, alignment = 4096): number[] =>
  [...wide(area), ...word(alignment), ...half(index), ...half(size)];

/** A driver that is ready, with its first queue placed. */
export function start(one: Machine, features = 0): void {
  one.send(command.writeFeatures, [...little(features), 0]);
  one.send(command.writeFeatures, [...little(VERSION_1), 1]);
  one.send(command.setQueue, queueBlock(0, 4));
  expect(one.send(command.writeStatus, [ACKNOWLEDGED | FEATURES_OK | DRIVER_OK])).toBe("done");
}
