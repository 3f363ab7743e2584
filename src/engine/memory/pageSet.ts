/** Pages on their way between a machine and a store (`api/snapshot.ts`). */
import { PAGE_BYTES, type PageSet } from "../api/snapshot.ts";

/** Where pages come from. */
export interface PagedStorage {
  readonly order: PageSet["order"];
  isZeroPage(page: number): boolean;
  /** Copies a page to `into` at `at`. */
  copyPage(page: number, into: Uint8Array, at: number): void;
}

/** The sentence that refuses pages which cannot be of a storage of `size` bytes. */
export function objectionToPages(
  { numbers, bytes, zeros, order }: PageSet, size: number, wanted: PageSet["order"],
): string | undefined {
  const pages = Math.ceil(size / PAGE_BYTES);
  if (order !== wanted) return `Pages came in ${order} order; this machine has them ${wanted}.`;
  if (bytes.length !== numbers.length * PAGE_BYTES)
    return `${numbers.length} pages are promised and ${bytes.length} bytes came.`;
  for (const list of [numbers, zeros])
    for (const [index, page] of list.entries())
      if (page >= pages || (index > 0 && page <= list[index - 1]!))
        return `Page ${page} is out of order, or beyond the ${pages} pages of the machine.`;
  return undefined;
}

/**
 * A byte image as pages; the last one may be shorter than a page and is filled up with zeros. What lies under
 * the pages of a snapshot is the image at the start, so zeros are contents like any other.
 */
export function pagedImage(image: Uint8Array): PagedStorage {
  const part = (page: number): Uint8Array => image.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  return {
    order: "ascending",
    isZeroPage: () => false,
    copyPage: (page, into, at) => into.set(part(page), at),
  };
}
