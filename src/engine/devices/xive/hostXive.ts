/**
 * The host's own XIVE behind KVM, with the calls that the kernel makes to its firmware (OPAL). Virtual
 * processors are numbered from 0; each has eight ENDs. An END of a guest always notifies, keeps a backlog,
 * and escalates to the host where an escalation interrupt is attached.
 */
import { XiveChip } from "./chip.ts";
import {
  END_ADDRESS_HIGH, END_ALWAYS_ESCALATE, END_ALWAYS_NOTIFY, END_BACKLOG, END_ENQUEUE, END_ESCALATE,
  END_ESE_SHIFT, END_FRESH_QUEUE, END_GENERATION, END_INDEX, END_SILENT, END_VALID, qsizeOf,
} from "./end.ts";
import { ESB_OFF, ESB_RESET, type Pq } from "./esb.ts";
import { queueAddress, type QueueMemory } from "./eventQueue.ts";

/** NVT index of virtual processor 0. */
const VP_BASE = 0x400;
const QUEUES = 8;
/** The priority that means "masked". */
export const PRIORITY_MASKED = 0xff;

/** Firmware calls that a test may let fail. */
export type FirmwareCall =
  | "allocate-interrupt"
  | "allocate-processors"
  | "configure-interrupt"
  | "configure-queue"
  | "queue-state"
  | "set-queue-state"
  | "processor-state"
  | "enable-processor"
  | "attach-escalation";

export interface HostXiveOptions {
  readonly memory: QueueMemory;
  /** Interrupts the host has for guests. Default 0x4000. */
  readonly interrupts?: number;
  /** Virtual processors. Default 2048. */
  readonly processors?: number;
  /** True lets this call of firmware fail. */
  readonly fails?: (call: FirmwareCall) => boolean;
}

export class HostXive {
  readonly chip: XiveChip;
  readonly processors: number;
  private readonly fails: (call: FirmwareCall) => boolean;
  private free: number[] = [];
  private nextInterrupt = 1;
  /** An escalation of a virtual processor's queue came to the host. */
  onEscalation: ((vp: number, priority: number) => void) | undefined;

  constructor({ memory, interrupts = 0x4000, processors = 2048, fails = () => false }: HostXiveOptions) {
    this.processors = processors;
    this.fails = fails;
    const ends = processors * QUEUES;
    const notifyHost = (end: number, data: number): boolean => {
      if (end === ends) this.onEscalation?.(Math.floor(data / QUEUES), data % QUEUES);
      return end === ends;
    };
    this.chip = new XiveChip({ sources: interrupts, ends, memory, notifyHost });
  }

  /** A host interrupt, its source off; undefined where none is left. Number 0 is never given out. */
  allocateInterrupt(): number | undefined {
    if (this.fails("allocate-interrupt")) return undefined;
    const interrupt = this.free.pop() ?? this.nextInterrupt;
    if (!this.chip.sources.has(interrupt)) return undefined;
    if (interrupt === this.nextInterrupt) this.nextInterrupt++;
    return interrupt;
  }

  freeInterrupt(interrupt: number): void {
    this.chip.sources.resetSource(interrupt);
    this.chip.eas.set(interrupt, 0n);
    this.free.push(interrupt);
  }

  /** Which interrupts are given out. */
  saveNumbers(): { free: readonly number[]; nextInterrupt: number } {
    return { free: [...this.free], nextInterrupt: this.nextInterrupt };
  }

  loadNumbers({ free, nextInterrupt }: ReturnType<HostXive["saveNumbers"]>): void {
    this.free = [...free];
    this.nextInterrupt = nextInterrupt;
  }

  /** Room for `count` virtual processors, rounded up to a power of two. */
  allocateProcessors(count: number): boolean {
    return !this.fails("allocate-processors") && 2 ** Math.ceil(Math.log2(count)) <= this.processors;
  }

  enableProcessor(vp: number): boolean {
    if (this.fails("enable-processor")) return false;
    this.chip.nvts.add(VP_BASE + vp);
    return true;
  }

  disableProcessor(vp: number): void {
    this.chip.nvts.remove(VP_BASE + vp);
  }

  /** The CAM line that a thread carries while it runs the virtual processor. */
  cam(vp: number): number {
    return VP_BASE + vp;
  }

