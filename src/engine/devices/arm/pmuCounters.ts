/**
 * The counters of a vCPU's PMUv3 and its overflow interrupt (Arm Architecture Reference Manual, chapter "The
 * Performance Monitors Extension"). Events are told to it; nothing here counts by itself.
 *
 * Bit n of the masks is event counter n, bit 31 the cycle counter.
 */

export const EVENT_COUNTERS = 6;
const CYCLE_COUNTER = 0x8000_0000;
const COUNTERS = (CYCLE_COUNTER | ((1 << EVENT_COUNTERS) - 1)) >>> 0;
/** PMCR_EL0: enable, reset the event counters, reset the cycle counter, all its 64 bits count. */
export const pmcr = { E: 0x01, P: 0x02, C: 0x04, LC: 0x40 } as const;
const PMCR_N_SHIFT = 11;
const SW_INCR = 0x00;
const CPU_CYCLES = 0x11;
const WORD = 0x1_0000_0000n;

export interface PmuState {
  /** PMCR_EL0: E and LC. */
  readonly control: number;
  /** PMCNTENSET_EL0, PMINTENSET_EL1 and PMOVSSET_EL0. */
  readonly enabled: number;
  readonly interrupting: number;
  readonly overflowed: number;
  /** PMCCNTR_EL0. */
  readonly cycles: bigint;
  /** PMEVCNTRn_EL0, 32 bits. */
  readonly counts: readonly number[];
  /** PMEVTYPERn_EL0.evtCount. */
  readonly events: readonly number[];
}

export const pmuAtReset: PmuState = {
  control: 0, enabled: 0, interrupting: 0, overflowed: 0, cycles: 0n,
  counts: new Array<number>(EVENT_COUNTERS).fill(0), events: new Array<number>(EVENT_COUNTERS).fill(0),
};

/** PMCR_EL0 as it is read: with the number of event counters in bits 11–15. */
export const readControl = ({ control }: PmuState): number => control | (EVENT_COUNTERS << PMCR_N_SHIFT);

export const writeControl = (state: PmuState, value: number): PmuState => ({
  ...state, control: value & (pmcr.E | pmcr.LC), cycles: value & pmcr.C ? 0n : state.cycles,
  counts: value & pmcr.P ? pmuAtReset.counts : state.counts,
});

export type PmuMask = "enabled" | "interrupting" | "overflowed";
/** PMCNTENSET, PMINTENSET, PMOVSSET. */
export const setMask = (state: PmuState, mask: PmuMask, bits: number): PmuState =>
  ({ ...state, [mask]: (state[mask] | (bits & COUNTERS)) >>> 0 });
/** PMCNTENCLR, PMINTENCLR, PMOVSCLR. */
export const clearMask = (state: PmuState, mask: PmuMask, bits: number): PmuState =>
  ({ ...state, [mask]: (state[mask] & ~bits) >>> 0 });

/** PMEVTYPERn and PMEVCNTRn; a counter that is not there is left alone. */
export function setCounter(state: PmuState, counter: number, event: number, count: number): PmuState {
  if (!Number.isInteger(counter) || counter < 0 || counter >= EVENT_COUNTERS) return state;
  return {
    ...state, events: state.events.with(counter, event & 0xffff),
    counts: state.counts.with(counter, count >>> 0),
  };
}
export const setCycles = (state: PmuState, cycles: bigint): PmuState =>
  ({ ...state, cycles: BigInt.asUintN(64, cycles) });

/** PMSWINC_EL0: one more of event SW_INCR in each of these counters that counts it. */
export const softwareIncrement = (state: PmuState, counters: number): PmuState =>
  counted(state, SW_INCR, 1, counters);

/**
 * The event happened so many times. Each counter that is enabled and counts it goes on and notes an overflow
 * of its 32 bits (the cycle counter: of 64 with PMCR_EL0.LC). `isAllowed`: the VM's filter lets it count.
 */
export function eventHappened(state: PmuState, event: number, times: number, isAllowed: boolean): PmuState {
  // SW_INCR happens by PMSWINC_EL0 alone.
  return isAllowed && event !== SW_INCR ? counted(state, event, times, COUNTERS) : state;
}

function counted(state: PmuState, event: number, times: number, counters: number): PmuState {
  if (!(state.control & pmcr.E)) return state;
  let { overflowed, cycles } = state;
  const counts = state.counts.map((count, n) => {
    if (!(state.enabled & counters & (1 << n)) || state.events[n] !== event) return count;
    if (count + times >= Number(WORD)) overflowed |= 1 << n;
    return (count + times) % Number(WORD);
  });
  if (event === CPU_CYCLES && state.enabled & counters & CYCLE_COUNTER) {
    const limit = state.control & pmcr.LC ? WORD * WORD : WORD;
    if ((cycles % limit) + BigInt(times) >= limit) overflowed |= CYCLE_COUNTER;
    cycles = BigInt.asUintN(64, cycles + BigInt(times));
  }
  return { ...state, counts, cycles, overflowed: overflowed >>> 0 };
}

/** The interrupt line: PMCR_EL0.E, and a counter that overflowed and may interrupt. */
export const pmuOutput = ({ control, overflowed, interrupting }: PmuState): boolean =>
  (control & pmcr.E) !== 0 && (overflowed & interrupting) !== 0;
