/** What a window shows of AP passthrough: matrix devices, their queues, and what is held for them. */
import type { Hex, Moment } from "./debug.ts";

/** One mediated matrix device: ids that its user assigned, and those that its guest sees. */
export interface MatrixView {
  readonly name: string;
  /** A VM has it open. */
  readonly isOpen: boolean;
  readonly assigned: { readonly adapters: readonly number[]; readonly domains: readonly number[] };
  readonly seen: { readonly adapters: readonly number[]; readonly domains: readonly number[] };
  readonly controlDomains: readonly number[];
}

/** A queue that is bound to the passthrough driver, or that a matrix device has and nobody bound. */
export interface ApQueueView {
  readonly adapter: number;
  readonly domain: number;
  /** "": bound and of no matrix device. */
  readonly device: string;
  readonly isBound: boolean;
  /** The guest can use it. */
  readonly isInGuest: boolean;
  /** Guest address of the notification-indicator byte; "" without one. */
  readonly nib: Hex;
  /** Guest ISC, or undefined where none is registered. */
  readonly isc?: number;
  /** Response code of its latest reset; other than 0 hides the adapter. */
  readonly resetResponse: number;
  /** What the hardware model says of it: "2 requests, 1 reply, interrupts on". */
  readonly hardware: string;
}

export interface ApView {
  readonly matrices: readonly MatrixView[];
  readonly queues: readonly ApQueueView[];
  /** AP instructions of the guest are interpreted (ECA.APIE). */
  readonly isInterpreted: boolean;
  readonly crycbFormat: 0 | 1 | 2;
  /** Pages that are pinned for indicators, with how often. */
  readonly pins: readonly { readonly address: Hex; readonly count: number }[];
  /** Registrations of guest ISCs, by ISC; empty without a GISA. */
  readonly registrations: readonly number[];
  /** Pending bits of the GISA, ISC 0 leftmost; absent without one. */
  readonly gisaIpm?: Hex;
  readonly warnings: readonly string[];
}

/** The queues of a guest that runs, and when that was so. */
export type GuestApView = ApView & Moment;

/** What the host does to its crypto card by hand; all queues of an adapter come and go together. */
export const apActions = ["reset", "unplug", "plug"] as const;
export type ApAction = (typeof apActions)[number];
