/**
 * The frame SGI_base of a GICv3 redistributor as far as PPIs need it: 32-bit accesses by offset (GIC
 * Architecture Specification, IHI 0069, chapter 12). What is of SGIs, and every other offset, reads as zero
 * and ignores writes.
 */
import {
  FIRST_PPI, PPIS, PPI_INTIDS, PRIORITY_BITS, bitOfIntid, pendingOf, type PpiState,
} from "./ppi.ts";

/** Byte offsets from SGI_base, which lies 64 KiB above RD_base. */
export const gicr = {
  IGROUPR0: 0x080, ISENABLER0: 0x100, ICENABLER0: 0x180, ISPENDR0: 0x200, ICPENDR0: 0x280,
  ISACTIVER0: 0x300, ICACTIVER0: 0x380, IPRIORITYR4: 0x410, ICFGR1: 0xc04,
} as const;
const PRIORITY_REGISTERS_BYTES = 16;

export function readPpis(state: PpiState, offset: number): number {
  switch (offset) {
    case gicr.IGROUPR0: return state.group;
    case gicr.ISENABLER0: case gicr.ICENABLER0: return state.enabled;
    case gicr.ISPENDR0: case gicr.ICPENDR0: return pendingOf(state);
    case gicr.ISACTIVER0: case gicr.ICACTIVER0: return state.active;
    case gicr.ICFGR1: return configurationOf(state);
  }
  const first = firstPriorityAt(offset);
  if (first === undefined) return 0;
  return [3, 2, 1, 0].reduce((word, n) => ((word << 8) | state.priority[first + n]!) >>> 0, 0);
}

/** `value` is an unsigned 32-bit number. A one in a "clear" register clears, a zero changes nothing. */
export function writePpis(state: PpiState, offset: number, value: number): PpiState {
  const ones = (value & PPIS) >>> 0;
  const set = (mask: number): number => (mask | ones) >>> 0;
  const clear = (mask: number): number => (mask & ~ones) >>> 0;
  switch (offset) {
    case gicr.IGROUPR0: return { ...state, group: ones };
    case gicr.ISENABLER0: return { ...state, enabled: set(state.enabled) };
    case gicr.ICENABLER0: return { ...state, enabled: clear(state.enabled) };
    case gicr.ISPENDR0: return { ...state, latched: set(state.latched) };
    // A line that is high keeps a level-sensitive interrupt pending.
    case gicr.ICPENDR0: return { ...state, latched: clear(state.latched) };
    case gicr.ISACTIVER0: return { ...state, active: set(state.active) };
    case gicr.ICACTIVER0: return { ...state, active: clear(state.active) };
    case gicr.ICFGR1: return { ...state, edge: edgesIn(value) };
  }
  const first = firstPriorityAt(offset);
  if (first === undefined) return state;
  const priority = [...state.priority];
  for (let n = 0; n < 4; n++) priority[first + n] = (value >>> (8 * n)) & PRIORITY_BITS;
  return { ...state, priority };
}

/** Index of the PPI whose priority is the lowest byte of the register at `offset`. */
function firstPriorityAt(offset: number): number | undefined {
  const index = offset - gicr.IPRIORITYR4;
  return index >= 0 && index < PRIORITY_REGISTERS_BYTES && index % 4 === 0 ? index : undefined;
}

/** Of a PPI's two bits in GICR_ICFGR1 the left one says edge-triggered, the right one is reserved. */
const triggerBit = (intid: number): number => 2 << (2 * (intid - FIRST_PPI));

const configurationOf = ({ edge }: PpiState): number =>
  union(PPI_INTIDS.filter((intid) => edge & bitOfIntid(intid)).map(triggerBit));
const edgesIn = (word: number): number =>
  union(PPI_INTIDS.filter((intid) => word & triggerBit(intid)).map(bitOfIntid));

const union = (masks: readonly number[]): number => masks.reduce((all, mask) => (all | mask) >>> 0, 0);
