/** What of a machine's floating interrupt controller a window shows: plain data, as of one moment. */
import type { Hex, Moment } from "./debug.ts";

/** `closed` is SINGLE after its one interrupt: nothing comes through until the mode is set again. */
export type IscMode = "all" | "single" | "closed";

export interface IscView {
  readonly isc: number;
  readonly mode: IscMode;
  readonly simm: boolean;
  readonly nimm: boolean;
  /** Interrupts on the subclass's list. */
  readonly listed: number;
  /** The subclass's bit in the GISA's interruption-pending mask. */
  readonly gisa: boolean;
  /** CPUs whose PSW and control register 6 let it in, and those of them that wait. */
  readonly open: readonly number[];
  readonly idle: readonly number[];
}

export interface AdapterView {
  readonly id: number;
  readonly isc: number;
  readonly maskable: boolean;
  readonly masked: boolean;
  readonly swap: boolean;
  readonly suppressible: boolean;
  readonly routeCount: number;
  /** The first of them: GSIs with the guest's absolute addresses and bit offsets of both indicators. */
  readonly routes: readonly {
    readonly gsi: number;
    readonly indicator: Hex;
    readonly indicatorBit: string;
    readonly summary: Hex;
    readonly summaryBit: number;
  }[];
}

export interface PendingField {
  /** As the structure of KVM's interface calls it. */
  readonly name: string;
  readonly value: Hex;
  /** What its bits say, in words. */
  readonly meaning?: string;
}

/** One pending interrupt with every field of its structure. */
export interface PendingView {
  readonly id: number;
  /** The list, slot or GISA bit that holds it. */
  readonly place: string;
  /** KVM's type code. */
  readonly type: number;
  /** Of an interrupt for one CPU alone: which. */
  readonly cpu?: number;
  readonly fields: readonly PendingField[];
}

/** The guest interruption state area; in masks ISC 0 is 0x80. */
export interface GisaView {
  readonly format: 0 | 1;
  /** Pending, and those whose coming puts the area on the alert list. */
  readonly ipm: number;
  readonly iam: number;
  readonly alertMask: number;
  /** Format 1's own masks for forwarded PCI events; not the modes of the controller. */
  readonly simm: number;
  readonly nimm: number;
  readonly inAlertList: boolean;
}

export interface VcpuView {
  readonly id: number;
  /** Waits with nothing to do, as the controller knows. */
  readonly idle: boolean;
  readonly stopped: boolean;
}

export interface FlicView extends Moment {
  readonly profile: string;
  /** Adapter-interruption suppression is offered to the guest (facility 72). */
  readonly suppression: boolean;
  /** None where the host has no adapter-interruption virtualization. */
  readonly gisa?: GisaView;
  readonly vcpus: readonly VcpuView[];
  readonly iscs: readonly IscView[];
  readonly adapters: readonly AdapterView[];
  readonly pending: readonly PendingView[];
  /** Pending in all; `pending` holds the first of them. */
  readonly pendingCount: number;
}

export const flicViewLimits = { pendingMax: 200, routesMax: 32, attributeBytesMax: 4096 } as const;
