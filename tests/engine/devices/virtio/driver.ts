/**
 * A virtio-ccw driver as a model: it places split rings in guest memory, offers chains (direct or indirect),
 * collects used ones, and runs channel programs through the channel subsystem.
 */
import { ChannelSubsystem } from "../../../../src/engine/devices/css/css.ts";
import { absoluteOperand } from "../../../../src/engine/devices/css/operand.ts";
import type { VirtioBackend } from "../../../../src/engine/devices/virtio/backend.ts";
import { VirtioCcwDevice } from "../../../../src/engine/devices/virtio/ccwTransport.ts";
import { RecordingPorts } from "../css/recordingPorts.ts";

export const FIRST = 0x1_0000n;
const ORB = 0x1000;
const IRB = 0x1100;
const CCW = 0x1200;
export const DATA = 0x1300;

/** One device on subchannel 0, enabled with subclass 3. */
export class Machine {
  readonly ports: RecordingPorts;
  readonly css: ChannelSubsystem;
  readonly device: VirtioCcwDevice;

  constructor(backend: VirtioBackend, ports = new RecordingPorts()) {
    this.ports = ports;
    this.css = new ChannelSubsystem(ports);
    this.device = new VirtioCcwDevice(ports, backend);
    const subchannel = this.css.attach(0x0001, this.device);
    this.device.onAttention(() => subchannel.raiseAttention());
    this.enable();
  }

  enable(isEnabled = true): void {
    this.css.stsch(FIRST, absoluteOperand(this.ports.memory, ORB));
    this.ports.put(ORB + 4, isEnabled ? "1881" : "1801");
    this.ports.memory.setU8(ORB + 27, 1, "loader");
    this.css.msch(FIRST, absoluteOperand(this.ports.memory, ORB));
  }

  /** Runs one command with `hex` at the data address; true if it ended normally. `IRB` holds the status. */
  run(code: number, count: number, hex = "", flags = 0): boolean {
    const { ports, css } = this;
    ports.put(DATA, hex.padEnd(count * 2, "0"));
    const ccw = [code, flags].map((n) => n.toString(16).padStart(2, "0")).join("");
    ports.put(CCW, ccw + count.toString(16).padStart(4, "0") + DATA.toString(16).padStart(8, "0"));
    ports.put(ORB, "00000001" + "0080" + "ff" + "00" + CCW.toString(16).padStart(8, "0"));
    const started = css.ssch(FIRST, absoluteOperand(ports.memory, ORB));
    const tested = css.tsch(FIRST, absoluteOperand(ports.memory, IRB));
    return "cc" in started && started.cc === 0 && "cc" in tested && tested.cc === 0
      && ports.hex(IRB + 8, 2) === "0c00";
  }

  /** True if the last command ended in a command reject. */
  get wasRejected(): boolean {
    return this.ports.hex(IRB + 8, 2) === "0200" && this.ports.hex(IRB + 32, 1) === "80";
  }

  readFeatures(word: number): number {
    this.run(0x12, 5, "00000000" + word.toString(16).padStart(2, "0"));
    return new DataView(this.ports.memory.read(DATA, 4).buffer).getUint32(0, true);
  }

  writeFeatures(word: number, bits: number): boolean {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, bits, true);
    const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
    return this.run(0x11, 5, hex + word.toString(16).padStart(2, "0"));
  }

  get status(): number {
    this.run(0x72, 1);
    return this.ports.memory.u8(DATA);
  }

  /** The whole start of a driver, in the order of Linux 6.1. */
  negotiate(queues: readonly Ring[],
    options: { eventIndex: boolean; indirect: boolean; adapter: boolean }): void {
    const must = (isDone: boolean): void => {
      if (!isDone) throw new Error("the device refused a correct driver");
    };
    must(this.run(0x83, 4, "00020000"));
    must(this.run(0x33, 0));
    for (const status of [1, 3]) must(this.run(0x31, 1, status.toString(16).padStart(2, "0")));
    const low = (options.indirect ? 1 << 28 : 0) | (options.eventIndex ? 1 << 29 : 0);
    must(this.writeFeatures(0, low >>> 0));
    must(this.writeFeatures(1, 1));
    must(this.run(0x31, 1, "0b"));
    if (this.status !== 0x0b) throw new Error("features were not accepted");
    queues.forEach((ring, index) => must(this.run(0x13, 32, ring.setQueueHex(index))));
    const wide = (n: number): string => n.toString(16).padStart(16, "0");
    if (options.adapter) must(this.run(0x73, 25, wide(SUMMARY) + wide(INDICATORS) + wide(FIRST_BIT) + "05"));
    else must(this.run(0x43, 8, wide(INDICATORS)));
    must(this.run(0x53, 8, wide(CONFIG_INDICATORS)));
    must(this.run(0x31, 1, "0f"));
  }

  /** Takes the interrupt for queue `index`, by whichever way; true if there was one. */
  takeInterrupt(index: number, adapter: boolean): boolean {
    const { memory } = this.ports;
    if (adapter) {
      const bit = FIRST_BIT + index;
      const at = INDICATORS + (bit >> 3);
      const isSet = (memory.u8(at) & (0x80 >> (bit & 7))) !== 0;
      memory.setU8(at, memory.u8(at) & ~(0x80 >> (bit & 7)), "loader");
      memory.setU8(SUMMARY, 0, "loader");
      return isSet;
    }
    const bits = memory.u64(INDICATORS);
    memory.setU64(INDICATORS, 0n, "loader");
    if (this.ports.interrupts.pendingIo.length > 0) this.css.tsch(FIRST, absoluteOperand(memory, IRB));
    return (bits & (1n << BigInt(index))) !== 0n;
  }
}

