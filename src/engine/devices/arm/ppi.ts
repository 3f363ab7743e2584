/**
 * The private peripheral interrupts of one vCPU's GICv3 redistributor (GIC Architecture Specification, IHI
 * 0069, chapter 4, "Interrupt states", and the GICR registers of SGI_base). SGIs and LPIs are not modelled.
 *
 * Masks are those of the registers: bit n from the right is INTID n, and bits 0–15 are zero.
 */

export const FIRST_PPI = 16;
export const PPI_COUNT = 16;
export const PPI_INTIDS: readonly number[] = Array.from({ length: PPI_COUNT }, (_, n) => FIRST_PPI + n);
/** All PPIs in a register of one bit per interrupt. */
export const PPIS = 0xffff0000;
/** Of the eight bits of a priority, the five that a virtual CPU interface implements. */
export const PRIORITY_BITS = 0xf8;

export interface PpiState {
  /** GICR_IGROUPR0: group 1, signalled as IRQ; else group 0, signalled as FIQ. */
  readonly group: number;
  /** GICR_ISENABLER0. */
  readonly enabled: number;
  /** Pending by an edge or by a write to GICR_ISPENDR0; an acknowledge takes it. */
  readonly latched: number;
  /** GICR_ISACTIVER0. */
  readonly active: number;
  /** GICR_ICFGR1: edge-triggered; else level-sensitive. */
  readonly edge: number;
  /** Levels of the lines as the devices drive them. */
  readonly line: number;
  /** GICR_IPRIORITYR4 to 7: of INTID 16 to 31; lower is more urgent. */
  readonly priority: readonly number[];
}

/** As KVM's GICv3 has them at reset: group 1, disabled, level-sensitive (derived from source). */
export const ppisAtReset: PpiState = {
  group: PPIS, enabled: 0, latched: 0, active: 0, edge: 0, line: 0,
  priority: new Array<number>(PPI_COUNT).fill(0),
};

export const bitOfIntid = (intid: number): number => (1 << intid) >>> 0;
const without = (mask: number, bits: number): number => (mask & ~bits) >>> 0;

/** GICR_ISPENDR0: latched, or level-sensitive with the line high. */
export const pendingOf = ({ latched, line, edge }: PpiState): number => (latched | (line & ~edge)) >>> 0;

/**
 * Assertions that nobody has taken yet. A level-sensitive interrupt that is active and whose line is still
 * high was taken already; it becomes another one when it is deactivated.
 */
export const untakenOf = ({ latched, line, edge, active }: PpiState): number =>
  (latched | (line & ~edge & ~active)) >>> 0;

/** A device drives a line. A rising one is kept where the interrupt is edge-triggered. */
export function withLine(state: PpiState, intid: number, isHigh: boolean): PpiState {
  const bit = bitOfIntid(intid);
  if (!isHigh) return { ...state, line: without(state.line, bit) };
  const rises = state.edge & bit & ~state.line;
  return { ...state, line: (state.line | bit) >>> 0, latched: (state.latched | rises) >>> 0 };
}

/** Pending becomes active. A line that is still high keeps a level-sensitive interrupt pending as well. */
export const taken = (state: PpiState, intid: number): PpiState => ({
  ...state, latched: without(state.latched, bitOfIntid(intid)),
  active: (state.active | bitOfIntid(intid)) >>> 0,
});

export const deactivated = (state: PpiState, intid: number): PpiState =>
  ({ ...state, active: without(state.active, bitOfIntid(intid)) });

/**
 * Of those that may be signalled the most urgent: pending, enabled, not active, of a group that is on.
 * Of two with one priority it is the lower INTID.
 */
export function mostUrgent(state: PpiState, groups: number): number | undefined {
  const ready = pendingOf(state) & state.enabled & ~state.active & groups;
  let found: number | undefined;
  for (const intid of PPI_INTIDS) {
    if (!(ready & bitOfIntid(intid))) continue;
    if (found === undefined || priorityOf(state, intid) < priorityOf(state, found)) found = intid;
  }
  return found;
}

export const priorityOf = ({ priority }: PpiState, intid: number): number => priority[intid - FIRST_PPI]!;
