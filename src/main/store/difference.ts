/**
 * What a machine lacks to be what a snapshot was. Contents that two snapshots share have one id, so a machine
 * that is known to be one of them, but for some pages, gets only those pages and what the two differ in.
 */
import type { PageList } from "./pageList.ts";
import type { Snapshots, StoredState } from "./snapshots.ts";
import { unwatched } from "./work.ts";

export interface DifferenceOrder {
  readonly snapshot: number;
  /** What the machine was when it last was saved or restored. */
  readonly base: number;
  /** Pages of its memory that it has changed since then. */
  readonly changed: Uint32Array;
}

/**
 * The snapshot with those pages of memory that the machine has not, the ones that become zeros among them.
 * Throws a sentence where the two did not begin alike, one is not there, or what is wanted is damaged.
 */
export async function readDifference(
  snapshots: Snapshots, { snapshot, base, changed }: DifferenceOrder, work = unwatched,
): Promise<StoredState> {
  if (!snapshots.beganAlike(snapshot, base))
    throw new Error(`Snapshots ${snapshot} and ${base} are not of machines that were started alike.`);
  const wanted = snapshots.pageList(snapshot, "memory");
  const present = snapshot === base ? wanted : snapshots.pageList(base, "memory");
  const isChanged = new Set(changed);
  const list: PageList = new Map();
  for (const [page, id] of wanted) if (isChanged.has(page) || present.get(page) !== id) list.set(page, id);
  const zeros = new Set([...present.keys(), ...changed].filter((page) => !wanted.has(page)));
  const stored = await snapshots.readState(snapshot, list, work);
  const memory = { ...stored.saved.memory, zeros: Uint32Array.from(zeros).sort() };
  return { ...stored, saved: { ...stored.saved, memory } };
}
