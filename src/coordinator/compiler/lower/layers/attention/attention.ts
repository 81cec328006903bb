import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { userError } from '../../../../../shared/errors.js';
import { tfc } from '../../../../../shared/tfjs/tfjs.js';
import type { Formula } from '../../../../tracing/traceFormula.js';
import type { Builder, Value } from '../../builder.js';
import type { LayerDescription } from '../../description.js';
import { lowerFormula } from '../../formula.js';
import type { GraphLowering } from '../../layer.js';
import { lowerAttended } from './heads.js';

/** Scores of all queries (queries, size) by all keys (keys, size), and the weights. */
type Scores = (query: Tensor, key: Tensor, weights: readonly Tensor[]) => Tensor;

const shared = {
  useScale: z.boolean().optional(),
  dropout: z.number().min(0).lt(1).optional(),
  useCausalMask: z.boolean().optional(),
  seed: z.number().nullable().optional(),
};

/** Σ tanh(query + key), each pair of them. */
function sumOfTanh(
  query: Tensor,
  key: Tensor,
  inner: (sum: Tensor) => Tensor,
  outer: (tanh: Tensor) => Tensor,
): Tensor {
  const pairs = tfc.add(tfc.expandDims(query, -2), tfc.expandDims(key, -3));
  return tfc.sum(outer(tfc.tanh(inner(pairs))), -1);
}

const same = (x: Tensor): Tensor => x;

/** Luong et al., "Effective approaches to attention-based neural machine translation", 2015, as keras.layers.Attention. */
export const attention: GraphLowering = {
  type: 'Attention',
  arguments: { ...shared, scoreMode: z.enum(['dot', 'concat']).optional() },
  mask: 'own',
  initializers: ({ useScale, scoreMode }) => [
    ...(useScale === true ? ['ones'] : []),
    ...(scoreMode === 'concat' ? ['ones'] : []),
  ],
  lowerCall: (layer, inputs, to) => lowerAttention(layer, inputs, to, scoresOf(layer)),
};

function scoresOf({ config }: LayerDescription): Scores {
  const { useScale, scoreMode } = config;
  if (scoreMode !== 'concat') {
    return (query, key, [scale]) => {
      const scores = tfc.matMul(query, key, false, true);
      return scale === undefined ? scores : tfc.mul(scores, scale);
    };
  }
  return (query, key, weights) => {
    const [scale, weight = scale] = weights;
    const scaled = (x: Tensor): Tensor => (useScale === true ? tfc.mul(x, scale) : x);
    return tfc.mul(sumOfTanh(query, key, scaled, same), weight);
  };
}

/** Bahdanau et al., "Neural machine translation by jointly learning to align and translate", 2015. */
export const additiveAttention: GraphLowering = {
  type: 'AdditiveAttention',
  arguments: shared,
  mask: 'own',
  initializers: ({ useScale }) => (useScale === false ? [] : ['glorotUniform']),
  lowerCall: (layer, inputs, to) =>
    lowerAttention(layer, inputs, to, (query, key, [scale]) =>
      sumOfTanh(query, key, same, (x) => (scale === undefined ? x : tfc.mul(x, scale))),
    ),
};

/** Inputs are query, value and, where it is another, key; the output has the mask of the query, and is 0 where that is not there. */
function lowerAttention(
  layer: LayerDescription,
  inputs: readonly Value[],
  to: Builder,
  scores: Scores,
): readonly Value[] {
  requireSequences(layer, inputs);
  const [query, value, key = value] = inputs;
  const [[queries], [keys, valueSize]] = [query.shape, value.shape];
  const formula: Formula = ([q, k], weights) => scores(q, k, weights);
  const scored = lowerFormula(layer, { name: 'scores', shape: [queries, keys], formula }, [query, key], to);
  const { config } = layer;
  const heads = {
    ...{ count: 1, queries, keys, keySize: key.shape[1], valueSize, mask: value.mask ?? -1 },
    ...{ causal: config.useCausalMask === true, dropout: Number(config.dropout ?? 0) },
  };
  const attended = lowerAttended(layer, heads, scored.value.buffer, value.buffer, to);
  const { mask } = query;
  const masked = (x: number, y: number) =>
    ({ kernel: 'maskSteps', args: { x, mask: mask as number, y, steps: queries, size: valueSize } }) as const;
  if (mask !== undefined) to.emit(masked(attended.y, attended.y));
  to.onCallBackward(([dy]) => {
    if (mask !== undefined) to.emitBackward(masked(dy, dy));
    const { ds, dv } = attended.backward(dy);
    const [dq, dk] = scored.backward(ds);
    if (inputs.length === 3) return [dq, dv, dk];
    return [dq, value.trained ? added(dv, dk, keys * valueSize, to) : -1];
  });
  const trained = layer.trained || inputs.some((input) => input.trained);
  return [{ buffer: attended.y, shape: layer.outputShape, trained, ...(mask !== undefined && { mask }) }];
}

function added(a: number, b: number, size: number, to: Builder): number {
  if (b < 0) return a;
  to.emitBackward({ kernel: 'combine', args: { a, b, y: a, size, alpha: 1, beta: 1 } });
  return a;
}

function requireSequences({ name, type }: LayerDescription, inputs: readonly Value[]): void {
  const other = inputs.find(({ shape }) => shape.length !== 2);
  if (other === undefined && (inputs.length === 2 || inputs.length === 3)) return;
  const shapes = inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(', ');
  throw userError(
    'UNSUPPORTED_SHAPES',
    `Layer ${name} (${type}) is given rows of shapes ${shapes}; give query, value and, if it is another, key, each of shape [steps, features].`,
  );
}
