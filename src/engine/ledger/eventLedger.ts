/**
 * What the ledgers of controllers with event state buffers have in common. Hardware keeps no identity of an
 * event: here each gets one at its source, travels while its steps are told, and comes to rest in a place,
 * which is one bit or one queue entry. No place holds two; an event that finds its place taken merges.
 */
import type { LedgerLine, LedgerStep, Obstacle, Why } from "../api/ledger.ts";
import type { XiveStep } from "../devices/xive/observer.ts";
import type { Ledger } from "./ledger.ts";

/** The event whose steps are being told. */
export interface Travelling {
  readonly id: number;
  /** Source number, or -1 for an event that came from no source. */
  readonly source: number;
  /** Address of the entry of an event queue that its data was written into. */
  entry: bigint | undefined;
  /** Another event's data was written over it before anybody was told of this one. */
  isOverwritten: boolean;
  /** It came to rest. What escalates after that is an event of its own. */
  isPlaced: boolean;
}

/** The bit of a loss by a queue that wrapped. */
const OVERFLOW = "END.q";

export abstract class EventLedger<Place> {
  readonly book: Ledger;
  protected travelling: Travelling | undefined;
  /** Events at rest by the queue entry that has their data. */
  private readonly inQueue = new Map<bigint, Travelling>();
  private readonly standing = new Map<string, { readonly event: Travelling; readonly place: Place }>();
  private readonly now: () => bigint;
  private next = 1;

  /** `now` counts whatever the machine's time is. */
  constructor(now: () => bigint, book: Ledger) {
    this.now = now;
    this.book = book;
  }

  /** Every place that is taken, by the controller's own state. */
  protected abstract occupied(): Place[];
  /** In the architecture's words; no two places have the same. */
  protected abstract nameOf(place: Place): string;
  protected abstract obstaclesAt(place: Place): Obstacle[];
  protected abstract sentenceOfEnd(line: LedgerLine): string;
  /** Where a source keeps the one event that came while another waits for its EOI. */
  protected abstract latchOf(source: number): Place;

  /** Conservation against the controller's own state: undefined if the books agree, else what is wrong. */
  check(): string | undefined {
    const names = this.occupied().map((place) => this.nameOf(place));
    const nobodys = names.find((name) => !this.standing.has(name));
    if (nobodys !== undefined) return `${nobodys} is set and stands for no interrupt`;
    return this.book.check(names.map((name) => this.standing.get(name)!.event.id));
  }

  /** Undefined for an identity that is neither pending nor remembered. */
  why(id: number): Why | undefined {
    const trail = this.book.trail(id);
    const last = trail.at(-1);
    for (const { event, place } of this.standing.values())
      if (event.id === id) return this.whyPending(place, id, trail);
    if (!last) return undefined;
    const { step, bit } = last;
    return { id, step, bit, sentence: this.sentenceOfEnd(last), obstacles: [], trail };
  }

  /** The controller's state was loaded: old books are closed, and whatever is pending is pending anew. */
  adopt(): void {
    for (const { place } of [...this.standing.values()]) this.leave(place, "cleared", "state loaded");
    for (const place of this.occupied()) {
      this.raise(-1, "state loaded");
      this.rest(place, "queued", this.nameOf(place));
    }
    this.travelling = undefined;
  }

  /** The steps that banks of sources tell. False for another one. */
  protected noteSource(told: XiveStep): boolean {
    const { step, bit, source } = told;
    const latch = this.latchOf(source);
    switch (step) {
      case "raised": this.raise(source, bit); return true;
      case "latched": this.rest(latch, "queued", bit); return true;
      case "forwarded":
        if (bit === "Q") this.resume(latch);
        this.pass("forwarded", bit, source);
        return true;
      case "masked":
        if (bit === "PQ=01") this.finish("masked", bit, source);
        return bit === "PQ=01";
      case "coalesced": return this.mergeAtSource(told);
      case "cleared":
        if (bit === "Q") this.leave(latch, "cleared", bit);
        return bit === "Q";
      case "eoi": this.remark("eoi", bit, source); return true;
      default: return false;
    }
  }

  private mergeAtSource({ bit, source }: XiveStep): boolean {
    if (bit !== "Q" && bit !== "LSI") return false;
    if (this.travelling && !this.travelling.isPlaced) this.merge(this.latchOf(source), bit, source);
    // The line is still up at the EOI, and that event takes the place of the one in Q.
    else this.leave(this.latchOf(source), "coalesced", bit);
    return true;
  }

