/**
 * Interrupts of passed-through devices in a guest with XIVE: for each guest interrupt number (LISN) the IPI
 * it was created with and the PHB source that takes its place, the pages through which the guest reaches
 * whichever is selected, and the host's side of it. Behaviour is that of KVM for POWER9 (Linux 6.1) at its
 * user-space API; what 6.1 does wrong is a defect of `defects.ts`, off by default.
 *
 * Invariant: at rest, every LISN has exactly one live source, and no page leads to the other.
 */
import { SourceBank } from "../xive/sources.ts";
import { AddressSpace } from "./addressSpace.ts";
import type { PassthroughDefect } from "./defects.ts";
import { GuestQueues, type GuestEventPort } from "./guestQueues.ts";
import { GuestRegions } from "./guestRegions.ts";
import { GuestSources, isMapped, selectedOf, type GuestSource } from "./guestSource.ts";
import { Hardware } from "./hardware.ts";
import { HostInterrupts } from "./hostInterrupts.ts";
import type { Irqfd, IrqBypassTable } from "./irqBypass.ts";
import type { PassthroughCall, PassthroughObserver } from "./observer.ts";
import type { Operation } from "./operation.ts";
import { strategies, type Strategy, type StrategyName } from "./strategy.ts";

/**
 * `native`: the guest drives its sources by their pages. `xics`: KVM does so, for hypercalls of the guest.
 */
export type InterruptMode = "native" | "xics";

/**
 * What the controller knows of queues: whether a server is there, and whether it takes events at a
 * priority.
 */
export interface TargetPort {
  hasServer(server: number): boolean;
  hasQueue(server: number, priority: number): boolean;
}

export interface PassthroughOptions {
  readonly mode: InterruptMode;
  /** Default `S2-address-space`, which is what Linux has. */
  readonly strategy?: StrategyName;
  /** Names of `defects.ts`; others are ignored. Default none. */
  readonly defects?: ReadonlySet<string>;
  /** IPIs that the host can give to this guest, and sources of its PHB. */
  readonly ipis?: number;
  readonly phbSources?: number;
  readonly phbStoreEoi?: boolean;
  /** Where the guest's events go; default `queues`. */
  readonly events?: GuestEventPort;
  /** Default: every server and queue is there. */
  readonly targets?: TargetPort;
}

/** User page at which user space maps the sources of the whole guest. */
export const ESB_USER_PAGE = 0x10_0000;

export class Passthrough {
  readonly mode: InterruptMode;
  readonly strategy: Strategy;
  readonly hardware: Hardware;
  readonly host: HostInterrupts;
  readonly sources = new GuestSources();
  readonly space: AddressSpace;
  readonly regions = new GuestRegions();
  readonly queues = new GuestQueues();
  readonly targets: TargetPort;
  readonly irqfds = new Map<number, Irqfd>();
  nextIrqfd = 1;
  /** Made at the first mapping, for the life of the machine. */
  table: IrqBypassTable | undefined;
  /** The host refuses to connect eventfds with interrupts directly. */
  isBypassDisabled = false;
  /** The host has no memory left for the table. */
  isOutOfMemory = false;
  /** Calls under way, each between two of its steps. */
  operations: Operation[] = [];
  observer: PassthroughObserver | undefined;
  private readonly defects: ReadonlySet<string>;

  constructor(options: PassthroughOptions) {
    const { mode, strategy = "S2-address-space", defects = new Set(), ipis = 64, phbSources = 64 } = options;
    this.mode = mode;
    this.defects = defects;
    this.strategy = strategies[this.has("passthrough.zap.lastVma") ? "S1-vma-pointer" : strategy];
    this.targets = options.targets ?? { hasServer: () => true, hasQueue: () => true };
    this.hardware = new Hardware(
      new SourceBank({ count: ipis }),
      new SourceBank({ count: phbSources, storeEoi: options.phbStoreEoi }),
    );
    const events = options.events ?? this.queues;
    this.hardware.onGuestEvent = ({ target, priority, data }, source) => {
      this.tell("route", options.events ? "elsewhere" : "queued", -1, source, "EAS", priority);
      events.notify(target, priority, data, source);
    };
    this.hardware.onDropped = (source) => this.tell("route", "dropped", -1, source, "EAS.m", 0);
    this.hardware.onIgnored = (source) => this.tell("route", "ignored", -1, source, "frozen", 0);
    this.host = new HostInterrupts(
      this.hardware, this.has("passthrough.host.allOnesIsState"), this.has("passthrough.host.forgetEntry"));
    this.hardware.onHostEvent = ({ priority }, source) => {
      this.tell("route", this.host.notify(source) ? "host" : "nobody", -1, source, "EAS", priority);
    };
    this.queues.onTaken = (entry) =>
      this.tell("guest", "taken", -1, entry.source, "queue", entry.priority);
    this.host.onTaken = ({ source, irq }) => this.tell("host", "taken", -1, source, "queue", irq);
    // User space that maps parts of the file needs mmap at any source.
    this.space = new AddressSpace(this.strategy.overlay !== "never" || this.strategy.region);
  }

  has(defect: PassthroughDefect): boolean {
    return this.defects.has(defect);
  }

  /** Maps the pages of sources 0 .. count-1 into user space, and those into the guest. */
  mapSources(count: number): void {
    this.space.mmap(ESB_USER_PAGE, 2 * count, 4);
    this.regions.add({ first: 0, pages: 2 * count, userPage: ESB_USER_PAGE });
  }

  /** A source of the guest by number, if it is valid. */
  source(lisn: number): GuestSource | undefined {
    const source = this.sources.find(lisn);
    return source?.valid ? source : undefined;
  }

  /** What a switch makes the guest's queue entries of a source hold. */
  entryDataOf({ lisn, eisn }: GuestSource): number {
    const isNumber = this.mode === "xics" || this.has("passthrough.config.dataIsLisn");
    return isNumber ? lisn : eisn;
  }

  /** LISNs that are mapped to a PHB source now. */
  mappedSources(): GuestSource[] {
    return [...this.sources.sources.values()].filter(isMapped);
  }

  tell(
    call: PassthroughCall, step: string, lisn: number, source: number, bit: string, value: number,
  ): void {
    this.observer?.({ call, step, lisn, source, bit, value });
  }

  /** As `tell`, of a guest's source and whichever interrupt is selected for it. */
  tellOf(call: PassthroughCall, step: string, source: GuestSource, bit: string, value = 0): void {
    this.tell(call, step, source.lisn, selectedOf(source), bit, value);
  }
}
