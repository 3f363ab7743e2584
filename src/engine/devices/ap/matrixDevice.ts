/**
 * One mediated matrix device: what its user assigned, and what of it the guest sees.
 *
 * Invariant: the guest's matrix is within the assigned one and within the host's configuration.
 */
import { makeApqn } from "../../uapi/ap.ts";
import { limitsOf, type ApConfiguration, type ApLimits } from "./apConfiguration.ts";
import type { ApVm } from "./apVm.ts";
import type { ApMasks } from "./crycb.ts";
import type { DmaContainer } from "./dmaContainer.ts";
import {
  emptyMask, hasId, idsOf, intersection, isSameMask, withId, withoutId, type IdMask,
} from "./idMask.ts";
import type { ApQueue } from "./queue.ts";
import { printDomains, printMatrix } from "./sysfsText.ts";

/** Queues bound to the driver, by APQN. */
export type BoundQueues = ReadonlyMap<number, ApQueue>;

export const noMasks = (): ApMasks => ({ apm: emptyMask(), aqm: emptyMask(), adm: emptyMask() });

export class MatrixDevice {
  readonly name: string;
  /** Frozen when the device is made. */
  readonly limits: ApLimits;
  /** Assigned by the user. */
  matrix: ApMasks = noMasks();
  /** Seen by the guest (written to its crypto control block). */
  shadow: ApMasks = noMasks();
  /** As of the latest filtering. */
  shadowLimits: ApLimits;
  /** Assigned ids that the host's latest configuration change brought, until its scan is complete. */
  added: ApMasks = noMasks();
  /** Assigned queues that are bound, by APQN. */
  readonly queues = new Map<number, ApQueue>();
  /** The VM while the device is open. */
  vm: ApVm | undefined;
  /** The container of the VM that opened it last. */
  container: DmaContainer | undefined;
  /** The VFIO group still knows its VM. */
  groupKnowsVm = false;
  /** Ends the notification of unmapped memory, while the device is open. */
  stopListening: (() => void) | undefined;
  removed = false;

  constructor(name: string, limits: ApLimits) {
    this.name = name;
    this.limits = this.shadowLimits = limits;
  }

  isAssigned(apid: number, apqi: number): boolean {
    return hasId(this.matrix.apm, apid) && hasId(this.matrix.aqm, apqi);
  }

  isInGuest(apid: number, apqi: number): boolean {
    return hasId(this.shadow.apm, apid) && hasId(this.shadow.aqm, apqi);
  }

  link(queue: ApQueue): void {
    queue.device = this;
    this.queues.set(queue.apqn, queue);
  }

  unlink(queue: ApQueue): void {
    this.queues.delete(queue.apqn);
  }

  /**
   * Recomputes adapters and domains of the guest: an adapter with a queue that is not bound, or was last
   * reset with an error, is hidden as a whole. Domains never are. True if something changed.
   */
  filterQueues(configuration: ApConfiguration, bound: BoundQueues): boolean {
    this.shadowLimits = limitsOf(configuration);
    const aqm = intersection(this.matrix.aqm, configuration.aqm);
    const domains = idsOf(aqm);
    const isUsable = (apid: number): boolean =>
      domains.every((apqi) => bound.get(makeApqn(apid, apqi))?.resetResponse === 0);
    let apm = intersection(this.matrix.apm, configuration.apm);
    for (const apid of idsOf(apm)) if (!isUsable(apid)) apm = withoutId(apm, apid);
    return this.changeShadow({ ...this.shadow, apm, aqm });
  }

  /** Recomputes the guest's control domains; true if something changed. */
  filterControlDomains({ adm }: ApConfiguration): boolean {
    return this.changeShadow({ ...this.shadow, adm: intersection(this.matrix.adm, adm) });
  }

  /** True if something changed. */
  changeShadow(next: ApMasks): boolean {
    const parts = ["apm", "aqm", "adm"] as const;
    const isSame = parts.every((part) => isSameMask(next[part], this.shadow[part]));
    this.shadow = next;
    return !isSame;
  }

  /** Sets or clears one id of the user's assignment. */
  assign(part: keyof ApMasks, id: number, on: boolean): void {
    this.matrix = { ...this.matrix, [part]: (on ? withId : withoutId)(this.matrix[part], id) };
  }

  /** Writes the guest's matrix where the machine looks for it; nothing without a VM. */
  updateGuest(): void {
    this.vm?.crycb.setMasks(this.shadow);
  }

  /** sysfs `matrix`. */
  printMatrix(): string {
    return printMatrix(upTo(this.matrix.apm, this.limits.adapter), upTo(this.matrix.aqm, this.limits.domain));
  }

  /** sysfs `guest_matrix`. */
  printGuestMatrix(): string {
    const { adapter, domain } = this.shadowLimits;
    return printMatrix(upTo(this.shadow.apm, adapter), upTo(this.shadow.aqm, domain));
  }

  /** sysfs `control_domains`: the user's assignment, not what the guest sees. */
  printControlDomains(): string {
    return printDomains(upTo(this.matrix.adm, this.limits.control));
  }
}

const upTo = (mask: IdMask, max: number): number[] => idsOf(mask).filter((id) => id <= max);
