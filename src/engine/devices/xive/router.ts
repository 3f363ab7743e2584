/**
 * Routing: from a source's event through its EAS to an END's queue, and from there to a thread, a backlog or
 * the next END.
 *
 * Everything that can end an event without a trace is a `dropped` step with the bit that decided. A source
 * whose event was dropped has P set all the same, and stays silent until its EOI.
 */
import type { EasTable } from "./eas.ts";
import {
  END_ALWAYS_ESCALATE, END_ALWAYS_NOTIFY, END_BACKLOG, END_ENQUEUE, END_ESCALATE, END_ESCALATION_DATA,
  END_ESCALATION_END, END_ESE_SHIFT, END_ESN_SHIFT, END_FORMAT_1, END_IGNORE, END_LOGICAL_SERVER, END_NVT,
  END_SILENT, endPriority, type EndTable,
} from "./end.ts";
import { ESB_OFF, eoiPq, triggerPq, type EsbOperation } from "./esb.ts";
import { enqueue, type QueueMemory } from "./eventQueue.ts";
import type { NvtTable } from "./nvt.ts";
import { xiveStep, type XiveBit, type XiveObserver, type XiveStepName } from "./observer.ts";
import { present, type NotificationTarget } from "./presenter.ts";
import { ipbBit, type ThreadContext } from "./threadContext.ts";

export interface RouterParts {
  readonly eas: EasTable;
  readonly ends: EndTable;
  readonly nvts: NvtTable;
  readonly memory: QueueMemory;
  /** Contexts of all threads, dispatched or not. */
  contexts(): Iterable<ThreadContext>;
  /**
   * Asked for an END that is not in the table: the host's own, where escalations end. True if it was the
   * host's.
   */
  notifyHost?(end: number, data: number): boolean;
}

export class Router {
  private readonly parts: RouterParts;
  onStep: XiveObserver | undefined;

  constructor(parts: RouterParts) {
    this.parts = parts;
  }

  /** The event of a source that its ESB let through. */
  notifySource(source: number): void {
    const { eas } = this.parts;
    if (!eas.isValid(source)) return this.tell("dropped", "EAS.v", source, -1);
    if (eas.isMasked(source)) return this.tell("dropped", "EAS.m", source, eas.endIndex(source));
    this.notifyEnd(eas.end(source), eas.data(source), source);
  }

  /** An event for END `end` (block in the upper bits), with 31 bits of data. */
  notifyEnd(end: number, data: number, source = -1): void {
    // A chain that ever ends visits no END more than twice: ESe stops the third event at the latest.
    let visitsLeft = 2 * this.parts.ends.count + 1;
    let next: { end: number; data: number } | undefined = { end, data };
    while (next && visitsLeft-- > 0) next = this.visitEnd(next.end, next.data, source);
    if (next) this.tell("dropped", "END.u", source, next.end);
  }

  /** ESn or ESe by the END's own ESB pages: undefined for an END that is not valid, and for every store. */
  loadEndEsb(end: number, state: "ESn" | "ESe", operation: EsbOperation): number | undefined {
    const { ends } = this.parts;
    if (!ends.isValid(end)) return undefined;
    const shift = state === "ESn" ? END_ESN_SHIFT : END_ESE_SHIFT;
    const before = ends.escalationState(end, shift);
    if (operation.kind === "get") return before;
    if (operation.kind === "set") {
      ends.setEscalationState(end, shift, operation.pq);
      return before;
    }
    if (operation.kind !== "eoi") return undefined;
    const { pq, forwards } = eoiPq(before);
    ends.setEscalationState(end, shift, pq);
    return forwards ? 1 : 0;
  }

