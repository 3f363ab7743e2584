/**
 * Virtio over channel I/O: control unit type 0x3832, channel commands of revisions 0 to 2. Virtio 1.2,
 * section 4.3.
 *
 * Invariant: a command that is rejected has changed nothing.
 */
import { ok, refuse, type Result } from "../../base/result.ts";
import type { MachinePorts } from "../ports.ts";
import type { VirtioBackend } from "./backend.ts";
import { command, type CommandData, type CommandResult } from "./ccwCommand.ts";
import { Indicators } from "./indicators.ts";
import { RingMemory } from "./ringMemory.ts";
import type { VirtioCcwState } from "./state.ts";
import { type ByteOrder, feature, statusBit } from "./virtioBits.ts";
import { Virtqueue } from "./virtqueue.ts";

const CONTROL_UNIT_TYPE = 0x3832;
const REVISION_MAX = 2;
const LEGACY_RING_ALIGNMENT = 4096;

export class VirtioCcwDevice {
  readonly identity: {
    readonly controlUnitType: number; readonly controlUnitModel: number;
    readonly deviceType: number; readonly deviceModel: number;
  };
  private readonly backend: VirtioBackend;
  private readonly queues: readonly Virtqueue[];
  /** -1 until the driver has set one, or shown by another command that it sets none. */
  private revision = -1;
  private status = 0;
  private driverFeatures = 0n;
  private readonly indicators: Indicators;

  constructor(ports: MachinePorts, backend: VirtioBackend) {
    const memory = new RingMemory(ports.memory);
    this.backend = backend;
    this.queues = backend.queueSizes.map((size) => new Virtqueue(memory, size));
    for (const queue of this.queues) queue.onBroken = () => this.needReset();
    this.indicators = new Indicators(ports, memory, this.queues.length);
    this.identity =
      { controlUnitType: CONTROL_UNIT_TYPE, controlUnitModel: backend.id, deviceType: 0, deviceModel: 0 };
    backend.connect({
      isRunning: () => this.isRunning,
      queue: (index) => this.queues[index]!,
      usedChanged: (index) => this.usedChanged(index),
    });
  }

  /** Runs one channel command. */
  command(code: number, data: CommandData): CommandResult {
    const result = this.run(code, data);
    // Who begins with anything else is a legacy driver: revision 0 from then on (4.3.2.1.3).
    if (this.revision < 0 && result !== "reject") this.revision = 0;
    return result;
  }

  private run(code: number, data: CommandData): CommandResult {
    switch (code) {
      case command.setQueue: return this.setQueue(data);
      case command.readQueueConfig: return this.readQueueConfig(data);
      case command.readFeatures: return this.readFeatures(data);
      case command.writeFeatures: return this.writeFeatures(data);
      case command.readConfig: return this.readConfig(data);
      case command.writeConfig: return this.writeConfig(data);
      case command.readStatus: return finished(data.write(0, Uint8Array.of(this.status)));
      case command.writeStatus: return this.writeStatus(data);
      case command.reset:
        this.resetVirtio();
        return "immediate";
      case command.setIndicators: return placed(data, (at) => this.indicators.setClassic(at));
      case command.setConfigIndicators: return placed(data, (at) => this.indicators.setConfig(at));
      case command.setAdapterIndicators: return this.setAdapterIndicators(data);
      case command.setRevision: return this.setRevision(data);
      default: return "reject";
    }
  }

  /** The queue notification hypercall. False: no such queue. */
  notify(queue: number): boolean {
    const target = this.queues[queue];
    if (!target) return false;
    if (this.isRunning && target.isReady) this.backend.notified(queue);
    return true;
  }

  disabled(): void {
    this.revision = -1;
  }

  reset(): void {
    this.resetVirtio();
    this.revision = -1;
  }

  /** The board says how attention is raised at the subchannel this device is attached to. */
  onAttention(raise: () => void): void {
    this.indicators.raiseAttention = raise;
  }

