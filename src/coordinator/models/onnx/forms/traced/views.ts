import type { GraphAxis, GraphNode } from '../../../../tracing/graph.js';
import type { GraphBuilder } from '../../graph.js';
import type { Before } from './before.js';

/** The nodes of a traced graph that move elements. */

type Of<Op extends GraphNode['op']> = Extract<GraphNode, { op: Op }>;

/** The places that a view leads to, in its order. */
function placesOf({ offset, axes }: { readonly offset: number; readonly axes: readonly GraphAxis[] }): number[] {
  return axes.reduce(
    (places, { length, stride }) =>
      places.flatMap((place) => Array.from({ length }, (_, index) => place + index * stride)),
    [offset],
  );
}

/** The elements at the places of the view. */
export function viewed(node: Of<'view'>, x: string, length: number, to: GraphBuilder): string {
  const places = placesOf(node);
  const isRun = places.every((place, i) => place === places[0] + i);
  if (isRun && places.length === length) return x;
  if (!isRun) return to.node('Gather', [x, to.ints(places)], { axis: 1 });
  const [first] = places;
  return to.node('Slice', [x, to.ints([first]), to.ints([first + places.length]), to.ints([1])]);
}

/** Each place has the sum of the elements that lead to it: those are gathered beside each other, a zero where there are fewer. */
export function scattered(node: Of<'scatter'>, x: string, length: number, to: GraphBuilder): string {
  const sources = Array.from({ length: node.size }, (): number[] => []);
  placesOf(node).forEach((place, source) => {
    sources[place].push(source);
  });
  const most = sources.reduce((count, own) => Math.max(count, own.length), 1);
  const padded = to.node('Pad', [x, to.ints([0, 0, 0, 1])], { mode: 'constant' });
  const places = sources.flatMap((own) => Array.from({ length: most }, (_, i) => own[i] ?? length));
  const gathered = to.node('Gather', [padded, to.ints(places, [node.size, most])], { axis: 1 });
  return to.node('ReduceSum', [gathered, to.ints([2])], { keepdims: 0 });
}

/** Parts side by side, in each block; one that all rows share is repeated for each. */
export function joined(node: Of<'join'>, { inputs, nodes, made }: Before, to: GraphBuilder): string {
  const rows = to.node('Shape', [inputs[0].name], { start: 0, end: 1 });
  const whole = to.node('Concat', [rows, to.ints([1, 1])], { axis: 0 });
  const parts = node.parts.map((part) => {
    const blocks = to.node('Reshape', [made[part], to.ints([0, node.blocks, nodes[part].size / node.blocks])]);
    return to.node('Expand', [blocks, whole]);
  });
  return to.node('Reshape', [to.node('Concat', parts, { axis: 2 }), to.ints([0, node.size])]);
}
