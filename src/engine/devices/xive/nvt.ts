/**
 * Notification virtual targets (NVT): one per virtual processor, by index (19 bits; block 0). Of the 16 words
 * only two matter here: word 0 bit 0 (valid), and word 4 bits 16-23, numbered from the left: the backlog of
 * priorities that arrived while no thread was dispatched.
 */
import { assert } from "../../base/assert.ts";
import { xiveStep, type XiveObserver } from "./observer.ts";

/** Word 4. */
export const NVT_IPB = 0x0000ff00;
export const NVT_INDEX_MAX = 0x7ffff;

export class NvtTable {
  /** Backlog IPB of each valid NVT. */
  private readonly backlog = new Map<number, number>();
  onStep: XiveObserver | undefined;

  /** Creates a valid NVT without a backlog. */
  add(nvt: number): void {
    assert(nvt >= 0 && nvt <= NVT_INDEX_MAX, `NVT index ${nvt} has more than 19 bits`);
    this.backlog.set(nvt, 0);
    this.tellCleared(nvt);
  }

  remove(nvt: number): void {
    this.backlog.delete(nvt);
    this.tellCleared(nvt);
  }

  has(nvt: number): boolean {
    return this.backlog.has(nvt);
  }

  /** Bit 0x80 is priority 0. */
  ipb(nvt: number): number {
    return this.backlog.get(nvt) ?? 0;
  }

  word4(nvt: number): number {
    return (this.ipb(nvt) << 8) & NVT_IPB;
  }

  addBacklog(nvt: number, bits: number): void {
    if (this.has(nvt)) this.backlog.set(nvt, this.ipb(nvt) | bits);
  }

  /** The backlog, which is then empty: what pushing a context does. */
  takeBacklog(nvt: number): number {
    const bits = this.ipb(nvt);
    if (bits) this.backlog.set(nvt, 0);
    return bits;
  }

  clearBacklogs(): void {
    for (const nvt of this.backlog.keys()) {
      this.backlog.set(nvt, 0);
      this.tellCleared(nvt);
    }
  }

  /** Index and backlog of each, ascending. */
  save(): (readonly [nvt: number, ipb: number])[] {
    return [...this.backlog].sort(([a], [b]) => a - b);
  }

  load(saved: readonly (readonly [number, number])[]): void {
    this.backlog.clear();
    for (const [nvt, ipb] of saved) this.backlog.set(nvt, ipb);
  }

  private tellCleared(nvt: number): void {
    this.onStep?.(xiveStep("cleared", "NVT.IPB", { target: nvt }));
  }
}
