/**
 * Where the guest's pages of sources come from in user space: regions of guest memory, each backed by a run
 * of user pages. A later region lies over the earlier ones. Pages of 64 KiB; guest pages count from the
 * first page of source 0.
 */

export interface GuestRegion {
  readonly first: number;
  readonly pages: number;
  readonly userPage: number;
}

export class GuestRegions {
  regions: GuestRegion[] = [];
  /** Guest pages for which no region is in force while user space rebuilds its map. */
  rebuilding: { readonly first: number; readonly pages: number } | undefined;

  add(region: GuestRegion): void {
    this.regions.push(region);
  }

  remove(first: number): void {
    const at = this.regions.findLastIndex((one) => one.first === first);
    if (at >= 0) this.regions.splice(at, 1);
  }

  /** The user page behind a guest page; undefined where there is none. */
  translate(guestPage: number): number | undefined {
    if (this.rebuilding && covers(this.rebuilding, guestPage)) return undefined;
    const region = this.regions.findLast((one) => covers(one, guestPage));
    return region && region.userPage + guestPage - region.first;
  }

  /** Whether the guest can reach a user page, or another region hides it. */
  reaches(userPage: number): boolean {
    return this.regions.some(({ first, userPage: start }) =>
      this.translate(first + userPage - start) === userPage);
  }
}

const covers = ({ first, pages }: { first: number; pages: number }, page: number): boolean =>
  page >= first && page < first + pages;
