/**
 * Reading the state of XICS sources. Hardware's queues say which are pending, so the first read of a series
 * masks everything, looks through all queues, and unmasks. The series ends after as many reads as there are
 * sources; one who reads a source twice and leaves another out sees an old scan.
 */
import {
  KVM_XICS_LEVEL_SENSITIVE, KVM_XICS_MASKED, KVM_XICS_PENDING, KVM_XICS_PRESENTED, KVM_XICS_QUEUED,
} from "../../uapi/xive.ts";
import { advance, peekEntry, queueEntries } from "../xive/eventQueue.ts";
import { PRIORITY_MASKED } from "../xive/hostXive.ts";
import type { IrqState } from "../xive/irqState.ts";
import { maskSource, unmaskSource } from "./sourceState.ts";
import type { Xics } from "./xics.ts";

interface Found {
  readonly priority: number;
  readonly p: boolean;
  readonly q: boolean;
}
export interface ScannedSource extends Found {
  readonly number: number;
}

export class SourceScan {
  private readonly device: Xics;
  /** By number, since the series began. */
  private found = new Map<number, Found>();
  private reads = 0;

  constructor(device: Xics) {
    this.device = device;
  }

  /** KVM_DEV_XICS_GRP_SOURCES of one valid source. */
  read(state: IrqState): bigint {
    if (this.reads === 0) this.scanAll();
    const value = describe(state, this.found.get(state.number) ?? untouched(state));
    const sources = this.device.irqs.allValid();
    if (++this.reads >= sources.length) {
      for (const source of sources) source.inQueue = false;
      this.reads = 0;
    }
    return value;
  }

  save(): { scan: readonly ScannedSource[]; reads: number } {
    return { scan: [...this.found].map(([number, found]) => ({ number, ...found })), reads: this.reads };
  }

  load({ scan, reads }: ReturnType<SourceScan["save"]>): void {
    this.found = new Map(scan.map(({ number, priority, p, q }) => [number, { priority, p, q }]));
    this.reads = reads;
  }

  private scanAll(): void {
    const sources = this.device.irqs.allValid();
    this.found = new Map(sources.map((state) => {
      const priority = maskSource(this.device, state);
      return [state.number, { priority, p: state.oldP, q: state.oldQ }];
    }));
    this.markQueued();
    for (const state of sources) {
      const { priority } = this.found.get(state.number)!;
      if (priority !== PRIORITY_MASKED) unmaskSource(this.device, state, priority);
    }
  }

  private markQueued(): void {
    for (const vcpu of this.device.vcpus.values())
      for (const { page, shift, consumer } of vcpu.queues) {
        if (page === undefined) continue;
        const ahead = { ...consumer };
        let irq: number | undefined;
        while ((irq = peekEntry(ahead, page, this.device.memory)) !== undefined) {
          const state = this.device.irqs.valid(irq);
          if (state) state.inQueue = true;
          advance(ahead, queueEntries(shift));
        }
      }
  }
}

/** A source that came after the scan. */
const untouched = (state: IrqState): Found =>
  ({ priority: state.guestPriority, p: state.oldP, q: state.oldQ });

function describe(state: IrqState, { priority, p, q }: Found): bigint {
  const isMasked = priority === PRIORITY_MASKED;
  const shown = isMasked ? state.savedPriority : priority;
  let value = BigInt(state.actServer) | (BigInt(shown) << 32n);
  if (isMasked) value |= KVM_XICS_MASKED;
  if (state.lsi) {
    value |= KVM_XICS_LEVEL_SENSITIVE;
    return p ? value | KVM_XICS_PENDING : value;
  }
  if (p) value |= KVM_XICS_PRESENTED;
  if (q) value |= KVM_XICS_QUEUED;
  if (state.inQueue || (shown === PRIORITY_MASKED && q)) value |= KVM_XICS_PENDING;
  return value;
}
