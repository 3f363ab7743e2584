/**
 * What changed in KVM for s390 over the years, as data: one profile per kernel a machine can stand for.
 * `linux-5.6` names the behaviour after adapter pages stopped being pinned (commit f65470661f36); the first
 * release that holds the commit may be 5.7.
 */
import { errno } from "../api/errno.ts";

export type KernelProfileName = "linux-4.12" | "linux-4.13" | "linux-5.6" | "linux-6.1";

/** ENOTSUPP, a number user space has no name for; AIS calls returned it before commit c611990844c2. */
export const ENOTSUPP = -524;

export interface KernelProfile {
  readonly name: KernelProfileName;
  /** `pinned`: MAP pins a page and routes hold guest addresses. `looked-up`: routes hold user addresses. */
  readonly adapterPages: "pinned" | "looked-up";
  /** Adapter interrupts go to the GISA when the host has AIV (4.16); otherwise to the ISC lists. */
  readonly gisa: boolean;
  /** Service events have a pending bit of their own. */
  readonly serviceEventBit: boolean;
  /** Before 4.16 the pending bits were numbered the other way round, seen only in KVM_S390_GET_IRQ_STATE. */
  readonly irqStateOrder: "lowest-priority-first" | "highest-priority-first";
  /** Group AISM_ALL and its capability (4.13). */
  readonly aisMigration: boolean;
  /** What the AIS groups return without facility 72. */
  readonly aisUnavailable: number;
  /** Adapter-event forwarding for interpreted PCI functions (6.0). */
  readonly zpciForwarding: boolean;
  readonly quirks: KernelQuirks;
}

/** Behaviour that is KVM's but not wanted everywhere; a machine may switch each one off. */
export interface KernelQuirks {
  /** GET_ALL_IRQS takes the pending bits out of the GISA, so a failed or cancelled save loses them. */
  readonly getAllDrainsGisa: boolean;
  /** After an indicator write, the dirty log is told the user address's frame in place of the guest's. */
  readonly indicatorDirtyByUserAddress: boolean;
  /** A passed-through device's store to its notification indicator is in no dirty log. */
  readonly indicatorByteUnlogged: boolean;
  /** An indicator page that is pinned already is written without a mark in the dirty log. */
  readonly pinnedIndicatorUnmarked: boolean;
  /** A CPU's mark "kicked for the GISA" stays when it woke up and found nothing. */
  readonly kickMarkOutlivesWakeUp: boolean;
  /** Looking for a CPU to kick narrows the ISCs that are looked for with every CPU passed over. */
  readonly kickMaskShrinks: boolean;
  /** Forwarded PCI events are suppressed by masks in the GISA that nothing sets, not by the AIS modes. */
  readonly forwardingHasOwnModes: boolean;
  /** SIGP stop and store status forgets what else is pending for the CPU. */
  readonly stopAndStoreForgets: boolean;
}

/** A kernel without any of them. */
export const noKernelQuirks: KernelQuirks = {
  getAllDrainsGisa: false,
  indicatorDirtyByUserAddress: false,
  indicatorByteUnlogged: false,
  pinnedIndicatorUnmarked: false,
  kickMarkOutlivesWakeUp: false,
  kickMaskShrinks: false,
  forwardingHasOwnModes: false,
  stopAndStoreForgets: false,
};

const pinnedEra = {
  adapterPages: "pinned", gisa: false, serviceEventBit: false, irqStateOrder: "highest-priority-first",
  aisUnavailable: ENOTSUPP, zpciForwarding: false,
  quirks: { ...noKernelQuirks, indicatorByteUnlogged: true },
} as const;

const lookedUpEra = {
  adapterPages: "looked-up", gisa: true, serviceEventBit: true, irqStateOrder: "lowest-priority-first",
  aisMigration: true, aisUnavailable: errno.EOPNOTSUPP,
  quirks: {
    ...noKernelQuirks, getAllDrainsGisa: true, indicatorDirtyByUserAddress: true, indicatorByteUnlogged: true,
    forwardingHasOwnModes: true,
  },
} as const;

export const kernelProfiles: Readonly<Record<KernelProfileName, KernelProfile>> = {
  "linux-4.12": { name: "linux-4.12", ...pinnedEra, aisMigration: false },
  "linux-4.13": { name: "linux-4.13", ...pinnedEra, aisMigration: true },
  "linux-5.6": { name: "linux-5.6", ...lookedUpEra, zpciForwarding: false },
  "linux-6.1": { name: "linux-6.1", ...lookedUpEra, zpciForwarding: true },
};
