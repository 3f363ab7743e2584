/**
 * What an s390 device may ask of the machine around it. The board implements these; no device sees another.
 */
import type { PendingEvent } from "../base/schedule.ts";
import type { GuestMemory } from "../memory/guestMemory.ts";

/**
 * Floating interrupts as devices raise them; the board carries every one through the FLIC's device
 * attributes.
 */
export interface FloatingInterruptPort {
  /**
   * Service signal: `parm` is the SCCB address bits and the two event bits (external interruption 0x2401).
   */
  service(parm: number): void;
  /** I/O interruption of one subchannel; the fields are those stored at lowcore 0xb8..0xc3. */
  io(subchannelId: number, subchannelNr: number, ioIntParm: number, ioIntWord: number): void;
  /** Removes one pending I/O interruption of this subchannel, if there is one. */
  clearIo(subchannelId: number, subchannelNr: number): void;
  /** Channel-report machine check. */
  channelReport(): void;
  /**
   * Signals a GSI whose route names an adapter's indicators (irqfd path): -1 no route, 0 coalesced, 1
   * injected.
   */
  adapterGsi(gsi: number): number;
  /** Installs the routes of a virtio device with adapter interrupts: one GSI per queue. Returns the GSIs. */
  routeAdapter(
    adapterId: number,
    indicator: bigint,
    summary: bigint,
    summaryOffset: number,
    queues: number,
  ): number[];
  unrouteAdapter(gsis: readonly number[]): void;
  /** Registers adapter `id` for `isc` once (KVM_DEV_FLIC_ADAPTER_REGISTER); repeated calls are ignored. */
  registerAdapter(id: number, isc: number, suppressible: boolean): void;
}

/** Work for later in virtual time; nanoseconds of guest time. */
export interface TimePort {
  /** Virtual nanoseconds since the machine started. */
  now(): bigint;
  /** Calls `due` once at or after `now() + delayNs`; returns a handle for `cancel`. */
  after(delayNs: bigint, due: () => void): number;
  cancel(handle: number): void;
  /** What a snapshot keeps of a timer that runs; undefined for any other handle. */
  pending(handle: number): PendingEvent | undefined;
  /** A timer of a snapshot runs again, due when it was due. Returns its handle. */
  resume(timer: PendingEvent, due: () => void): number;
}

export interface MachinePorts {
  readonly memory: GuestMemory;
  readonly interrupts: FloatingInterruptPort;
  readonly time: TimePort;
  /** Console bytes to the person. */
  consoleOut(bytes: Uint8Array): void;
}
