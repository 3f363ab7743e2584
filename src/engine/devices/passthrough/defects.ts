/**
 * What can be made to go wrong, each under a name and off by default. With none switched on the switch of a
 * source's pages keeps every invariant of `invariants.ts`. `linux61Defects` are those that Linux 6.1 has,
 * so a machine with exactly these answers as 6.1 does, call by call. That list is derived from source:
 * nobody but the reader of that source has confirmed it.
 */

export const passthroughDefects = {
  "passthrough.zap.skip": "a switch leaves the guest's page table entries as they are",
  "passthrough.zap.lastVma": "a switch clears entries below the VMA that was mapped last (strategy S1)",
  "passthrough.fault.insertUnlocked": "a fault picks the interrupt before the lock and maps it after",
  "passthrough.fault.indexFromVma": "a fault counts pages from the start of the VMA, not of the file",
  "passthrough.set.eoiWithoutResend": "mapping ends the host's interrupt without looking at Q",
  "passthrough.set.ignoreOldP": "mapping opens the source though its entry is still in the guest's queue",
  "passthrough.set.forgetOldP": "mapping a masked source forgets that its entry is still in a queue",
  "passthrough.set.dropIpiQ": "a software event latched in the IPI's Q is dropped by mapping",
  "passthrough.set.leavePhbPending": "native: mapping leaves the PHB source pending until the guest's EOI",
  "passthrough.set.hardOffBeforeZap": "mapping turns the IPI off while the guest can still reach its pages",
  "passthrough.set.hardOffBeforeSelection": "mapping turns the IPI off while software can still inject there",
  "passthrough.clr.zapLate": "unmapping gives the source to the host while the guest still has its pages",
  "passthrough.clr.selectBeforeResume": "unmapping lets software inject while the IPI is still off",
  "passthrough.clr.leaveIpiPending": "native: unmapping leaves the IPI pending until the guest's EOI",
  "passthrough.clr.hostEoiUnmasks": "unmapping a source that the guest masked sends the host an event",
  "passthrough.clr.unmaskDespiteP": "unmapping opens the IPI though an entry is still in the guest's queue",
  "passthrough.clr.returnLocked": "unmapping that fails at the host returns with the block locked",
  "passthrough.mask.ignoreInEoi": "masking does not wait for an EOI that is under way",
  "passthrough.config.dataIsLisn": "switching routes with the source's number in place of the guest's EISN",
  "passthrough.host.forgetEntry": "mapping forgets that an entry is still in the host's queue",
  "passthrough.host.allOnesIsState": "all ones from a PHB in error are taken for P and Q",
  "passthrough.source.lsiSticky": "a source that was level-sensitive once stays so when created anew",
  "passthrough.table.allowRemap": "a source that is mapped can be mapped to another host interrupt",
  "passthrough.bypass.swallowSetError": "a failed mapping is reported as done, and later undone",
  "passthrough.bypass.dropEventfd": "after a refused mapping the eventfd path is given up too",
  "passthrough.changeMsi.freeBeforeClaim": "change-msi frees the old block before it claims the new one",
  "passthrough.migrate.allowMapped": "a machine with a mapped source may move",
} as const;
export type PassthroughDefect = keyof typeof passthroughDefects;

export const linux61Defects: readonly PassthroughDefect[] = [
  "passthrough.fault.insertUnlocked",
  "passthrough.fault.indexFromVma",
  "passthrough.set.forgetOldP",
  "passthrough.set.dropIpiQ",
  "passthrough.set.leavePhbPending",
  "passthrough.set.hardOffBeforeZap",
  "passthrough.set.hardOffBeforeSelection",
  "passthrough.clr.zapLate",
  "passthrough.clr.selectBeforeResume",
  "passthrough.clr.leaveIpiPending",
  "passthrough.clr.hostEoiUnmasks",
  "passthrough.clr.returnLocked",
  "passthrough.config.dataIsLisn",
  "passthrough.source.lsiSticky",
  "passthrough.bypass.swallowSetError",
];
