/** What a window shows of interrupt sources and of the way that their events go: plain data. */
import type { Hex } from "./debug.ts";
import type { BookLine } from "./deviceLedger.ts";

/** Numbers of a pseries machine, and where those of devices begin; below are inter-processor interrupts. */
export const esbSources = { count: 0x2000, firstOfDevices: 0x1000, columns: 128 } as const;

/** Bits of a cell of the map. P and Q are as loads return them: P * 2 + Q. */
export const esbCell = {
  pq: 0x03, claimed: 0x04, passedThrough: 0x08, stale: 0x10, levelSensitive: 0x20, asserted: 0x40,
} as const;

export interface EsbMapView {
  /** One byte a source, by number. */
  readonly cells: Uint8Array;
  /** Events that each source has raised, as far back as the ledger reaches; only sources with some. */
  readonly events: readonly (readonly [lisn: number, count: number])[];
}

export interface Field {
  readonly name: string;
  readonly value: string;
}

/** A station on the way of an event: where it is, and what is there. */
export interface Station {
  readonly title: string;
  readonly fields: readonly Field[];
  /** What stands here: nothing, an event, one more behind it, something that keeps events away, a fault. */
  readonly holds: "idle" | "pending" | "queued" | "masked" | "error";
}

/** Part of an event queue around the place that is written next. */
export interface QueueRing {
  /** Guest or host address of its first byte. */
  readonly address: Hex;
  readonly entries: number;
  /** Written next, and with which generation bit. */
  readonly index: number;
  readonly generation: 0 | 1;
  readonly shown: readonly {
    readonly index: number;
    /** The word as it is in memory; "" where there is no memory. */
    readonly word: Hex;
    /** It was written in the present turn of the ring, or just before the index in the one before. */
    readonly isWritten: boolean;
  }[];
}

export interface TimaRing {
  readonly ring: "USER" | "OS" | "POOL" | "PHYS";
  readonly fields: readonly Field[];
}

/** A page through which user space or the guest reaches a source. */
export interface SourcePage {
  /** Page of 64 KiB in user space, as a number of such pages. */
  readonly userPage: Hex;
  readonly page: "trigger" | "management";
  readonly leadsTo: string;
  /** It leads to another source than the one that is selected. */
  readonly isStale: boolean;
  /** Number of the memory area it lies in. */
  readonly area: number;
}

export interface SourceView {
  readonly lisn: number;
  /** From the source to the thread, as far as the event can go. */
  readonly stations: readonly Station[];
  readonly ring?: QueueRing;
  readonly tima: readonly TimaRing[];
  readonly pages: readonly SourcePage[];
  /** The newest step of one of its events that touched its P and Q. */
  readonly last?: BookLine;
  /** Why nothing of it has reached a CPU, with the bit; or that it has. */
  readonly why: { readonly bit: string; readonly sentence: string };
}

/** A range of user space in which the device's file is mapped. Pages are of 64 KiB. */
export interface MappedArea {
  readonly id: number;
  readonly start: Hex;
  readonly pages: number;
  readonly filePage: Hex;
  readonly maps: "tima" | "esb";
  readonly entries: number;
}

export interface PassthroughView {
  readonly mode: "native" | "xics";
  readonly strategy: string;
  readonly summary: string;
  readonly areas: readonly MappedArea[];
  /** Calls under way, with the step that comes next. */
  readonly operations: readonly { readonly kind: string; readonly next: string }[];
  readonly irqfds: readonly Field[];
  readonly hostInterrupts: readonly {
    readonly irq: number;
    readonly forwarded: boolean;
    readonly fields: readonly Field[];
  }[];
  readonly queue: readonly string[];
  /** Rules of passthrough that do not hold now. */
  readonly broken: readonly string[];
}
