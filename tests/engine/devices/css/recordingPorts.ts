/**
 * Machine ports that write down what a device does, with RAM, virtual time and every write of guest memory.
 */
import type { PendingEvent } from "../../../../src/engine/base/schedule.ts";
import type { FloatingInterruptPort, MachinePorts, TimePort } from "../../../../src/engine/devices/ports.ts";
import { GuestMemory } from "../../../../src/engine/memory/guestMemory.ts";

export class VirtualTime implements TimePort {
  private clock = 0n;
  private nextHandle = 1;
  private readonly queue = new Map<number, { at: bigint; due: () => void }>();

  get waiting(): number {
    return this.queue.size;
  }
  now(): bigint {
    return this.clock;
  }
  after(delayNs: bigint, due: () => void): number {
    this.queue.set(this.nextHandle, { at: this.clock + delayNs, due });
    return this.nextHandle++;
  }
  cancel(handle: number): void {
    this.queue.delete(handle);
  }
  pending(handle: number): PendingEvent | undefined {
    const entry = this.queue.get(handle);
    return entry && { due: entry.at, handle };
  }
  resume({ due: at, handle }: PendingEvent, due: () => void): number {
    this.queue.set(handle, { at, due });
    return handle;
  }
  /** Lets time pass and runs what becomes due, in order. */
  advance(ns: bigint): void {
    const end = this.clock + ns;
    for (;;) {
      const due = [...this.queue].filter(([, entry]) => entry.at <= end).sort((a, b) => Number(
        a[1].at - b[1].at))[0];
      if (!due) break;
      this.queue.delete(due[0]);
      this.clock = due[1].at;
      due[1].due();
    }
    this.clock = end;
  }
}

export interface IoInterruption {
  readonly id: number;
  readonly number: number;
  readonly parameter: number;
  readonly word: number;
}

export class RecordingInterrupts implements FloatingInterruptPort {
  readonly services: number[] = [];
  /** Pending I/O interruptions of subchannels. */
  pendingIo: IoInterruption[] = [];
  channelReports = 0;
  readonly signalled: number[] = [];
  readonly routes = new Map<number, { adapter: number; indicator: bigint; summary: bigint; bit: number }>();
  readonly adapters = new Map<number, number>();
  private nextGsi = 100;
  private readonly memory: GuestMemory;

  constructor(memory: GuestMemory) {
    this.memory = memory;
  }
  service(parm: number): void {
    this.services.push(parm);
  }
  io(id: number, number: number, parameter: number, word: number): void {
    this.pendingIo.push({ id, number, parameter, word });
  }
  clearIo(id: number, number: number): void {
    const at = this.pendingIo.findIndex((entry) => entry.id === id && entry.number === number);
    if (at >= 0) this.pendingIo.splice(at, 1);
  }
  channelReport(): void {
    this.channelReports++;
  }
  /** Sets the indicator bit (counted from the left) and the summary bit, as the controller does. */
  adapterGsi(gsi: number): number {
    const route = this.routes.get(gsi);
    if (!route) return -1;
    this.signalled.push(gsi);
    const at = Number(route.indicator) + (route.bit >> 3);
    this.memory.setU8(at, this.memory.u8(at) | (0x80 >> (route.bit & 7)), "flic-indicator");
    const summary = this.memory.u8(Number(route.summary));
    this.memory.setU8(Number(route.summary), summary | 0x01, "flic-indicator");
    return (summary & 0x01) !== 0 ? 0 : 1;
  }
  routeAdapter(adapter: number, indicator: bigint, summary: bigint, _summaryBit: number,
    queues: number): number[] {
    return Array.from({ length: queues }, (_, bit) => {
      this.routes.set(this.nextGsi, { adapter, indicator, summary, bit });
      return this.nextGsi++;
    });
  }
  unrouteAdapter(gsis: readonly number[]): void {
    for (const gsi of gsis) this.routes.delete(gsi);
  }
  registerAdapter(id: number, isc: number): void {
    this.adapters.set(id, isc);
  }
}

export class RecordingPorts implements MachinePorts {
  readonly memory: GuestMemory;
  readonly interrupts: RecordingInterrupts;
  readonly time = new VirtualTime();
  console = "";
  /** Every write since it was last emptied. */
  writes: { address: number; length: number; writer: string }[] = [];

  constructor(memoryBytes = 0x10_0000) {
    this.memory = GuestMemory.standalone(memoryBytes);
    this.memory.beforeWrite = (address, length, writer) => this.writes.push({ address, length, writer });
    this.interrupts = new RecordingInterrupts(this.memory);
  }
  consoleOut(bytes: Uint8Array): void {
    this.console += String.fromCharCode(...bytes);
  }
  /** Stores bytes given as hexadecimal text; blanks are ignored. */
  put(address: number, hex: string): void {
    const digits = hex.replaceAll(/\s/g, "");
    const bytes = Uint8Array.from({ length: digits.length / 2 }, (_, i) => parseInt(digits.slice(2 * i, 2 * i
      + 2), 16));
    this.memory.write(address, bytes, "loader");
  }
  hex(address: number, length: number): string {
    return Array.from(this.memory.read(address, length), (byte) => byte.toString(16).padStart(2, "0")).join(
      "");
  }
}
