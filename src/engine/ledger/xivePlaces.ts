/**
 * Where an event of a XIVE can wait: each place is one bit of hardware, or of the registers that KVM keeps of
 * a vCPU while no thread runs it.
 */
import type { XiveChip } from "../devices/xive/chip.ts";
import { ESB_QUEUED } from "../devices/xive/esb.ts";
import {
  CONTEXT_VALID, IPB, RING_OS, RING_PHYS, RING_POOL, RING_USER, ipbBit, type Ring,
} from "../devices/xive/threadContext.ts";

/** Priorities are 0 (most favoured) to 7; an NVT stands for a virtual processor. */
export type XivePlace =
  | { readonly kind: "source"; readonly source: number }
  | { readonly kind: "context"; readonly thread: number; readonly ring: Ring; readonly priority: number }
  | { readonly kind: "backlog" | "saved"; readonly nvt: number; readonly priority: number };

export const PRIORITIES = [0, 1, 2, 3, 4, 5, 6, 7] as const;
export const rings: readonly Ring[] = [RING_USER, RING_OS, RING_POOL, RING_PHYS];
const ringNames: Readonly<Record<Ring, string>> =
  { [RING_USER]: "USER", [RING_OS]: "OS", [RING_POOL]: "POOL", [RING_PHYS]: "PHYS" };

export const hexOf = (number: number): string => `0x${number.toString(16)}`;

export function nameOfPlace(place: XivePlace): string {
  switch (place.kind) {
    case "source": return `Q of source ${hexOf(place.source)}`;
    case "context":
      return `IPB priority ${place.priority} of thread ${place.thread}, ${ringNames[place.ring]} ring`;
    case "backlog": return `backlog priority ${place.priority} of NVT ${hexOf(place.nvt)}`;
    case "saved": return `saved IPB priority ${place.priority} of NVT ${hexOf(place.nvt)}`;
  }
}

/**
 * Every place whose bit is set. `keptIpb`: IPB in the registers that KVM keeps of a virtual processor, by NVT
 * index, while no thread runs it; an OS ring that runs nobody is then only a copy of them.
 */
export function occupiedPlaces(chip: XiveChip, keptIpb: ((nvt: number) => number) | undefined): XivePlace[] {
  const found: XivePlace[] = [];
  for (let source = 0; source < chip.sources.count; source++)
    if (chip.sources.pq(source) === ESB_QUEUED) found.push({ kind: "source", source });
  for (const [nvt, backlog] of chip.nvts.save()) {
    for (const priority of prioritiesIn(backlog)) found.push({ kind: "backlog", nvt, priority });
    for (const priority of prioritiesIn(keptIpb?.(nvt) ?? 0)) found.push({ kind: "saved", nvt, priority });
  }
  for (const context of chip.contexts())
    for (const ring of rings) {
      const { thread } = context;
      if (keptIpb && ring === RING_OS && !(context.word2(ring) & CONTEXT_VALID)) continue;
      for (const priority of prioritiesIn(context.get(ring, IPB)))
        found.push({ kind: "context", thread, ring, priority });
    }
  return found;
}

const prioritiesIn = (ipb: number): number[] =>
  ipb === 0 ? [] : PRIORITIES.filter((priority) => (ipb & ipbBit(priority)) !== 0);
