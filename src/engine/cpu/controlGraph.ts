/**
 * From a control-flow graph to structured control: reverse postorder, dominators, loop headers and merge
 * points (Ramsey, "Beyond Relooper", 2022). Node -1 is the root that dispatches to the region's entries;
 * edges into the middle of a loop that no header dominates go back through it.
 */
export const ROOT = -1;

export interface Structure {
  readonly order: ReadonlyMap<number, number>;
  readonly headers: ReadonlySet<number>;
  readonly merges: ReadonlySet<number>;
  /** Dominator-tree children that are merge points, highest order first. */
  mergeChildren(node: number): readonly number[];
  isBack(from: number, to: number): boolean;
  dominates(a: number, b: number): boolean;
}

/** `irreducible` are targets of back edges that do not dominate their source: they must become entries. */
export function structure(successorsOf: (node: number) => readonly number[]): {
  structure: Structure;
  irreducible: readonly number[];
} {
  const post: number[] = [];
  const seen = new Set<number>();
  const visit = (node: number): void => {
    seen.add(node);
    for (const s of [...successorsOf(node)].reverse()) if (!seen.has(s)) visit(s);
    post.push(node);
  };
  visit(ROOT);
  const order = new Map(post.reverse().map((node, i) => [node, i]));
  const at = (node: number): number => order.get(node)!;
  const predecessors = new Map<number, number[]>();
  for (const node of post)
    for (const s of successorsOf(node)) predecessors.set(s, [...(predecessors.get(s) ?? []), node]);

  const idom = new Map<number, number>([[ROOT, ROOT]]);
  const meet = (a: number, b: number): number => {
    while (a !== b) {
      while (at(a) > at(b)) a = idom.get(a)!;
      while (at(b) > at(a)) b = idom.get(b)!;
    }
    return a;
  };
  for (let changed = true; changed;) {
    changed = false;
    for (const node of post) {
      if (node === ROOT) continue;
      let d: number | undefined;
      for (const p of predecessors.get(node)!) if (idom.has(p)) d = d === undefined ? p : meet(d, p);
      if (idom.get(node) !== d) {
        idom.set(node, d!);
        changed = true;
      }
    }
  }
  const dominates = (a: number, b: number): boolean => {
    while (b !== a && b !== ROOT) b = idom.get(b)!;
    return a === b;
  };
  const isBack = (from: number, to: number): boolean => at(to) <= at(from);
  const headers = new Set<number>();
  const merges = new Set<number>();
  const irreducible = new Set<number>();
  for (const node of post)
    for (const s of successorsOf(node))
      if (isBack(node, s)) (dominates(s, node) ? headers : irreducible).add(s);
  const children = new Map<number, number[]>();
  for (const node of post) {
    if (node === ROOT) continue;
    const from = predecessors.get(node)!;
    if (from.filter((p) => !isBack(p, node)).length > 1 || from.includes(ROOT)) {
      merges.add(node);
      const d = idom.get(node)!;
      children.set(d, [...(children.get(d) ?? []), node]);
    }
  }
  for (const list of children.values()) list.sort((a, b) => at(b) - at(a));
  return {
    structure: {
      order,
      headers,
      merges,
      mergeChildren: (node) => children.get(node) ?? [],
      isBack,
      dominates,
    },
    irreducible: [...irreducible],
  };
}
