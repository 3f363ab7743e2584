/**
 * What KVM keeps about each interrupt number of a guest, for both of its devices over a XIVE. Numbers are in
 * blocks of 1024 that are made when first needed and never go away before the device does.
 */
import type { EsbPage, Pq } from "./esb.ts";
import { ESB_OFF, ESB_RESET, ESB_SET_PQ } from "./esb.ts";
import { PRIORITY_MASKED, type HostXive } from "./hostXive.ts";

export const KVM_IRQS = 0x100000;
export const IRQS_PER_BLOCK = 1024;

export interface IrqState {
  readonly number: number;
  /** Host interrupt that software can trigger; 0 is none yet. */
  ipi: number;
  /** Host interrupt of a device that is passed through; 0 is none. */
  passthrough: number;
  valid: boolean;
  lsi: boolean;
  asserted: boolean;
  /** Where hardware sends it; priority 0xff is nowhere. */
  actServer: number;
  actPriority: number;
  eisn: number;
  /** XICS only: the guest's priority, and the one that int-off remembers. */
  guestPriority: number;
  savedPriority: number;
  /** XICS only: P and Q when it was masked. */
  oldP: boolean;
  oldQ: boolean;
  /** XICS only: the scan of the queues found an entry. */
  inQueue: boolean;
}

const fresh = (number: number): IrqState => ({
  number, ipi: 0, passthrough: 0, valid: false, lsi: false, asserted: false, actServer: 0,
  actPriority: PRIORITY_MASKED, eisn: 0, guestPriority: PRIORITY_MASKED, savedPriority: PRIORITY_MASKED,
  oldP: false, oldQ: false, inQueue: false,
});

export class IrqStates {
  private readonly blocks = new Map<number, Map<number, IrqState>>();

  hasBlock(irq: number): boolean {
    return this.blocks.has(Math.floor(irq / IRQS_PER_BLOCK));
  }

  createBlock(irq: number): void {
    if (!this.hasBlock(irq)) this.blocks.set(Math.floor(irq / IRQS_PER_BLOCK), new Map());
  }

  /** Undefined where there is no block; the state may not be valid. */
  get(irq: number): IrqState | undefined {
    const block = this.blocks.get(Math.floor(irq / IRQS_PER_BLOCK));
    let state = block?.get(irq);
    if (block && !state) {
      state = fresh(irq);
      block.set(irq, state);
    }
    return state;
  }

  /** Only one that was set up. */
  valid(irq: number): IrqState | undefined {
    const state = this.get(irq);
    return state?.valid ? state : undefined;
  }

  /** All valid ones, ascending. */
  allValid(): IrqState[] {
    return this.all().filter(({ valid }) => valid);
  }

  /** Copies of all that are not as a block gives them, ascending. */
  touched(): IrqState[] {
    const isTouched = (state: IrqState): boolean => {
      const untouched = fresh(state.number);
      return (Object.keys(untouched) as (keyof IrqState)[]).some((key) => state[key] !== untouched[key]);
    };
    return this.all().filter(isTouched).map((state) => ({ ...state }));
  }

  private all(): IrqState[] {
    const states = [...this.blocks.values()].flatMap((block) => [...block.values()]);
    return states.sort((a, b) => a.number - b.number);
  }

  /** First number of each block, ascending. */
  firstNumbers(): number[] {
    return [...this.blocks.keys()].sort((a, b) => a - b).map((block) => block * IRQS_PER_BLOCK);
  }

  /** Everything, for a device that takes over a saved state or goes away. */
  replaceAll(firstNumbers: readonly number[], states: readonly IrqState[]): void {
    this.blocks.clear();
    for (const first of firstNumbers) this.createBlock(first);
    for (const state of states)
      this.blocks.get(Math.floor(state.number / IRQS_PER_BLOCK))?.set(state.number, { ...state });
  }
}

/** The host interrupt that stands for the number now. */
export const selected = (state: IrqState): number => state.passthrough || state.ipi;

/** SET_PQ on a host interrupt, by a load; returns the state before. */
export function hostSetPq(host: HostXive, interrupt: number, pq: Pq): Pq {
  // Ordered after earlier stores, which a Store-EOI may be.
  return host.chip.sources.load(interrupt, "management", ESB_SET_PQ(pq) | 0x40) as Pq;
}

export function hostTrigger(host: HostXive, interrupt: number): void {
  host.chip.sources.store(interrupt, "trigger" satisfies EsbPage, 0);
}

/**
 * EOI as the kernel does it: Store-EOI where there is one; a load for a level-sensitive source; else
 * SET_PQ_00 and, if Q was set, a trigger. On a source that is off this last way unmasks and sends once.
 */
export function hostSourceEoi(host: HostXive, interrupt: number): void {
  const { sources } = host.chip;
  if (sources.storeEoi) sources.store(interrupt, "management", 0x400);
  else if (sources.isLsi(interrupt)) sources.load(interrupt, "management", 0);
  else if (hostSetPq(host, interrupt, ESB_RESET) & 1) hostTrigger(host, interrupt);
}

/** Off at the source and masked in the routing. */
export function hardMask(host: HostXive, interrupt: number): void {
  hostSetPq(host, interrupt, ESB_OFF);
  host.configureInterrupt(interrupt, 0, PRIORITY_MASKED, 0);
}

/** The software-triggered interrupt of a number, allocated when first asked for. */
export function provideIpi(host: HostXive, state: IrqState): boolean {
  if (state.ipi === 0) state.ipi = host.allocateInterrupt() ?? 0;
  return state.ipi !== 0;
}
