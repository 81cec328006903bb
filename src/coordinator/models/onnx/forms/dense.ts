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

/** What training alone changes, or nothing at all. */
const same = single((_, x) => x);

export const passingForms: LayerForms = {
  Identity: same,
  Dropout: same,
  SpatialDropout1D: same,
  SpatialDropout2D: same,
  SpatialDropout3D: same,
  AlphaDropout: same,
  GaussianNoise: same,
  GaussianDropout: same,
};

export function reshaped(x: OnnxValue, shape: readonly number[], to: GraphBuilder): OnnxValue {
  if (x.shape.join() === shape.join()) return x;
  return { ...x, name: to.node('Reshape', [x.name, to.ints([0, ...shape])]), shape };
}
