import { type LayerForms, single } from '../form.js';
import { elementTypes, type GraphBuilder, type OnnxValue } from '../graph.js';

const numbers = (truth: string, to: GraphBuilder): string => to.node('Cast', [truth], { to: elementTypes.float32 });

/** With one axis more, behind the others. */
const expanded = (x: string, to: GraphBuilder): string => to.node('Unsqueeze', [x, to.ints([-1])]);

/** Places of the numbers of `depth` among indices: one axis more, or counted over the last one; `shape` is what is made. */
function encoded(x: OnnxValue, depth: number, mode: string, shape: readonly number[], to: GraphBuilder): OnnxValue {
  if (mode === 'int') return x;
  const places = to.floats([...Array(depth).keys()], [depth]);
  const hits = numbers(to.node('Equal', [expanded(x.name, to), places]), to);
  const last = x.shape.length;
  if (mode === 'oneHot') return { name: to.node('Reshape', [hits, to.ints([0, ...shape])]), shape };
  const counts = to.node('ReduceSum', [hits, to.ints([last])], { keepdims: 0 });
  return { name: mode === 'count' ? counts : to.node('Min', [counts, to.floats(1)]), shape };
}

export const categoryForms: LayerForms = {
  CategoryEncoding: single(({ config, outputShape }, x, to) =>
    encoded(x, Number(config.numTokens), String(config.outputMode ?? 'multiHot'), outputShape, to),
  ),

  /** How many of the boundaries are not above each number. */
  Discretization: single(({ config, outputShape }, x, to) => {
    const boundaries = config.binBoundaries as number[];
    const ends = to.floats(boundaries, [boundaries.length]);
    const passed = numbers(to.node('GreaterOrEqual', [expanded(x.name, to), ends]), to);
    const name = to.node('ReduceSum', [passed, to.ints([-1])], { keepdims: 0 });
    return encoded({ ...x, name }, boundaries.length + 1, String(config.outputMode ?? 'int'), outputShape, to);
  }),
};
