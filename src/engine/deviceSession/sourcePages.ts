/** The page table entries through which a guest's pages of a source are reached, and where each leads. */
import type { SourcePage } from "../api/xiveView.ts";
import { ESB_FILE_PAGE, type Mapping } from "../devices/passthrough/addressSpace.ts";
import { selectedOf } from "../devices/passthrough/guestSource.ts";
import { PHB_FIRST } from "../devices/passthrough/hardware.ts";
import type { Passthrough } from "../devices/passthrough/passthrough.ts";

/** By its hardware number: "IPI 7", "PHB source 0". */
export const sourceName = (source: number): string =>
  source < 0 ? "none" : source >= PHB_FIRST ? `PHB source ${source - PHB_FIRST}` : `IPI ${source}`;

/** Entries that stand for one of the source's two pages, by the area that they lie in. */
export function pagesOf(p: Passthrough, lisn: number): SourcePage[] {
  const source = p.source(lisn);
  const found: SourcePage[] = [];
  for (const [userPage, frame] of p.space.entries) {
    const area = p.space.mappingAt(userPage);
    if (frame === "tima-os" || !area || lisnAt(area, userPage) !== lisn) continue;
    const isReached = !p.strategy.region || p.regions.reaches(userPage);
    found.push({
      userPage: userPage.toString(16),
      page: frame.page,
      leadsTo: sourceName(frame.source),
      isStale: isReached && (!source || selectedOf(source) !== frame.source),
      area: area.id,
    });
  }
  return found;
}

const lisnAt = ({ filePage, start }: Mapping, userPage: number): number =>
  Math.floor((filePage - ESB_FILE_PAGE + userPage - start) / 2);
