/**
 * What differs between two snapshots. Pages of equal contents have one id in the store, so only those that
 * differ are read.
 */
import type { RowDifference } from "../../engine/api/snapshot.ts";
import { snapshotLimits, type SnapshotDiff } from "../../engine/api/snapshotCalls.ts";
import { diffPages, diffSections } from "../../engine/snapshot/diff.ts";
import { decodeSections, type SavedSections } from "../../engine/snapshot/sections.ts";
import type { PageList } from "./pageList.ts";
import type { Snapshots } from "./snapshots.ts";
import { unwatched } from "./work.ts";

/** Pages that are read at a time: rows are often found in the first ones. */
const BATCH_PAGES = 64;

export interface DiffOrder {
  readonly before: number;
  readonly after: number;
  /** At most so many rows of memory. */
  readonly rowsMax: number;
}

/** Throws a sentence where one of the two is not there, or damaged. */
export async function diffSnapshots(
  snapshots: Snapshots, { before, after, rowsMax }: DiffOrder, work = unwatched,
): Promise<SnapshotDiff> {
  const sections = (id: number): SavedSections => {
    const decoded = decodeSections(snapshots.state(id));
    if (!decoded.ok) throw new Error(`Snapshot ${id}: ${decoded.error}`);
    return decoded.value;
  };
  const fields = diffSections(sections(before), sections(after));
  const [old, now] = [snapshots.pageList(before, "memory"), snapshots.pageList(after, "memory")];
  const numbers = [...new Set([...old.keys(), ...now.keys()])]
    .filter((page) => old.get(page) !== now.get(page))
    .sort((a, b) => a - b);
  const rows: RowDifference[] = [];
  let at = 0;
  for (; at < numbers.length && rows.length < rowsMax; at += BATCH_PAGES) {
    work({ step: "Comparing pages", done: at, total: numbers.length });
    const batch = numbers.slice(at, at + BATCH_PAGES);
    const pagesOf = (list: PageList) =>
      snapshots.pages.read(new Map(batch.flatMap((page) => entryOf(list, page))), "descending");
    rows.push(...diffPages(await pagesOf(old), await pagesOf(now), rowsMax - rows.length));
  }
  return {
    fields: fields.slice(0, snapshotLimits.fieldsMax),
    rows,
    pagesDiffering: numbers.length,
    isComplete: fields.length <= snapshotLimits.fieldsMax && at >= numbers.length && rows.length < rowsMax,
  };
}

const entryOf = (list: PageList, page: number): [number, number][] => {
  const id = list.get(page);
  return id === undefined ? [] : [[page, id]];
};