  /** The device configuration changed: tells the driver if it gave a configuration indicator. */
  configChanged(): void {
    this.indicators.configChanged();
  }

  save(): VirtioCcwState {
    return {
      revision: this.revision, status: this.status, driverFeatures: this.driverFeatures,
      indicators: this.indicators.save(),
      queues: this.queues.map((queue) => queue.save()),
    };
  }

  /**
   * Becomes what was saved; the routes are where the interrupt controller's own state has put them. Refuses
   * with a sentence, and nothing changed, what no driver could have brought about.
   */
  load(state: VirtioCcwState): Result<void, string> {
    const isPossible = state.queues.length === this.queues.length && this.indicators.canLoad(state.indicators)
      && this.queues.every((queue, index) => queue.canLoad(state.queues[index]!));
    if (!isPossible) return refuse("a virtio queue or indicator is not in storage");
    this.revision = state.revision;
    this.status = state.status;
    this.driverFeatures = state.driverFeatures;
    this.indicators.load(state.indicators);
    this.queues.forEach((queue, index) => queue.load(state.queues[index]!));
    this.applyFeatures();
    return ok(undefined);
  }

  private get isRunning(): boolean {
    return (this.status & statusBit.driverOk) !== 0;
  }

  private get isModern(): boolean {
    return this.revision >= 1;
  }

  private get order(): ByteOrder {
    return this.isModern ? "little" : "big";
  }

  private get offeredFeatures(): bigint {
    const common = this.backend.features | feature.ringIndirect | feature.ringEventIndex;
    return this.isModern ? common | feature.version1 : common;
  }

  /**
   * Legacy: address (8 bytes), alignment (4), index (2), entries (2).
   * From revision 1 on: descriptors (8), reserved (4), index (2), entries (2), available (8), used (8).
   */
  private setQueue(data: CommandData): CommandResult {
    const length = this.isModern ? 32 : 16;
    const view = viewOf(data, length);
    if (!view) return "reject";
    const queue = this.queues[view.getUint16(12)];
    if (!queue) return "reject";
    const descriptors = view.getBigUint64(0);
    if (this.isModern)
      return finished(
        queue.place(view.getUint16(14), descriptors, view.getBigUint64(16), view.getBigUint64(24)));
    if (descriptors === 0n) return finished(queue.place(0, 0n, 0n, 0n));
    const size = view.getUint16(14);
    if (view.getUint32(8) !== LEGACY_RING_ALIGNMENT || size !== queue.sizeMax) return "reject";
    const available = descriptors + BigInt(size * 16);
    const alignment = BigInt(LEGACY_RING_ALIGNMENT);
    const used = ((available + BigInt(6 + size * 2) + alignment - 1n) / alignment) * alignment;
    return finished(queue.place(size, descriptors, available, used));
  }

  private readQueueConfig(data: CommandData): CommandResult {
    const index = data.length >= 4 ? data.read(0, 2) : undefined;
    if (!index) return "reject";
    const size = this.queues[(index[0]! << 8) | index[1]!]?.sizeMax ?? 0;
    return finished(data.write(2, Uint8Array.of(size >>> 8, size & 0xff)));
  }

