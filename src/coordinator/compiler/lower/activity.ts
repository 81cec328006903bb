import { userError } from '../../../shared/errors.js';
import { type ElementLoss, elementLosses } from '../../../shared/kernels/losses.js';
import type { KernelCall } from '../../../shared/kernels/table.js';
import type { Value } from './builder.js';
import { type ModelDescription, sizeOf } from './description.js';
import { readPenalty } from './weightRules.js';

/**
 * Regularizers of what layers put out (activityRegularizer). Keras, `Layer.__call__`: every call adds
 * (l1 · Σ|y| + l2 · Σy²) / rows to the loss for each of its outputs, over the whole batch and whatever masks or weights
 * there are. Each term is a loss of y against zeros, whose group is a row.
 */
export interface ActivityTerm {
  /** The value y, by its number. */
  readonly value: number;
  readonly name: string;
  readonly size: number;
  readonly loss: ElementLoss;
  /** l1 or l2. */
  readonly factor: number;
}

/** The terms of all calls of all layers, in the order of the calls. */
export function planActivities({ inputs, layers, nodes }: ModelDescription): ActivityTerm[] {
  let value = inputs.length;
  return nodes.flatMap(({ layer: number, outputShapes }) => {
    const layer = layers[number];
    const penalty = penaltyOf(layer);
    const outputs = outputShapes.map((shape) => ({ value: value++, name: layer.name, size: sizeOf(shape) }));
    if (penalty === null) return [];
    return outputs.flatMap((output) => [
      ...(penalty.l1 > 0 ? [{ ...output, loss: 'meanAbsoluteError' as const, factor: penalty.l1 }] : []),
      ...(penalty.l2 > 0 ? [{ ...output, loss: 'meanSquaredError' as const, factor: penalty.l2 }] : []),
    ]);
  });
}

/** A layer of its own says what it adds by numbers. */
function penaltyOf(layer: ModelDescription['layers'][number]): ReturnType<typeof readPenalty> {
  const { type, config } = layer;
  if (type === 'ActivityRegularization') return { l1: Number(config.l1 ?? 0), l2: Number(config.l2 ?? 0) };
  return readPenalty(layer, config.activityRegularizer);
}

/** Refuses what a model that TensorFlow.js computes would leave out. */
export function requireNoActivities({ layers }: ModelDescription): void {
  const layer = layers.find(({ config }) => (config.activityRegularizer ?? null) !== null);
  if (layer === undefined) return;
  throw userError(
    'UNSUPPORTED_ARGUMENT',
    `Layer ${layer.name} has an activityRegularizer, which TensorFlow.js does not compute; use engine native or reference, or leave it out.`,
  );
}

/** Adds Σ of a term over the rows to sum `sum`, and writes the gradient of the value (−1 for none). */
export function activityCalls(
  { name, size, loss, factor }: ActivityTerm,
  { buffer: prediction }: Value,
  place: { readonly sum: number; readonly gradient: number },
  newBuffer: (name: string, size: number) => number,
): KernelCall[] {
  const target = newBuffer(`${name} zeros`, size);
  const unweighted = { weight: -1, weightSum: place.sum, lossWeight: factor, groups: 1, size, divisor: 1 };
  const plain = { smoothing: 0, delta: 1, alpha: -1, gamma: 0 };
  return [
    { kernel: 'combine', args: { a: prediction, b: -1, y: target, size, alpha: 0, beta: 0 } },
    {
      kernel: 'elementLoss',
      args: { prediction, target, ...place, ...unweighted, loss: elementLosses.indexOf(loss), ...plain },
    },
  ];
}
