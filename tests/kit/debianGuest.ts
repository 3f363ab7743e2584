/** The Debian guest, if this host has fetched it: copied into a folder of one's own, with nothing else. */
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { dataFolder } from "../../src/main/dataFolder.ts";
import { debianGuestId } from "../../src/main/guests/debianGuest.ts";

const fetched = join(dataFolder(), "guests", debianGuestId);
export const debianMissing = existsSync(fetched)
  ? ""
  : ` [skipped: no Debian guest; latchwork guests fetch ${debianGuestId}]`;

export function copyDebian(dataDir: string): void {
  cpSync(fetched, join(dataDir, "guests", debianGuestId), { recursive: true });
}
