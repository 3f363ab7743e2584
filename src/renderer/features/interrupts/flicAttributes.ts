/**
 * Device attributes of the interrupt controller that the inspector sets, as bytes
 * (Documentation/virt/kvm/devices/s390_flic.rst): AISM takes a request of an ISC, a reserved byte and a mode
 * in two bytes, AIRQ_INJECT takes the adapter's number as its attribute, ENQUEUE a list of 72-byte
 * interrupts.
 */
export interface Attribute {
  readonly group: number;
  readonly attr: string;
  readonly bytes: Uint8Array;
  /** As the outcome names it. */
  readonly title: string;
}

const hex = (value: number): string => value.toString(16).padStart(16, "0");
const AISM = 9;
const AIRQ_INJECT = 10;
const CLEAR_IRQS = 3;

export const modeAttribute = (isc: number, mode: "all" | "single"): Attribute => ({
  group: AISM,
  attr: hex(0),
  bytes: Uint8Array.of(isc, 0, 0, mode === "single" ? 1 : 0),
  title: `AISM isc ${isc} ${mode.toUpperCase()}`,
});

export const injectAttribute = (adapter: number): Attribute => ({
  group: AIRQ_INJECT,
  attr: hex(adapter),
  bytes: new Uint8Array(),
  title: `AIRQ_INJECT adapter ${adapter}`,
});

export const clearAttribute: Attribute = {
  group: CLEAR_IRQS,
  attr: hex(0),
  bytes: new Uint8Array(),
  title: "CLEAR_IRQS",
};
