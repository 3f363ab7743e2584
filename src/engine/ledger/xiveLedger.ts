/**
 * The ledger of a XIVE. An event that has not ended stands for exactly one bit of hardware: Q of its source,
 * a priority in a thread's IPB, in the backlog of an NVT, or in the registers of a vCPU that KVM has taken
 * off its thread. That bits and identities agree, both ways, is what `check` says.
 *
 * A queue entry is no place: hardware does not learn that it was read. An event merged into IPB has its entry
 * in the queue, and whoever takes the priority finds both. Where a queue wraps before that, the event that is
 * pending has lost its data to the one that was written over it, which takes its place.
 */
import type { LedgerLine, Obstacle } from "../api/ledger.ts";
import type { XiveChip } from "../devices/xive/chip.ts";
import { queueAddress } from "../devices/xive/eventQueue.ts";
import type { XicsStep } from "../devices/xics/observer.ts";
import type { XiveStep } from "../devices/xive/observer.ts";
import { IPB, RING_OS, ipbBit, type Ring } from "../devices/xive/threadContext.ts";
import { EventLedger } from "./eventLedger.ts";
import { Ledger } from "./ledger.ts";
import { sentenceOfXiveEnd, xiveObstacles } from "./xiveObstacles.ts";
import { PRIORITIES, hexOf, nameOfPlace, occupiedPlaces, rings, type XivePlace } from "./xivePlaces.ts";

const inContext = (thread: number, ring: Ring) => (priority: number): XivePlace =>
  ({ kind: "context", thread, ring, priority });
const inBacklog = (nvt: number) => (priority: number): XivePlace => ({ kind: "backlog", nvt, priority });
const inSaved = (nvt: number) => (priority: number): XivePlace => ({ kind: "saved", nvt, priority });
type PlaceAt = (priority: number) => XivePlace;

export class XiveLedger extends EventLedger<XivePlace> {
  private readonly chip: XiveChip;
  private readonly keptIpb: ((nvt: number) => number) | undefined;

  /**
   * Starts listening to `chip`; `now` counts whatever the machine's time is. `keptIpb`, for a chip behind
   * KVM: IPB in the registers that it keeps of a virtual processor, by NVT index, while no thread runs it.
   */
  constructor(
    chip: XiveChip, now: () => bigint, keptIpb?: (nvt: number) => number, book = new Ledger(),
  ) {
    super(now, book);
    this.chip = chip;
    this.keptIpb = keptIpb;
    chip.onStep = (step) => this.note(step);
    this.adopt();
  }

  /** For a listener that shares the chip's one place with others. */
  note(told: XiveStep): void {
    if (!this.noteSource(told) && !this.noteRouting(told)) this.noteContext(told);
  }

  /**
   * What XICS above this XIVE did, in the guest's numbers: lines beside those of the events, which have the
   * host's. They belong to no one event: an entry of a queue has no identity.
   */
  noteXics({ step, server, irq, priority }: XicsStep): void {
    const at = `priority ${priority}`;
    const [taken, bit] = ({
      accepted: ["accepted", `XIRR: ${hexOf(irq)} at ${at}`],
      eoi: ["eoi", `H_EOI: ${hexOf(irq)}, CPPR ${priority}`],
      rerouted: ["requeued", `rerouted: ${hexOf(irq)} from server ${server}`],
      mfrr: ["raised", `MFRR: ${at}`],
    } as const)[step];
    this.remark(taken, bit, irq, 0, server);
  }

  protected occupied(): XivePlace[] {
    return occupiedPlaces(this.chip, this.keptIpb);
  }
  protected nameOf(place: XivePlace): string {
    return nameOfPlace(place);
  }
  protected obstaclesAt(place: XivePlace): Obstacle[] {
    return xiveObstacles(this.chip, place);
  }
  protected sentenceOfEnd(line: LedgerLine): string {
    return sentenceOfXiveEnd(line);
  }
  protected latchOf(source: number): XivePlace {
    return { kind: "source", source };
  }

  /** What happens between a source and where the event comes to rest. False for another step. */
  private noteRouting({ step, bit, source, end, target, priority, value }: XiveStep): boolean {
    switch (step) {
      case "queued":
        this.enqueue(
          this.pass("queued", `${bit}: entry ${value} of END ${hexOf(end)}`, source),
          queueAddress(this.chip.ends, end) + 4n * BigInt(value));
        return true;
      case "unwritten":
        this.pass("queued", `${bit}: memory refused the entry of END ${hexOf(end)}`, source);
        return true;
      case "escalated": this.pass("forwarded", bit, source); return true;
      case "masked": this.finish("masked", bit, source); return true;
      case "dropped": this.finish(bit === "EAS.m" ? "masked" : "lost", bit, source); return true;
      case "silent":
        this.finish(this.traveller(source, bit).entry !== undefined ? "drained" : "lost", bit, source);
        return true;
      case "coalesced": {
        const isBacklog = bit === "NVT.IPB";
        const place = (isBacklog ? inBacklog(target) : inContext(target, value as Ring))(priority);
        if (!this.leaveOverwritten(place)) this.merge(place, bit, source);
        else this.rest(place, isBacklog ? "queued" : "notified", bit, source, isBacklog ? -1 : target);
        return true;
      }
      default: return false;
    }
  }

  private noteContext({ step, bit, source, target, priority, value }: XiveStep): void {
    const place = inContext(target, value as Ring)(priority);
    switch (step) {
      case "pending": return this.rest(place, "notified", bit, source, target);
      case "backlogged": return this.rest(inBacklog(target)(priority), "queued", bit, source);
      case "presented": return this.remark("kicked", bit, -1, this.at(place)?.id, target);
      case "accepted":
        if (target < 0) return this.finish(step, bit, source);
        if (!this.leaveOverwritten(place)) this.leave(place, step, bit, target);
        return;
      case "set":
        if (bit !== "IPB") return;
        return this.reconcile(inContext(target, value as Ring), this.ipbOf(target, value as Ring), bit);
      case "kept": return this.reconcile(inSaved(target), value, bit);
      case "dispatched":
        return this.moveAll(inBacklog(value), inContext(target, RING_OS), "notified", bit, target);
      case "restored":
        return this.moveAll(inSaved(value), inContext(target, RING_OS), "notified", bit, target);
      case "saved": return this.moveAll(inContext(target, RING_OS), inSaved(value), "queued", bit);
      case "cleared":
        if (bit === "reset") for (const ring of rings) this.reconcile(inContext(target, ring), 0, bit);
        else for (const kept of [inBacklog, inSaved]) this.reconcile(kept(target), 0, bit);
        return;
      case "loaded": return this.adopt();
      default: return;
    }
  }

  private ipbOf(thread: number, ring: Ring): number {
    return this.chip.thread(thread).get(ring, IPB);
  }

  private moveAll(from: PlaceAt, to: PlaceAt, step: "notified" | "queued", bit: string, cpu = -1): void {
    for (const priority of PRIORITIES) this.move(from(priority), to(priority), step, bit, cpu);
  }

  /** Software wrote the bits: what it took away is cleared, what it added is an interrupt of its own. */
  private reconcile(place: PlaceAt, ipb: number, bit: string): void {
    for (const priority of PRIORITIES) {
      const one = place(priority);
      if (!(ipb & ipbBit(priority))) this.leave(one, "cleared", bit);
      else if (!this.at(one)) {
        this.raise(-1, bit);
        this.rest(one, "queued", bit);
      }
    }
  }
}
