/**
 * The ledger of arm64's private interrupts: an identity for each assertion of a PPI, from the rising line or
 * the write that sets it pending to its acknowledge, or to whatever takes it away.
 */
import type { LedgerLine, LedgerStep, Why } from "../api/ledger.ts";
import { FIRST_PPI, PPI_COUNT, bitOfIntid, untakenOf, type PpiState } from "../devices/arm/ppi.ts";
import type { PpiCause, VcpuInterrupts } from "../devices/arm/vcpuInterrupts.ts";
import type { LineOwner } from "../devices/arm/vgic.ts";
import { Ledger } from "./ledger.ts";
import { ppiObstacles } from "./ppiObstacles.ts";

const causes: Readonly<Record<PpiCause, string>> = {
  line: "line", register: "GICR register", acknowledge: "ICC_IAR", end: "ICC_EOIR",
  snapshot: "snapshot",
};
const INTIDS = Array.from({ length: PPI_COUNT }, (_, n) => FIRST_PPI + n);

export class PpiLedger {
  readonly book: Ledger;
  private readonly vcpus: readonly VcpuInterrupts[];
  private readonly now: () => bigint;
  private nextId = 1;
  /** Identities of what nobody has taken, and of what is active, by vCPU and INTID. */
  private readonly untaken = new Map<string, number>();
  private readonly active = new Map<string, number>();

  /** Starts listening to vCPUs at which nothing is pending. */
  constructor(vcpus: readonly VcpuInterrupts[], now: () => bigint, book = new Ledger()) {
    this.vcpus = vcpus;
    this.now = now;
    this.book = book;
    this.listen();
  }

  /** To be called again when a vCPU was added. */
  listen(): void {
    for (const [cpu, vcpu] of this.vcpus.entries())
      vcpu.observer = {
        changed: (cause, before, after) => this.changed(cpu, cause, before, after),
        dropped: (source, intid) => this.dropped(cpu, source, intid),
      };
  }

  /** Undefined if books and redistributors agree, else what is wrong. */
  check(): string | undefined {
    const pending = this.vcpus.flatMap(({ ppis }, cpu) =>
      INTIDS.filter((intid) => untakenOf(ppis) & bitOfIntid(intid))
        .map((intid) => this.untaken.get(`${cpu}:${intid}`) ?? 0));
    return this.book.check(pending);
  }

  /** Undefined for an identity that is neither pending nor remembered. */
  why(id: number): Why | undefined {
    const trail = this.book.trail(id);
    const last = trail.at(-1);
    if (!last) return undefined;
    const { step, bit, cpu, kind: intid } = last;
    if (!this.book.isPending(id))
      return {
        id, step, bit, sentence: `INTID ${intid} of vCPU ${cpu}: ${step}, ${bit}.`, obstacles: [], trail,
      };
    const obstacles = ppiObstacles(this.vcpus[cpu]!, intid).map((text) => ({ cpu, bit: text }));
    const fate = obstacles.length ? "it is not signalled" : "the next acknowledge takes it";
    return {
      id, step, bit: obstacles[0]?.bit ?? bit, obstacles, trail,
      sentence: `INTID ${intid} is pending at vCPU ${cpu}: ${fate}.`,
    };
  }

  private changed(cpu: number, cause: PpiCause, before: PpiState, after: PpiState): void {
    const [was, is] = [untakenOf(before), untakenOf(after)];
    const rises = cause === "line" ? after.line & ~before.line : 0;
    for (const intid of INTIDS) {
      const bit = bitOfIntid(intid);
      const key = `${cpu}:${intid}`;
      if (cause === "end" && before.active & ~after.active & bit) this.ended(cpu, intid, key);
      if (is & ~was & bit) this.untaken.set(key, this.raise(cpu, intid, causes[cause]));
      else if (rises & was & bit) this.coalesce(cpu, intid, this.untaken.get(key)!);
      if (was & ~is & bit) this.leave(cpu, intid, key, cause);
    }
  }

  private raise(cpu: number, intid: number, cause: string): number {
    const id = this.nextId++;
    this.write(cpu, intid, id, "raised", cause);
    this.write(cpu, intid, id, "queued", "pending bit");
    return id;
  }

  private coalesce(cpu: number, intid: number, into: number): void {
    const id = this.nextId++;
    this.write(cpu, intid, id, "raised", "line");
    this.write(cpu, intid, id, "coalesced", "pending bit", into);
  }

  private leave(cpu: number, intid: number, key: string, cause: PpiCause): void {
    const id = this.untaken.get(key)!;
    this.untaken.delete(key);
    if (cause === "acknowledge") this.active.set(key, id);
    this.write(cpu, intid, id, cause === "acknowledge" ? "accepted" : "cleared", causes[cause]);
  }

  private ended(cpu: number, intid: number, key: string): void {
    const id = this.active.get(key);
    this.active.delete(key);
    if (id !== undefined) this.write(cpu, intid, id, "eoi", "ICC_EOIR");
  }

  private dropped(cpu: number, source: LineOwner, intid: number): void {
    const id = this.nextId++;
    this.write(cpu, intid, id, "raised", source);
    this.write(cpu, intid, id, "lost", `${source} does not own the line`);
  }

  private write(
    cpu: number, intid: number, id: number, step: LedgerStep, bit: string, into = 0,
  ): void {
    const line: LedgerLine = { at: this.now(), id, step, bit, kind: intid, cpu, into };
    this.book.write(line);
  }
}
