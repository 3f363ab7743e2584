/**
 * Interrupt numbers (LISN) of a pseries machine, and who gives the message-signalled ones out.
 */
import { refuse, ok, type Result } from "../../base/result.ts";

/** Numbers 0 .. 0x1fff exist. */
export const LISN_COUNT = 0x2000;
/** One inter-processor interrupt per server. */
export const LISN_IPI = 0x0000;
export const LISN_EPOW = 0x1000;
export const LISN_HOTPLUG = 0x1001;
export const LISN_VIO = 0x1100;
export const LISN_VIO_COUNT = 0x100;
/** Level-sensitive lines of PCI host bridges. */
export const LISN_PCI_LSI = 0x1200;
export const LISN_MSI = 0x1300;
export const LISN_MSI_COUNT = 0xd00;

/** What the allocator answers when it has no room: RTAS "hardware error". */
export const MSI_EXHAUSTED = -1;

/** Blocks of message numbers, lowest first. */
export class MsiNumbers {
  private readonly used = new Uint8Array(LISN_MSI_COUNT);

  /**
   * `count` numbers in a row. Blocks for MSI-X begin at an even distance from LISN_MSI, those for MSI
   * anywhere. Returns the first number.
   */
  allocate(count: number, isMsiX: boolean): Result<number, typeof MSI_EXHAUSTED> {
    if (!Number.isInteger(count) || count < 1) return refuse(MSI_EXHAUSTED);
    const step = isMsiX ? 2 : 1;
    let first = 0;
    while (first + count <= LISN_MSI_COUNT) {
      const lastUsed = this.used.lastIndexOf(1, first + count - 1);
      if (lastUsed < first) {
        this.used.fill(1, first, first + count);
        return ok(LISN_MSI + first);
      }
      first = Math.ceil((lastUsed + 1) / step) * step;
    }
    return refuse(MSI_EXHAUSTED);
  }

  /** Numbers that are not message numbers are left alone. */
  free(first: number, count: number): void {
    const from = Math.max(first - LISN_MSI, 0);
    this.used.fill(0, from, Math.max(first - LISN_MSI + count, from));
  }

  isUsed(lisn: number): boolean {
    return this.used[lisn - LISN_MSI] === 1;
  }

  /** Numbers in use, ascending. */
  save(): number[] {
    return [...this.used].flatMap((used, index) => (used ? [LISN_MSI + index] : []));
  }

  load(used: readonly number[]): void {
    this.used.fill(0);
    for (const lisn of used) this.used[lisn - LISN_MSI] = 1;
  }
}