  protected raise(source: number, bit: string): Travelling {
    const id = this.next++;
    const event = { id, source, entry: undefined, isOverwritten: false, isPlaced: false };
    this.travelling = event;
    this.write(event, "raised", bit);
    return event;
  }

  /** Who travels now; an event that nobody raised before is raised here. */
  protected traveller(source: number, bit: string): Travelling {
    const { travelling } = this;
    return travelling && !travelling.isPlaced ? travelling : this.raise(source, bit);
  }

  protected pass(step: LedgerStep, bit: string, source: number): Travelling {
    const event = this.traveller(source, bit);
    this.write(event, step, bit);
    return event;
  }

  /** Ends the event that travels. */
  protected finish(step: LedgerStep, bit: string, source: number, cpu = -1): void {
    this.write(this.traveller(source, bit), step, bit, { cpu });
    this.travelling = undefined;
  }

  /** The data of the event that travels goes into a queue; what was there and waits still is gone. */
  protected enqueue(event: Travelling, entry: bigint): void {
    event.entry = entry;
    const before = this.inQueue.get(entry);
    if (before) before.isOverwritten = true;
  }

  /** Ends what rests in a place and has lost its data: the place is free. False where nothing has. */
  protected leaveOverwritten(place: Place): boolean {
    const isLost = this.at(place)?.isOverwritten ?? false;
    if (isLost) this.leave(place, "lost", OVERFLOW);
    return isLost;
  }

  /** The event that travels finds its place taken. */
  protected merge(place: Place, bit: string, source: number): void {
    if (this.traveller(source, bit).isOverwritten) return this.finish("lost", OVERFLOW, source);
    const into = this.at(place)?.id ?? 0;
    this.write(this.traveller(source, bit), "coalesced", bit, { into });
    this.travelling = undefined;
  }

  /** The event that travels comes to rest. */
  protected rest(place: Place, step: LedgerStep, bit: string, source = -1, cpu = -1): void {
    const event = this.traveller(source, bit);
    event.isPlaced = true;
    this.standing.set(this.nameOf(place), { event, place });
    if (event.entry !== undefined) this.inQueue.set(event.entry, event);
    this.write(event, step, bit, { cpu });
  }

  /** The event in a place travels again, if there is one. */
  protected resume(place: Place): Travelling | undefined {
    const event = this.at(place);
    this.vacate(place, event);
    if (event) this.travelling = { ...event, isPlaced: false };
    return event;
  }

  /** Moves what rests in a place to another, where it merges if that is taken. */
  protected move(from: Place, to: Place, step: LedgerStep, bit: string, cpu = -1): void {
    if (!this.resume(from)) return;
    if (this.at(to)) this.merge(to, bit, -1);
    else this.rest(to, step, bit, -1, cpu);
  }

  /** Ends what rests in a place, if anything does. */
  protected leave(place: Place, step: LedgerStep, bit: string, cpu = -1): void {
    const event = this.at(place);
    if (!event) return;
    this.vacate(place, event);
    this.write(event, step, bit, { cpu });
  }

  private vacate(place: Place, event: Travelling | undefined): void {
    this.standing.delete(this.nameOf(place));
    if (event?.entry !== undefined && this.inQueue.get(event.entry) === event)
      this.inQueue.delete(event.entry);
  }

  protected at(place: Place): Travelling | undefined {
    return this.standing.get(this.nameOf(place))?.event;
  }

  /** A line that belongs to no one interrupt, or to the one that is named. */
  protected remark(step: LedgerStep, bit: string, source: number, id = 0, cpu = -1): void {
    this.book.write({ at: this.now(), id, step, bit, kind: source, cpu, into: 0 });
  }

  private write(
    { id, source }: Travelling, step: LedgerStep, bit: string, { cpu = -1, into = 0 } = {},
  ): void {
    this.book.write({ at: this.now(), id, step, bit, kind: source, cpu, into });
  }

  private whyPending(place: Place, id: number, trail: readonly LedgerLine[]): Why {
    const obstacles = this.obstaclesAt(place);
    const name = this.nameOf(place);
    const step = trail.at(-1)?.step ?? "queued";
    const fate = obstacles.length
      ? `it waits because ${obstacles.map(({ bit }) => bit).join(", and ")}`
      : "its CPU takes it at the next acknowledge";
    const sentence = `Pending as ${name}: ${fate}.`;
    return { id, step, bit: obstacles[0]?.bit ?? name, sentence, obstacles, trail };
  }
}