  /** Routes an interrupt; priority PRIORITY_MASKED masks it. `data` has 31 bits. */
  configureInterrupt(interrupt: number, vp: number, priority: number, data: number): boolean {
    if (this.fails("configure-interrupt")) return false;
    const isMasked = priority === PRIORITY_MASKED;
    this.chip.eas.route(interrupt, isMasked ? 0 : this.end(vp, priority), data, isMasked);
    return true;
  }

  end(vp: number, priority: number): number {
    return vp * QUEUES + priority;
  }

  /**
   * A fresh queue of 2^`shift` bytes at `address`, or an END that notifies without a queue. An attached
   * escalation stays.
   */
  configureQueue(vp: number, priority: number, address: bigint | undefined, shift: number): boolean {
    if (this.fails("configure-queue")) return false;
    const { ends } = this.chip;
    const end = this.end(vp, priority);
    const escalation = ends.word(end, 0) & (END_ESCALATE | END_ALWAYS_ESCALATE);
    const ese = escalation ? ends.escalationState(end, END_ESE_SHIFT) : ESB_OFF;
    const enqueues = address === undefined ? 0 : END_ENQUEUE | qsizeOf(shift);
    const at = address ?? 0n;
    ends.setWords(end, [
      END_VALID | END_ALWAYS_NOTIFY | END_BACKLOG | escalation | enqueues,
      END_FRESH_QUEUE | (ese << END_ESE_SHIFT),
      Number(at >> 32n) & END_ADDRESS_HIGH, Number(BigInt.asUintN(32, at)),
      ends.word(end, 4), ends.word(end, 5), VP_BASE + vp, priority << 16,
    ]);
    return true;
  }

  disableQueue(vp: number, priority: number): void {
    this.chip.ends.reset(this.end(vp, priority));
  }

  queueAddress(vp: number, priority: number): bigint {
    return queueAddress(this.chip.ends, this.end(vp, priority));
  }

  /** Generation and index of the next entry. */
  queueState(vp: number, priority: number): { qtoggle: number; qindex: number } | undefined {
    if (this.fails("queue-state")) return undefined;
    const word1 = this.chip.ends.word(this.end(vp, priority), 1);
    return { qtoggle: word1 & END_GENERATION ? 1 : 0, qindex: word1 & END_INDEX };
  }

  setQueueState(vp: number, priority: number, qtoggle: number, qindex: number): boolean {
    if (this.fails("set-queue-state")) return false;
    const { ends } = this.chip;
    const end = this.end(vp, priority);
    const others = ends.word(end, 1) & ~(END_GENERATION | END_INDEX);
    const generation = qtoggle & 1 ? END_GENERATION : 0;
    ends.setWord(end, 1, (others | generation | (qindex & END_INDEX)) >>> 0);
    return true;
  }

  /**
   * From now on escalations of this queue come to the host, once each time they are armed; they are armed now
   * unless they go through a `gather` priority, whose END collects those of all queues.
   */
  attachEscalation(vp: number, priority: number, gather?: number): boolean {
    if (this.fails("attach-escalation")) return false;
    const { ends } = this.chip;
    const last = this.end(vp, gather ?? priority);
    if (gather !== undefined) {
      if (!ends.isValid(last)) ends.setWord(last, 0, END_VALID | END_SILENT);
      this.escalateTo(this.end(vp, priority), last, 0, END_ALWAYS_ESCALATE);
    }
    this.escalateTo(last, ends.count, last, 0);
    ends.setEscalationState(last, END_ESE_SHIFT, gather === undefined ? ESB_RESET : ESB_OFF);
    return true;
  }

  private escalateTo(end: number, to: number, data: number, always: number): void {
    const { ends } = this.chip;
    ends.setWord(end, 0, (ends.word(end, 0) | END_ESCALATE | always) >>> 0);
    ends.setWord(end, 4, to);
    ends.setWord(end, 5, data);
  }

  /** SET_PQ on an escalation; returns the state before. */
  setEscalation(vp: number, priority: number, pq: Pq): Pq {
    const { ends } = this.chip;
    const end = this.end(vp, priority);
    const before = ends.escalationState(end, END_ESE_SHIFT);
    if (ends.isValid(end)) ends.setEscalationState(end, END_ESE_SHIFT, pq);
    return before;
  }

  /** Priorities that wait in the NVT. */
  backlog(vp: number): number | undefined {
    return this.fails("processor-state") ? undefined : this.chip.nvts.ipb(VP_BASE + vp);
  }
}
