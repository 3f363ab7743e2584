/**
 * What one vCPU's CPU interface does with its PPIs: signal, acknowledge, end (GIC Architecture Specification,
 * IHI 0069, chapter 4, "Interrupt prioritization", and the ICC registers; ICC_CTLR_EL1.EOImode is 0).
 *
 * Every implemented priority is a preemption level of its own (ICC_BPR at its minimum), so one bit of the
 * active-priorities registers stands for each.
 */
import {
  PPIS, PRIORITY_BITS, bitOfIntid, deactivated, mostUrgent, priorityOf, taken, type PpiState,
} from "./ppi.ts";
import { isPpi } from "./vgic.ts";

export interface CpuInterfaceState {
  /** ICC_PMR_EL1: only what is more urgent, a lower number, is signalled. */
  readonly priorityMask: number;
  /** ICC_IGRPEN0_EL1 and ICC_IGRPEN1_EL1. */
  readonly group0: boolean;
  readonly group1: boolean;
  /** ICC_AP0R0_EL1 and ICC_AP1R0_EL1: bit n from the right is priority 8n. */
  readonly activePriorities0: number;
  readonly activePriorities1: number;
}

export const cpuInterfaceAtReset: CpuInterfaceState = {
  priorityMask: 0, group0: false, group1: false, activePriorities0: 0, activePriorities1: 0,
};

/** What an acknowledge reads when there is nothing for it. */
export const SPURIOUS = 1023;
/** ICC_RPR_EL1 with nothing active. */
const IDLE_PRIORITY = 0xff;

export interface PpiContext {
  readonly ppis: PpiState;
  readonly cpu: CpuInterfaceState;
}

const mostUrgentBit = (word: number): number => 31 - Math.clz32(word & -word);
const priorityBit = (priority: number): number => (1 << (priority >> 3)) >>> 0;

/** ICC_RPR_EL1: priority of what the vCPU works on. */
export function runningPriority({ activePriorities0, activePriorities1 }: CpuInterfaceState): number {
  const active = activePriorities0 | activePriorities1;
  return active === 0 ? IDLE_PRIORITY : mostUrgentBit(active) << 3;
}

/** Sets ICC_PMR_EL1. */
export const withPriorityMask = (cpu: CpuInterfaceState, mask: number): CpuInterfaceState =>
  ({ ...cpu, priorityMask: mask & PRIORITY_BITS });

/** The interrupt that is signalled, and on which input of the CPU. Undefined: neither IRQ nor FIQ. */
export function signalled(
  { ppis, cpu }: PpiContext,
): { readonly intid: number; readonly as: "irq" | "fiq" } | undefined {
  const groups = (cpu.group0 ? PPIS & ~ppis.group : 0) | (cpu.group1 ? ppis.group : 0);
  const intid = mostUrgent(ppis, groups);
  if (intid === undefined) return undefined;
  const priority = priorityOf(ppis, intid);
  if (priority >= cpu.priorityMask || priority >= runningPriority(cpu)) return undefined;
  return { intid, as: ppis.group & bitOfIntid(intid) ? "irq" : "fiq" };
}

/** A read of ICC_IAR0_EL1 or ICC_IAR1_EL1: the INTID, now active, or SPURIOUS. */
export function acknowledge(context: PpiContext, group: 0 | 1): PpiContext & { readonly intid: number } {
  const next = signalled(context);
  if (!next || next.as !== (group === 1 ? "irq" : "fiq")) return { ...context, intid: SPURIOUS };
  const { ppis, cpu } = context;
  const name = group === 1 ? "activePriorities1" : "activePriorities0";
  const level = priorityBit(priorityOf(ppis, next.intid));
  return {
    intid: next.intid, ppis: taken(ppis, next.intid), cpu: { ...cpu, [name]: (cpu[name] | level) >>> 0 },
  };
}

/**
 * A write to ICC_EOIR0_EL1 or ICC_EOIR1_EL1: the priority drops to what was interrupted, and the interrupt is
 * deactivated. The numbers from 1020 on, and a group with nothing active, are ignored.
 */
export function endInterrupt(context: PpiContext, group: 0 | 1, intid: number): PpiContext {
  const { ppis, cpu } = context;
  const name = group === 1 ? "activePriorities1" : "activePriorities0";
  const active = cpu[name];
  if (active === 0 || !isPpi(intid)) return context;
  return { ppis: deactivated(ppis, intid), cpu: { ...cpu, [name]: (active & (active - 1)) >>> 0 } };
}
