/**
 * What XICS did with a guest's interrupts, for a ledger: in the guest's own numbers, servers and priorities,
 * which are not those of the XIVE below. Nothing is built while nobody listens.
 */
export interface XicsStep {
  /**
   * `accepted`: H_XIRR took it out of its server's queue, or found an IPI in MFRR. `eoi`: H_EOI named it.
   * `rerouted`: its entry became a dummy, because its source is another server's now, and it is sent again.
   * `mfrr`: H_IPI set the server's most favoured request.
   */
  readonly step: "accepted" | "eoi" | "rerouted" | "mfrr";
  readonly server: number;
  /** The guest's interrupt number; 2 is an IPI. */
  readonly irq: number;
  /** 0 (most favoured) to 0xff (none): what CPPR becomes, or MFRR. */
  readonly priority: number;
}
export type XicsObserver = (step: XicsStep) => void;
