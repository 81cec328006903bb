import { z } from 'zod';
import { userError } from '../../../../../shared/errors.js';
import { type Affine, type LoweredAffine, lowerAffine } from '../../affine.js';
import { biasArguments, kernelArguments, positive } from '../../arguments.js';
import type { Builder, Value } from '../../builder.js';
import type { LayerDescription } from '../../description.js';
import type { GraphLowering } from '../../layer.js';
import { type Heads, lowerHeads } from './heads.js';

/**
 * Vaswani et al., "Attention is all you need", 2017, as keras.layers.MultiHeadAttention: inputs are query, value and, where
 * it is another, key. Weights are kernel and bias of query, key, value and output. The output has the mask of the query.
 */
export const multiHeadAttention: GraphLowering = {
  type: 'MultiHeadAttention',
  arguments: {
    numHeads: positive,
    keyDim: positive,
    valueDim: positive.nullable().optional(),
    dropout: z.number().min(0).lt(1).optional(),
    useBias: z.boolean().optional(),
    useCausalMask: z.boolean().optional(),
    seed: z.number().nullable().optional(),
    ...kernelArguments,
    ...biasArguments,
  },

  initializers: ({ useBias, kernelInitializer, biasInitializer }) =>
    Array.from({ length: 4 }, () =>
      useBias === false ? [kernelInitializer] : [kernelInitializer, biasInitializer],
    ).flat(),

  lowerCall(layer: LayerDescription, inputs: readonly Value[], to: Builder): readonly Value[] {
    requireNoActivityRegularizer(layer);
    const [query, value, key = value] = inputs;
    requireSequences(layer, inputs);
    const trained = layer.trained || inputs.some((input) => input.trained);
    const heads = headsOf(layer, query, value, maskOf(layer, key, value));
    const project = (name: string, x: Value, number: number, units: number) =>
      lowerAffine(`${layer.name} ${name}`, x, affineOf(layer, number, units, to), to);
    const q = withQueryMask(layer, query, project('query', query, 0, heads.count * heads.keySize), to);
    const k = project('key', key, 1, heads.count * heads.keySize);
    const v = project('value', value, 2, heads.count * heads.valueSize);
    const attended = lowerHeads(layer, heads, { q: q.y, k: k.y, v: v.y }, to);
    const joined = { buffer: attended.y, shape: [heads.queries, heads.count * heads.valueSize], trained };
    const output = project('output', joined, 3, query.shape[1]);
    to.onCallBackward(([dy]) => {
      const { dq, dk, dv } = attended.backward(output.backward(dy));
      const gradients = [q.backward(dq), v.backward(dv), k.backward(dk)];
      return inputs.length === 3 ? gradients : [gradients[0], added(gradients[1], gradients[2], value, to)];
    });
    const { mask } = query;
    return [{ buffer: output.y, shape: layer.outputShape, trained, ...(mask !== undefined && { mask }) }];
  },
};

/** A query that is not there becomes zeros: it asks for nothing, and no gradient comes back from it. */
function withQueryMask(layer: LayerDescription, { shape, mask }: Value, projected: LoweredAffine, to: Builder) {
  if (mask === undefined) return projected;
  const [steps] = shape;
  const size = Number(layer.config.numHeads) * Number(layer.config.keyDim);
  const y = to.buffer(`${layer.name} masked query`, steps * size);
  to.emit({ kernel: 'maskSteps', args: { x: projected.y, mask, y, steps, size } });
  const backward = (dy: number): number => {
    to.emitBackward({ kernel: 'maskSteps', args: { x: dy, mask, y: dy, steps, size } });
    return projected.backward(dy);
  };
  return { y, backward };
}

function headsOf({ config }: LayerDescription, query: Value, value: Value, mask: number): Heads {
  const keySize = Number(config.keyDim);
  return {
    count: Number(config.numHeads),
    queries: query.shape[0],
    keys: value.shape[0],
    keySize,
    valueSize: Number(config.valueDim ?? keySize),
    causal: config.useCausalMask === true,
    mask,
    dropout: Number(config.dropout ?? 0),
  };
}

/** The mask of the keys, −1 for none: that of the value, or of a key of its own. */
function maskOf({ name }: LayerDescription, key: Value, value: Value): number {
  const masks = new Set([key.mask, value.mask].filter((mask) => mask !== undefined));
  if (masks.size <= 1) return [...masks][0] ?? -1;
  throw userError(
    'UNSUPPORTED_MASK',
    `Layer ${name} (MultiHeadAttention) is given key and value with different masks; it reads one mask of both, so leave the other out.`,
  );
}

/** Weights number `number` of query, key, value and output. */
function affineOf(layer: LayerDescription, number: number, units: number, to: Builder): Affine {
  const biased = layer.config.useBias !== false;
  return {
    w: to.parameter(layer, biased ? 2 * number : number),
    b: biased ? to.parameter(layer, 2 * number + 1) : -1,
    units,
    activation: 'linear',
    trained: layer.trained,
  };
}

/** The sum of two gradients of one value, in the buffer of the first; −1 where none is wanted. */
function added(a: number, b: number, { shape }: Value, to: Builder): number {
  if (a < 0) return -1;
  const size = shape[0] * shape[1];
  to.emitBackward({ kernel: 'combine', args: { a, b, y: a, size, alpha: 1, beta: 1 } });
  return a;
}

function requireSequences({ name }: LayerDescription, inputs: readonly Value[]): void {
  const other = inputs.find(({ shape }) => shape.length !== 2);
  if (other === undefined && (inputs.length === 2 || inputs.length === 3)) return;
  const shapes = inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(', ');
  throw userError(
    'UNSUPPORTED_SHAPES',
    `Layer ${name} (MultiHeadAttention) is given rows of shapes ${shapes}; give query, value and, if it is another, key, each of shape [steps, features].`,
  );
}

/** Keras gives it to each projection too. */
function requireNoActivityRegularizer({ name, config }: LayerDescription): void {
  if ((config.activityRegularizer ?? null) === null) return;
  throw userError(
    'UNSUPPORTED_ARGUMENT',
    `Layer ${name} (MultiHeadAttention) has an activityRegularizer, which in Keras counts the projections too and does not lower to kernels; leave it out.`,
  );
}