  /** Feature descriptor: 32 feature bits, little-endian, and the index of their word. */
  private readFeatures(data: CommandData): CommandResult {
    const index = data.length >= 5 ? data.read(4, 1) : undefined;
    if (!index) return "reject";
    const word = Number((this.offeredFeatures >> BigInt(32 * index[0]!)) & 0xffff_ffffn);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, word, true);
    return finished(data.write(0, bytes));
  }

  private writeFeatures(data: CommandData): CommandResult {
    const view = viewOf(data, 5);
    if (!view) return "reject";
    const index = view.getUint8(4);
    const bits = BigInt(view.getUint32(0, true));
    if (index === 0) this.driverFeatures = ((this.driverFeatures >> 32n) << 32n) | bits;
    else if (index === 1 && this.isModern)
      this.driverFeatures = (this.driverFeatures & 0xffff_ffffn) | (bits << 32n);
    else if (bits !== 0n) return "reject";
    this.applyFeatures();
    return "done";
  }

  private readConfig(data: CommandData): CommandResult {
    const config = this.backend.config(this.order);
    return finished(data.write(0, config.subarray(0, data.length)));
  }

  private writeConfig(data: CommandData): CommandResult {
    const config = this.backend.config(this.order);
    const written = data.read(0, Math.min(config.length, data.length));
    if (!written) return "reject";
    config.set(written);
    this.backend.configWritten?.(config);
    return "done";
  }

  private writeStatus(data: CommandData): CommandResult {
    const wanted = data.length >= 1 ? data.read(0, 1)?.[0] : undefined;
    if (wanted === undefined) return "reject";
    if (wanted === 0) {
      this.resetVirtio();
      return "done";
    }
    const turnsOn = wanted & ~this.status;
    if ((turnsOn & statusBit.featuresOk) !== 0 && !this.acceptsFeatures()) return "reject";
    // A device in need of a reset says so until it gets one.
    this.status = wanted | (this.status & statusBit.needsReset);
    if ((turnsOn & statusBit.driverOk) !== 0) {
      this.driverFeatures &= this.offeredFeatures;
      this.applyFeatures();
      // What was offered before the device ran was never notified.
      for (let queue = 0; queue < this.queues.length; queue++) this.notify(queue);
    }
    return "done";
  }

  private acceptsFeatures(): boolean {
    if ((this.driverFeatures & ~this.offeredFeatures) !== 0n) return false;
    return !this.isModern || (this.driverFeatures & feature.version1) !== 0n;
  }

  /** How queues work follows from the driver's features alone, so that it is the same after a restore. */
  private applyFeatures(): void {
    const isLittle = (this.driverFeatures & feature.version1) !== 0n;
    for (const queue of this.queues) {
      queue.order = isLittle ? "little" : "big";
      queue.allowsIndirect = (this.driverFeatures & feature.ringIndirect) !== 0n;
      queue.usesEventIndex = (this.driverFeatures & feature.ringEventIndex) !== 0n;
    }
  }

  /** Thin-interrupt area: summary indicator address, indicator address, number of its first bit, subclass. */
  private setAdapterIndicators(data: CommandData): CommandResult {
    const view = viewOf(data, 25);
    return finished(view !== undefined && this.indicators.setAdapter({
      summary: view.getBigUint64(0), indicator: view.getBigUint64(8), firstBit: view.getBigUint64(16),
      isc: view.getUint8(24),
    }));
  }

  private setRevision(data: CommandData): CommandResult {
    const view = viewOf(data, 4);
    if (!view || data.length < 4 + view.getUint16(2)) return "reject";
    const revision = view.getUint16(0);
    if (this.revision >= 0 || revision > REVISION_MAX) return "reject";
    this.revision = revision;
    return "done";
  }

  private resetVirtio(): void {
    this.status = 0;
    this.driverFeatures = 0n;
    this.indicators.reset();
    for (const queue of this.queues) queue.reset();
    this.applyFeatures();
    this.backend.reset?.();
  }

  private usedChanged(index: number): void {
    if (this.queues[index]!.wantsInterrupt()) this.indicators.queueUsed(index);
  }

  /** Tells the driver, once, that nothing but a reset helps. */
  private needReset(): void {
    if ((this.status & statusBit.needsReset) !== 0) return;
    this.status |= statusBit.needsReset;
    this.configChanged();
  }
}

const finished = (isDone: boolean): CommandResult => (isDone ? "done" : "reject");

/** A command whose data is an address alone. */
function placed(data: CommandData, place: (address: bigint) => boolean): CommandResult {
  const address = viewOf(data, 8)?.getBigUint64(0);
  return finished(address !== undefined && place(address));
}

/** The first `length` bytes of the command's data, or `undefined` if there are fewer. */
function viewOf(data: CommandData, length: number): DataView | undefined {
  const bytes = data.length >= length ? data.read(0, length) : undefined;
  return bytes && new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
