/**
 * The interrupt numbers that PCI functions share for their messages: a map of 0xd00 bits for LISNs 0x1300 to
 * 0x1fff. A block is the first run of free bits that is long enough; MSI-X blocks start at an even bit, MSI
 * blocks anywhere.
 */

export const MSI_FIRST_LISN = 0x1300;
export const MSI_LISNS = 0xd00;

export class MsiAllocator {
  readonly used: Uint8Array = new Uint8Array(MSI_LISNS);

  /** The first LISN of a free block of numbers that `suits`, now taken; undefined if there is none. */
  allocate(count: number, isEven: boolean, suits = (_lisn: number): boolean => true): number | undefined {
    const step = isEven ? 2 : 1;
    for (let first = 0; first + count <= MSI_LISNS; first += step) {
      const block = Array.from({ length: count }, (_, index) => first + index);
      if (!block.every((bit) => this.used[bit] === 0 && suits(MSI_FIRST_LISN + bit))) continue;
      this.used.fill(1, first, first + count);
      return MSI_FIRST_LISN + first;
    }
    return undefined;
  }

  free(firstLisn: number, count: number): void {
    const first = firstLisn - MSI_FIRST_LISN;
    this.used.fill(0, first, first + count);
  }
}
