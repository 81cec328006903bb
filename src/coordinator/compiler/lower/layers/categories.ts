import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { tfc } from '../../../../shared/tfjs/tfjs.js';
import { positive, word } from '../arguments.js';
import type { LayerDescription } from '../description.js';
import { lowerFormula } from '../formula.js';
import type { LayerLowering } from '../layer.js';

/** Layers that make categories of numbers; no gradient passes them. */

/** `binary` is Keras's former name of `multiHot`. */
type Mode = 'int' | 'oneHot' | 'multiHot' | 'binary' | 'count';

/** Places of the numbers of `depth` among the indices x [rows, …]: one axis more, or counted over the last one. */
function encoded(x: Tensor, depth: number, mode: Mode): Tensor {
  if (mode === 'int') return x;
  const places = tfc.reshape(tfc.range(0, depth), [...Array<number>(x.rank).fill(1), depth]);
  const hits = tfc.cast(tfc.equal(tfc.expandDims(x, -1), places), 'float32');
  const last = x.rank - 1;
  if (mode === 'oneHot') return x.shape[last] === 1 ? tfc.sum(hits, last) : hits;
  const counts = tfc.sum(hits, last);
  return mode === 'count' ? counts : tfc.minimum(counts, 1);
}

function categorizing(
  type: string,
  own: LayerLowering['arguments'],
  formulaOf: (config: LayerDescription['config']) => (x: Tensor) => Tensor,
): LayerLowering {
  return {
    type,
    arguments: { ...own, sparse: z.literal(false).optional() },
    lower(layer, x, to) {
      const of = formulaOf(layer.config);
      const part = { name: 'formula', shape: layer.outputShape, formula: ([given]: readonly Tensor[]) => of(given) };
      const untrained = { ...x, trained: false };
      const { value } = lowerFormula(layer, { ...part, weights: [] }, [untrained], to);
      to.onBackward(() => -1);
      return { ...value, trained: false };
    },
  };
}

const categoryEncoding = categorizing(
  'CategoryEncoding',
  {
    numTokens: positive,
    outputMode: word(['oneHot', 'multiHot', 'count', 'binary']),
  },
  ({ numTokens, outputMode = 'multiHot' }) =>
    (x) =>
      encoded(x, Number(numTokens), outputMode as Mode),
);

/** How many of the boundaries, which are sorted, are not above each number. */
const discretization = categorizing(
  'Discretization',
  {
    binBoundaries: z.array(z.number()).min(1),
    outputMode: word(['int', 'oneHot', 'multiHot', 'count']),
    epsilon: z.number().optional(),
  },
  ({ binBoundaries, outputMode = 'int' }) => {
    const boundaries = binBoundaries as number[];
    return (x) => {
      const ends = tfc.reshape(tfc.tensor1d(boundaries), [...Array<number>(x.rank).fill(1), boundaries.length]);
      const bins = tfc.sum(tfc.cast(tfc.greaterEqual(tfc.expandDims(x, -1), ends), 'float32'), -1);
      return encoded(bins, boundaries.length + 1, outputMode as Mode);
    };
  },
);

export const categorizingLayers: readonly LayerLowering[] = [categoryEncoding, discretization];
