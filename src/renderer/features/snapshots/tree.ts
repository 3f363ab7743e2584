/** The tree of snapshots as rows: children under their parents, siblings by age. */
import type { SnapshotSummary } from "../../../engine/api/snapshot.ts";

export interface TreeRow {
  readonly snapshot: SnapshotSummary;
  /** 0 for one without a parent. */
  readonly depth: number;
}

/** One whose parent is not in the list stands as if it had none; whatever the list, each row comes once. */
export function rowsOf(all: readonly SnapshotSummary[]): TreeRow[] {
  const ids = new Set(all.map(({ id }) => id));
  const children = new Map<number | null, SnapshotSummary[]>();
  for (const one of all) {
    const parent = one.parent !== null && ids.has(one.parent) && one.parent < one.id ? one.parent : null;
    children.set(parent, [...(children.get(parent) ?? []), one]);
  }
  const rows: TreeRow[] = [];
  const add = (parent: number | null, depth: number): void => {
    for (const snapshot of children.get(parent) ?? []) {
      rows.push({ snapshot, depth });
      add(snapshot.id, depth + 1);
    }
  };
  add(null, 0);
  return rows;
}

/** The last lines that a console showed, without what only a terminal understands. */
export function screenLines(text: string, count: number): string[] {
  const plain = text
    .replaceAll(/\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(\u0007|\u001b\\)|\u001b[@-Z\\-_]/g, "")
    .replaceAll("\r", "")
    .replaceAll(/[^\n\x20-\x7e]/g, "");
  const lines = plain.split("\n");
  while (lines.at(-1)?.trim() === "") lines.pop();
  return lines.slice(-count);
}
