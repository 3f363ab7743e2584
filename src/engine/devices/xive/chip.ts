/**
 * One XIVE: sources, routing tables and thread contexts, wired to each other. Both the controller that a VMM
 * emulates for a pseries guest and the host's own one behind KVM are made of this.
 */
import { EasTable } from "./eas.ts";
import { EndTable } from "./end.ts";
import type { QueueMemory } from "./eventQueue.ts";
import { NvtTable } from "./nvt.ts";
import { xiveStep, type XiveBit, type XiveObserver, type XiveStepName } from "./observer.ts";
import { Router } from "./router.ts";
import { SourceBank } from "./sources.ts";
import { ThreadContext } from "./threadContext.ts";
import { timaLoad, timaStore } from "./tima.ts";

export interface ChipOptions {
  readonly sources: number;
  readonly ends: number;
  readonly memory: QueueMemory;
  readonly storeEoi?: boolean;
  /** Receives the events of ENDs that are not in the table. */
  readonly notifyHost?: (end: number, data: number) => boolean;
}

export class XiveChip {
  readonly sources: SourceBank;
  readonly eas: EasTable;
  readonly ends: EndTable;
  readonly nvts = new NvtTable();
  readonly router: Router;
  readonly memory: QueueMemory;
  private readonly threads = new Map<number, ThreadContext>();
  private observer: XiveObserver | undefined;

  constructor({ sources, ends, memory, storeEoi, notifyHost }: ChipOptions) {
    this.memory = memory;
    this.sources = new SourceBank({ count: sources, storeEoi });
    this.eas = new EasTable(sources);
    this.ends = new EndTable(ends);
    const contexts = (): Iterable<ThreadContext> => this.threads.values();
    const { eas, nvts } = this;
    this.router = new Router({ eas, ends: this.ends, nvts, memory, contexts, notifyHost });
    this.sources.notify = (source) => this.router.notifySource(source);
  }

  /** Everybody who decides about an event tells it here. */
  set onStep(observer: XiveObserver | undefined) {
    this.observer = observer;
    this.sources.onStep = observer;
    this.router.onStep = observer;
    this.nvts.onStep = observer;
    for (const context of this.threads.values()) context.onStep = observer;
  }

  /** What somebody above the chip does with its contexts. */
  tell(step: XiveStepName, bit: XiveBit, known: Parameters<typeof xiveStep>[2] = {}): void {
    this.observer?.(xiveStep(step, bit, known));
  }

  /** The context of a hardware thread, made when it is first asked for. */
  thread(number: number): ThreadContext {
    let context = this.threads.get(number);
    if (!context) {
      context = new ThreadContext(number);
      context.onStep = this.observer;
      this.threads.set(number, context);
    }
    return context;
  }

  /** For a saved state that brings its own contexts. */
  forgetThreads(): void {
    this.threads.clear();
  }

  /** All contexts in the order in which they were made. */
  contexts(): ThreadContext[] {
    return [...this.threads.values()];
  }

  /** Load of `size` bytes of a thread's TIMA; undefined is a failed access. */
  timaLoad(thread: number, offset: number, size: number): bigint | undefined {
    return timaLoad(this.thread(thread), offset, size);
  }

  /** False if the store was ignored as an error. */
  timaStore(thread: number, offset: number, size: number, value: bigint): boolean {
    return timaStore(this.thread(thread), this.nvts, offset, size, value);
  }
}