  /** Returns where the event escalates to. */
  private visitEnd(end: number, data: number, source: number): { end: number; data: number } | undefined {
    const { ends, memory } = this.parts;
    if (!ends.isValid(end)) {
      const isHosts = this.parts.notifyHost?.(end, data) ?? false;
      this.tell(isHosts ? "accepted" : "dropped", isHosts ? "END.e" : "END.v", source, end);
      return undefined;
    }
    const word0 = ends.word(end, 0);
    if (word0 & END_ENQUEUE) {
      const index = enqueue(ends, end, data, memory);
      this.tell(index < 0 ? "unwritten" : "queued", "END.q", source, end, Math.max(index, 0));
    }
    if (!(word0 & END_SILENT) && !this.notifyThread(end, source)) return undefined;
    return this.escalate(end, source);
  }

  /** False where the event ends here: delivered, or not to be told to anybody. */
  private notifyThread(end: number, source: number): boolean {
    const { ends, nvts } = this.parts;
    const word0 = ends.word(end, 0);
    const target = notificationTarget(ends, end);
    const { format, priority } = target;
    if (format === 0 && priority === 0xff) return this.stop("silent", "END.priority", source, end);
    if (!(word0 & END_ALWAYS_NOTIFY) && !this.triggerState(end, END_ESN_SHIFT, source)) return false;
    if (!nvts.has(target.nvt)) return this.stop("dropped", "NVT.v", source, end);
    if (present(this.parts.contexts(), target, source, this.onStep)) return false;
    if (!(word0 & END_BACKLOG)) {
      if (!(word0 & END_ESCALATE)) this.tell("silent", "END.b", source, end);
      return true;
    }
    if (format === 1) return this.stop("dropped", "END.f", source, end);
    const bit = ipbBit(priority);
    const isPending = (nvts.ipb(target.nvt) & bit) !== 0;
    const known = { source, end, target: target.nvt, priority };
    this.onStep?.(xiveStep(isPending ? "coalesced" : "backlogged", "NVT.IPB", known));
    nvts.addBacklog(target.nvt, bit);
    return true;
  }

  private escalate(end: number, source: number): { end: number; data: number } | undefined {
    const { ends } = this.parts;
    const word0 = ends.word(end, 0);
    if (!(word0 & END_ESCALATE)) {
      if (word0 & END_SILENT) this.tell("silent", "END.s", source, end);
      return undefined;
    }
    if (!(word0 & END_ALWAYS_ESCALATE) && !this.triggerState(end, END_ESE_SHIFT, source)) return undefined;
    this.tell("escalated", "END.e", source, end);
    return {
      end: ends.word(end, 4) & END_ESCALATION_END,
      data: ends.word(end, 5) & END_ESCALATION_DATA,
    };
  }

  /** One event through ESn or ESe. True if it goes on. */
  private triggerState(
    end: number,
    shift: typeof END_ESN_SHIFT | typeof END_ESE_SHIFT,
    source: number,
  ): boolean {
    const { ends } = this.parts;
    const { pq, forwards } = triggerPq(ends.escalationState(end, shift));
    ends.setEscalationState(end, shift, pq);
    const bit = shift === END_ESN_SHIFT ? "ESn" : "ESe";
    if (!forwards) this.tell(pq === ESB_OFF ? "masked" : "coalesced", bit, source, end);
    return forwards;
  }

  private stop(step: XiveStepName, bit: XiveBit, source: number, end: number): false {
    this.tell(step, bit, source, end);
    return false;
  }

  private tell(step: XiveStepName, bit: XiveBit, source: number, end: number, value = 0): void {
    this.onStep?.(xiveStep(step, bit, { source, end, value }));
  }
}

/** Words 6 and 7 of an END, decoded. */
export function notificationTarget(ends: EndTable, end: number): NotificationTarget {
  const word6 = ends.word(end, 6);
  const word7 = ends.word(end, 7);
  return {
    format: word6 & END_FORMAT_1 ? 1 : 0,
    nvt: word6 & END_NVT,
    ignore: (word7 & END_IGNORE) !== 0,
    logicalServer: word7 & END_LOGICAL_SERVER,
    priority: endPriority(word7),
  };
}
