/** What an interrupt is, in words, from KVM's type code and the pending bit that the ledger names. */
export const interruptClasses = [
  "adapter", "io", "service", "virtio", "page fault", "machine check", "program", "timer", "sigp", "other",
] as const;
export type InterruptClass = (typeof interruptClasses)[number];

/** Every type code up to this one is an I/O interruption; the bit in it tells adapters (linux/kvm.h). */
const IO_MAX = 0xfffdffff;
const ADAPTER = 0x04000000;

const classes: ReadonlyMap<number, InterruptClass> = new Map([
  [0xfffe0000, "sigp"], [0xfffe0001, "program"], [0xfffe0002, "sigp"], [0xfffe0003, "sigp"],
  [0xfffe0004, "page fault"], [0xfffe0005, "page fault"], [0xfffe1000, "machine check"],
  [0xffff1004, "timer"], [0xffff1005, "timer"], [0xffff1201, "sigp"], [0xffff1202, "sigp"],
  [0xffff2401, "service"], [0xffff2603, "virtio"],
]);

export function classOf(kind: number): InterruptClass {
  if (kind <= IO_MAX) return kind & ADAPTER ? "adapter" : "io";
  return classes.get(kind) ?? "other";
}

/** The subclass that a ledger line's bit names: a pending bit, a mask's bit; undefined for none. */
export function iscOf(bit: string): number | undefined {
  const found = /(?:IO_ISC_|ISC )([0-7])$/.exec(bit);
  return found ? Number(found[1]) : undefined;
}
