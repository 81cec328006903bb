/** One call in a graph, by what is called; an input or an operation on masks is a call too. */
export interface OrderedCall<T> {
  readonly of: T;
  readonly reads: readonly OrderedCall<T>[];
}

/**
 * What is called, in the order of Keras's `model.layers`: by depth, the greatest number of calls up to an output; of one depth in
 * the order in which a walk from the outputs meets it (`map_graph` of keras/src/ops/function.py). Files count layers in it.
 */
export function inKerasOrder<T>(outputs: readonly OrderedCall<T>[]): T[] {
  const { finished, met } = walk(outputs);
  const depths = new Map<OrderedCall<T>, number>();
  const depthOf = new Map<T, number>();
  for (const call of finished.toReversed()) {
    // What is called at several depths stands at the greatest.
    const depth = Math.max(depths.get(call) ?? 0, depthOf.get(call.of) ?? 0);
    depthOf.set(call.of, depth);
    for (const before of call.reads) depths.set(before, Math.max(depth + 1, depths.get(before) ?? 0));
  }
  return [...depthOf.keys()].sort(
    (a, b) => (depthOf.get(b) ?? 0) - (depthOf.get(a) ?? 0) || (met.get(a) ?? 0) - (met.get(b) ?? 0),
  );
}

/** Calls behind all that they read, and when each thing that is called was met first. */
function walk<T>(outputs: readonly OrderedCall<T>[]): { finished: OrderedCall<T>[]; met: Map<T, number> } {
  const finished = new Set<OrderedCall<T>>();
  const met = new Map<T, number>();
  // A recursion would end at some depth of the graph.
  const open = outputs.toReversed().map((call) => ({ call, isLeft: false }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { call, isLeft } = next;
    if (isLeft) finished.add(call);
    if (finished.has(call)) continue;
    if (!met.has(call.of)) met.set(call.of, met.size);
    open.push({ call, isLeft: true }, ...call.reads.toReversed().map((one) => ({ call: one, isLeft: false })));
  }
  return { finished: [...finished], met };
}
