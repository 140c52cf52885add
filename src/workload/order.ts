/**
 * Topological order of a graph given by predecessors, or the cycle that forbids one.
 * Inputs: for each node the nodes it depends on. Invariants: a list already in order stays as it is; no recursion, so
 * that long chains are safe.
 */

/** The outcome of ordering: an order of all nodes, or one cycle (each node feeds the next, the last feeds the first). */
export type Ordering = { order: number[]; cycle?: undefined } | { order?: undefined; cycle: number[] };

/** Orders nodes so that each comes after its predecessors; keeps the given order where it can. */
export function topologicalOrder(predecessors: readonly (readonly number[])[]): Ordering {
  const state = new Uint8Array(predecessors.length); // 0 untouched, 1 on the stack, 2 done
  const order: number[] = [];
  for (let root = 0; root < predecessors.length; root++) {
    if (state[root] !== 0) continue;
    const stack: { node: number; next: number }[] = [{ node: root, next: 0 }];
    state[root] = 1;
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const edges = predecessors[top.node]!;
      if (top.next === edges.length) {
        state[top.node] = 2;
        order.push(top.node);
        stack.pop();
        continue;
      }
      const before = edges[top.next++]!;
      if (state[before] === 1) {
        const from = stack.findIndex((entry) => entry.node === before);
        return { cycle: dataOrder(stack.slice(from).map((entry) => entry.node)) };
      }
      if (state[before] === 0) {
        state[before] = 1;
        stack.push({ node: before, next: 0 });
      }
    }
  }
  return { order };
}

/** The stack runs from consumer to producer; a reader wants the flow of data, from the first node of the list. */
function dataOrder(path: readonly number[]): number[] {
  const cycle = path.toReversed();
  const first = cycle.indexOf(cycle.reduce((least, node) => Math.min(least, node)));
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}
