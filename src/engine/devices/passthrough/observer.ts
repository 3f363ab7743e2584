/**
 * What passthrough did, for a ledger: which call, which of its steps, for which source, and the bit that
 * decided. What happens inside an event state buffer is told by its bank of sources (`xive/observer.ts`).
 * Nothing is built while nobody listens.
 */

export type PassthroughCall =
  | "set-mapped" | "clr-mapped" | "fault" | "route" | "host" | "set-irq" | "h-eoi" | "int-off" | "int-on"
  | "source" | "source-config" | "reset" | "release" | "irqfd" | "change-msi"
  /** What the guest does with its queue; and the whole state being another one. */
  | "guest" | "state";

export interface PassthroughStep {
  readonly call: PassthroughCall;
  /** Name of the step within the call: for a switch those of `switchSteps`. */
  readonly step: string;
  /** Guest interrupt number, or -1 where only the hardware number is known. */
  readonly lisn: number;
  /** Hardware number of the source concerned, or -1. */
  readonly source: number;
  /** The bit or field that decided, in the architecture's or the kernel's name; empty where none did. */
  readonly bit: string;
  /** PQ, priority, page or errno, as the step says; else 0. */
  readonly value: number;
}
export type PassthroughObserver = (step: PassthroughStep) => void;
