/**
 * What KVM keeps for each guest interrupt number (LISN): the IPI that was allocated for it, the PHB source
 * that stands in for it while a device is passed through, where it is routed, and what masking remembered.
 * Numbers come in blocks of 1,024 that are made when first needed and that carry the lock.
 */
import { SOURCES_MAX } from "./addressSpace.ts";
import { MASKED } from "./hardware.ts";

export const SOURCES_PER_BLOCK = 1024;

export interface GuestSource {
  readonly lisn: number;
  /** Hardware number of the IPI, or -1 before SOURCE. */
  ipi: number;
  /** Hardware number of the PHB source, or -1: not mapped. */
  pt: number;
  valid: boolean;
  lsi: boolean;
  asserted: boolean;
  /** Where it is routed; priority MASKED for nowhere. */
  actServer: number;
  actPriority: number;
  /** What the guest wants to read in its queue; the LISN unless it chose another. */
  eisn: number;
  /** Priority the guest has open; MASKED in native mode always, there the guest masks by PQ. */
  guestPriority: number;
  savedPriority: number;
  /** P and Q at the time of masking. */
  oldP: boolean;
  oldQ: boolean;
  /** An EOI is under way and has chosen its source. */
  inEoi: boolean;
  /** The guest is to use H_INT_ESB: faults on its pages fail. */
  hcallOnly: boolean;
}

export class GuestSources {
  readonly sources = new Map<number, GuestSource>();
  blocks = new Set<number>();
  /** Blocks whose lock is held. */
  locked = new Set<number>();

  /** The source, if its block is there; it need not be valid. */
  find(lisn: number): GuestSource | undefined {
    if (!this.blocks.has(blockOf(lisn))) return undefined;
    return this.sources.get(lisn) ?? freshSource(lisn);
  }

  /** The source, making its block; undefined beyond the last number. */
  create(lisn: number): GuestSource | undefined {
    if (!Number.isInteger(lisn) || lisn < 0 || lisn >= SOURCES_MAX) return undefined;
    this.blocks.add(blockOf(lisn));
    const source = this.find(lisn)!;
    this.sources.set(lisn, source);
    return source;
  }

  isLocked(lisn: number): boolean {
    return this.locked.has(blockOf(lisn));
  }
  lock(lisn: number): void {
    this.locked.add(blockOf(lisn));
  }
  unlock(lisn: number): void {
    this.locked.delete(blockOf(lisn));
  }
}

const freshSource = (lisn: number): GuestSource => ({
  lisn, ipi: -1, pt: -1, valid: false, lsi: false, asserted: false, actServer: 0, actPriority: MASKED,
  eisn: lisn, guestPriority: MASKED, savedPriority: MASKED, oldP: false, oldQ: false, inEoi: false,
  hcallOnly: false,
});

const blockOf = (lisn: number): number => Math.floor(lisn / SOURCES_PER_BLOCK);

export const isMapped = ({ pt }: GuestSource): boolean => pt >= 0;
/** Hardware number of the source that the guest's accesses and KVM's act on. */
export const selectedOf = (source: GuestSource): number => (isMapped(source) ? source.pt : source.ipi);
