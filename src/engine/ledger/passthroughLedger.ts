/**
 * The ledger of passed-through interrupts: IPIs and sources of a PHB4, and the queues of guest and host that
 * their EAS lead to. An event that has not ended is Q of its source or an entry that nobody has taken; whose
 * queue it is tells on which side of a switch it was sent.
 */
import type { LedgerLine, Obstacle } from "../api/ledger.ts";
import { PHB_FIRST } from "../devices/passthrough/hardware.ts";
import type { PassthroughStep } from "../devices/passthrough/observer.ts";
import type { Passthrough } from "../devices/passthrough/passthrough.ts";
import { ESB_QUEUED } from "../devices/xive/esb.ts";
import type { SourceBank } from "../devices/xive/sources.ts";
import { EventLedger } from "./eventLedger.ts";
import { Ledger } from "./ledger.ts";

/** Entries are numbered in the order in which they came into their queue, from 0. */
type Place =
  | { readonly kind: "source"; readonly source: number }
  | { readonly kind: "guest" | "host"; readonly entry: number };

type Side = "guest" | "host";

export class PassthroughLedger extends EventLedger<Place> {
  private readonly p: Passthrough;
  /** Entries that ever came, and those that were taken. */
  private readonly came: Record<Side, number> = { guest: 0, host: 0 };
  private readonly taken: Record<Side, number> = { guest: 0, host: 0 };

  /** Starts listening to `p` and its sources; `now` counts whatever the machine's time is. */
  constructor(p: Passthrough, now: () => bigint, book = new Ledger()) {
    super(now, book);
    this.p = p;
    const { ipis, phb } = p.hardware;
    ipis.onStep = (step) => void this.noteSource(step);
    phb.onStep = (step) => void this.noteSource({ ...step, source: PHB_FIRST + step.source });
    p.observer = (step) => this.note(step);
    this.start();
  }

  /** For a listener that shares the one place of `p` with others. */
  note({ call, step, source, bit }: PassthroughStep): void {
    if (call === "state") return this.start();
    if (call === "guest" || call === "host") {
      const entry = step === "taken" ? this.taken[call]++ : -1;
      return this.leave({ kind: call, entry }, "accepted", `${call}'s queue`);
    }
    if (call !== "route") return;
    if (step === "dropped") this.finish("masked", bit, source);
    else if (step === "ignored" || step === "nobody") this.finish("lost", bit, source);
    else if (step === "elsewhere") this.finish("drained", bit, source);
    else {
      const side: Side = step === "host" ? "host" : "guest";
      this.rest({ kind: side, entry: this.came[side]++ }, "queued", `${side}'s queue`, source);
    }
  }

  protected occupied(): Place[] {
    const { hardware, queues, host } = this.p;
    return [
      ...latched(hardware.ipis, 0), ...latched(hardware.phb, PHB_FIRST),
      ...this.entriesOf("guest", queues.entries.length), ...this.entriesOf("host", host.queue.length),
    ];
  }
  protected nameOf(place: Place): string {
    return place.kind === "source" ? `Q of ${nameOfSource(place.source)}`
      : `entry ${place.entry} of the ${place.kind}'s queue`;
  }
  protected obstaclesAt(place: Place): Obstacle[] {
    return this.sentencesAt(place).map((bit) => ({ cpu: -1, bit }));
  }
  protected sentenceOfEnd({ step, bit, into }: LedgerLine): string {
    switch (step) {
      case "accepted": return `Taken from the ${bit}.`;
      case "coalesced": return into ? `Merged into interrupt ${into}: Q was set already.` : `Merged: ${bit}.`;
      case "masked":
        return bit === "EAS.m" ? "Dropped: EAS.m is one, its source is routed nowhere."
          : "Dropped: PQ is 01, the source is off.";
      case "cleared": return `Taken away while it was pending: ${bit}.`;
      case "drained": return "Handed to the controller that has the guest's queues.";
      case "lost":
        return bit === "frozen" ? "Lost: the bridge is in error and takes no event."
          : "Lost: the host has no interrupt for the source.";
      default: return `It was ${step} and is no longer pending here.`;
    }
  }
  protected latchOf(source: number): Place {
    return { kind: "source", source };
  }

  /** With the books of a state that was there before, or was loaded. */
  private start(): void {
    for (const side of ["guest", "host"] as const) this.taken[side] = this.came[side];
    this.adopt();
    this.came.guest += this.p.queues.entries.length;
    this.came.host += this.p.host.queue.length;
  }

  private entriesOf(kind: Side, count: number): Place[] {
    return Array.from({ length: count }, (_, index) => ({ kind, entry: this.taken[kind] + index }));
  }

  private sentencesAt(place: Place): string[] {
    if (place.kind !== "source") {
      const ahead = place.entry - this.taken[place.kind];
      return [ahead ? `entries ahead of it: ${ahead}` : `no CPU of the ${place.kind} has taken it yet`];
    }
    const { hardware } = this.p;
    const name = nameOfSource(place.source);
    const found = [`P of ${name} is one: its EOI sends the event`];
    if (hardware.phbFrozen && place.source >= PHB_FIRST) found.push("the bridge is in error");
    return found;
  }
}

const latched = (bank: SourceBank, first: number): Place[] =>
  Array.from({ length: bank.count }, (_, index) => index)
    .filter((index) => bank.pq(index) === ESB_QUEUED)
    .map((index) => ({ kind: "source", source: first + index }));

const nameOfSource = (source: number): string =>
  source >= PHB_FIRST ? `PHB source ${source - PHB_FIRST}` : `IPI ${source}`;
