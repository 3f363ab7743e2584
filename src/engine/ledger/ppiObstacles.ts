/**
 * What keeps a pending PPI from its vCPU, register by register (GIC Architecture Specification, IHI 0069).
 *
 * Law, held by a test: there is no obstacle exactly while the interrupt is the one that is signalled.
 */
import { runningPriority, signalled, type PpiContext } from "../devices/arm/cpuInterface.ts";
import { bitOfIntid, pendingOf, priorityOf } from "../devices/arm/ppi.ts";

const hex = (value: number): string => `0x${value.toString(16).padStart(2, "0")}`;

/** Sentences, empty if an acknowledge of its group takes it next. */
export function ppiObstacles(context: PpiContext, intid: number): string[] {
  const { ppis, cpu } = context;
  const bit = bitOfIntid(intid);
  if (!(pendingOf(ppis) & bit)) return ["it is not pending"];
  const found: string[] = [];
  if (!(ppis.enabled & bit)) found.push(`GICR_ISENABLER0 bit ${intid} is zero`);
  if (ppis.active & bit) found.push(`GICR_ISACTIVER0 bit ${intid} is one: it has not ended`);
  const group = ppis.group & bit ? 1 : 0;
  if (!(group === 1 ? cpu.group1 : cpu.group0)) found.push(`ICC_IGRPEN${group}_EL1 is zero`);
  const priority = priorityOf(ppis, intid);
  if (priority >= cpu.priorityMask)
    found.push(`priority ${hex(priority)} is not below ICC_PMR_EL1, ${hex(cpu.priorityMask)}`);
  const running = runningPriority(cpu);
  if (priority >= running) found.push(`priority ${hex(priority)} is not below ICC_RPR_EL1, ${hex(running)}`);
  if (found.length > 0) return found;
  const next = signalled(context)?.intid;
  return next === intid ? [] : [`INTID ${next} is more urgent`];
}
