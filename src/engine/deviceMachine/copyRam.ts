/** RAM of one device machine as it is in another. */
import { PAGE_BYTES } from "../api/snapshot.ts";
import type { GuestMemory } from "../memory/guestMemory.ts";

/** Both have the same size. Pages that are zero on both sides are passed over. */
export function copyRam(to: GuestMemory, from: GuestMemory): void {
  const bytes = new Uint8Array(PAGE_BYTES);
  for (let page = 0; page < from.size / PAGE_BYTES; page++) {
    if (from.isZeroPage(page) && to.isZeroPage(page)) continue;
    from.copyPage(page, bytes, 0);
    to.storePage(page, bytes, "loader");
  }
}
