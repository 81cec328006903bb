import { einsumAxes } from '../../../../shared/program/einsum.js';
import { type LayerForms, single } from '../form.js';
import type { GraphBuilder, OnnxValue } from '../graph.js';
import { activated } from './activations.js';

/** x · w + b over the last axis; b may be missing. */
export function affine(x: string, w: string, b: string | undefined, to: GraphBuilder): string {
  const product = to.node('MatMul', [x, w]);
  return b === undefined ? product : to.node('Add', [product, b]);
}

export const denseForms: LayerForms = {
  Dense: single((layer, x, to) => {
    const w = to.weight(layer, 0);
    const b = layer.config.useBias === false ? undefined : to.weight(layer, 1);
    const name =
      x.shape.length === 1 ? to.node('Gemm', [x.name, w, ...(b === undefined ? [] : [b])]) : affine(x.name, w, b, to);
    return activated(layer, { ...x, name, shape: layer.outputShape }, to);
  }),
};

/** The product that the equation tells, its axes written out. */
export const einsumForms: LayerForms = {
  EinsumDense: single((layer, x, to) => {
    const { name, config, inputShape, outputShape } = layer;
    const { equation, outputShape: given } = config as { equation: string; outputShape: number | (number | null)[] };
    const { input, kernel, output } = einsumAxes(name, equation, [null, ...inputShape], given);
    const written = inLetters(`${input},${kernel}->${output}`);
    const product = to.node('Einsum', [x.name, to.weight(layer, 0)], { equation: written });
    const biased = layer.weights.length > 1 ? to.node('Add', [product, to.weight(layer, 1)]) : product;
    return activated(layer, { name: biased, shape: outputShape }, to);
  }),
};

/** An equation with letters that it does not use in the place of digits, which stand for the axes of an ellipsis. */
function inLetters(equation: string): string {
  const free = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter(
    (letter) => !equation.includes(letter),
  );
  return equation.replaceAll(/\d/g, (digit) => free[Number(digit)]);
}

/** What training alone changes, or nothing at all. */
const same = single((_, x) => x);

export const passingForms: LayerForms = {
  // A number for each channel, along the last axis.
  LayerScale: single((layer, x, to) => ({ ...x, name: to.node('Mul', [x.name, to.weight(layer, 0)]) })),
  Identity: same,
  ActivityRegularization: same,
  Dropout: same,
  SpatialDropout1D: same,
  SpatialDropout2D: same,
  SpatialDropout3D: same,
  AlphaDropout: same,
  GaussianNoise: same,
  GaussianDropout: same,
  StochasticDepth: same,
};

export function reshaped(x: OnnxValue, shape: readonly number[], to: GraphBuilder): OnnxValue {
  if (x.shape.join() === shape.join()) return x;
  return { ...x, name: to.node('Reshape', [x.name, to.ints([0, ...shape])]), shape };
}