export const SUMMARY = 0x1800;
export const INDICATORS = 0x1808;
export const CONFIG_INDICATORS = 0x1810;
const FIRST_BIT = 3;

export interface Part {
  readonly address: number;
  readonly length: number;
  readonly write: boolean;
}

/** Split ring of a driver, little-endian. */
export class Ring {
  readonly size: number;
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  private readonly ports: RecordingPorts;
  private readonly free: number[];
  private readonly tables: number;
  private readonly chains = new Map<number, number[]>();
  private availableIndex = 0;
  private usedIndex = 0;

  constructor(ports: RecordingPorts, base: number, size: number) {
    this.ports = ports;
    this.size = size;
    this.descriptors = base;
    this.available = base + size * 16;
    this.used = (this.available + 6 + size * 2 + 3) & ~3;
    this.tables = base + 0x2000;
    this.free = Array.from({ length: size }, (_, i) => i);
  }

  setQueueHex(index: number): string {
    const wide = (n: number): string => n.toString(16).padStart(16, "0");
    const half = (n: number): string => n.toString(16).padStart(4, "0");
    return wide(this.descriptors) + "00000000" + half(index) + half(this.size) + wide(this.available) + wide(
      this.used);
  }

  put16(address: number, value: number): void {
    this.ports.memory.setU16(address, ((value & 0xff) << 8) | ((value >> 8) & 0xff), "loader");
  }
  get16(address: number): number {
    const value = this.ports.memory.u16(address);
    return ((value & 0xff) << 8) | (value >> 8);
  }
  private get32(address: number): number {
    return new DataView(this.ports.memory.read(address, 4).buffer).getUint32(0, true);
  }

  describe(address: number, part: Part, flags: number, next: number): void {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt(part.address), true);
    view.setUint32(8, part.length, true);
    view.setUint16(12, flags | (part.write ? 2 : 0), true);
    view.setUint16(14, next, true);
    this.ports.memory.write(address, bytes, "loader");
  }

  /** Offers one chain; `undefined` if there are not enough free descriptors. Returns its head. */
  offer(parts: readonly Part[], indirect: boolean): number | undefined {
    const needed = indirect ? 1 : parts.length;
    if (this.free.length < needed) return undefined;
    const entries = this.free.splice(0, needed);
    if (indirect) {
      const table = this.tables + entries[0]! * 0x100;
      parts.forEach((part, i) => this.describe(table + 16 * i, part, i + 1 < parts.length ? 1 : 0, i + 1));
      this.describe(this.descriptors + 16 * entries[0]!, { address: table, length: parts.length * 16,
        write: false }, 4, 0);
    } else {
      parts.forEach((part, i) => {
        const next = entries[i + 1];
        this.describe(this.descriptors + 16 * entries[i]!, part, next === undefined ? 0 : 1, next ?? 0);
      });
    }
    this.chains.set(entries[0]!, entries);
    this.put16(this.available + 4 + 2 * (this.availableIndex % this.size), entries[0]!);
    this.availableIndex = (this.availableIndex + 1) & 0xffff;
    this.put16(this.available + 2, this.availableIndex);
    return entries[0]!;
  }

  /** With the event index: does the device want to be notified of what was offered since `before`? */
  wantsNotification(before: number): boolean {
    const event = this.get16(this.used + 4 + 8 * this.size);
    return ((this.availableIndex - event - 1) & 0xffff) < ((this.availableIndex - before) & 0xffff);
  }
  get offeredIndex(): number {
    return this.availableIndex;
  }

  /** Next used chain, or `undefined`. */
  collect(): { head: number; written: number } | undefined {
    if (this.get16(this.used + 2) === this.usedIndex) return undefined;
    const entry = this.used + 4 + 8 * (this.usedIndex % this.size);
    const head = this.get32(entry);
    const entries = this.chains.get(head);
    if (!entries) throw new Error(`the device returned ${head}, which was not offered`);
    this.chains.delete(head);
    this.free.push(...entries);
    this.usedIndex = (this.usedIndex + 1) & 0xffff;
    return { head, written: this.get32(entry + 4) };
  }

  /** Asks for an interrupt at the next used chain (event index). */
  armInterrupt(): void {
    this.put16(this.available + 4 + 2 * this.size, this.usedIndex);
  }
}
