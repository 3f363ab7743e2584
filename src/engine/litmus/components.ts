/** Strongly connected components of a graph of states: the loops that an interleaving can go round. */

export interface Components {
  /** Component of each state. A component's number is greater than those of all that it leads to. */
  readonly of: Int32Array;
  readonly count: number;
}

/** Tarjan's algorithm (SIAM J. Comput. 1, 1972) with a stack of its own, as walks are deeper than ours. */
export function componentsOf(successors: readonly (readonly number[])[]): Components {
  const size = successors.length;
  const of = new Int32Array(size).fill(-1);
  const order = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const nextEdge = new Int32Array(size);
  const open: number[] = [];
  const way: number[] = [];
  let visited = 0;
  let count = 0;
  const enter = (state: number): void => {
    order[state] = low[state] = visited++;
    open.push(state);
    way.push(state);
  };
  const close = (state: number): void => {
    for (let member = -1; member !== state;) {
      member = open.pop()!;
      of[member] = count;
    }
    count++;
  };
  for (let root = 0; root < size; root++) {
    if (order[root] === -1) enter(root);
    while (way.length > 0) {
      const state = way[way.length - 1]!;
      const target = successors[state]![nextEdge[state]!];
      if (target !== undefined) {
        nextEdge[state]!++;
        if (order[target] === -1) enter(target);
        else if (of[target] === -1) low[state] = Math.min(low[state]!, order[target]!);
        continue;
      }
      way.pop();
      const before = way[way.length - 1];
      if (before !== undefined) low[before] = Math.min(low[before]!, low[state]!);
      if (low[state] === order[state]) close(state);
    }
  }
  return { of, count };
}
