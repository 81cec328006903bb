import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userError } from '../../shared/errors.js';
import { tfc } from '../../shared/tfjs/tfjs.js';
import type { Weight } from '../options/trainerOptions.js';
import { hasMethod, show } from '../options/values.js';

/** Weights in the order of `model.weights` of TensorFlow.js: those that are trained, then the others. */
export function inTensorflowOrder<T>(weights: readonly T[], isTrained: (weight: T) => boolean): T[] {
  return [...weights.filter(isTrained), ...weights.filter((weight) => !isTrained(weight))];
}

/**
 * Writes weights into a model of TensorFlow.js, by their names. Where it has other names, as a copy of the model has, by
 * their order. Nothing is written where one does not fit.
 */
export function applyWeights(model: LayersModel, weights: readonly Weight[]): void {
  if (!hasMethod(model, 'getClassName') || !Array.isArray(model.layers)) {
    throw userError('INVALID_MODEL', `applyTo was given ${show(model)}; give a tf.LayersModel.`);
  }
  const theirs = model.weights;
  const byName = new Map(weights.map((weight) => [weight.name, weight]));
  const isNamed = theirs.every(({ originalName }) => byName.has(originalName));
  if (theirs.length !== weights.length) {
    throw userError(
      'WEIGHTS_MISMATCH',
      `applyTo was given a model of ${theirs.length} weights, but the trainer has ${weights.length}; give a model of the same layers.`,
    );
  }
  const pairs = theirs.map((own, i) => ({
    own,
    from: isNamed ? (byName.get(own.originalName) as Weight) : weights[i],
  }));
  for (const { own, from } of pairs) {
    if (own.shape.join() === from.shape.join()) continue;
    throw userError(
      'WEIGHTS_MISMATCH',
      `applyTo was given a model whose weight ${own.originalName} has shape [${own.shape.join(', ')}], but ${from.name} of the trainer has [${from.shape.join(', ')}]; give a model of the same layers.`,
    );
  }
  for (const { own, from } of pairs) {
    // Constraints have been applied to these values; `write` would apply them once more.
    tfc.tidy(() => (own.read() as Variable).assign(tfc.tensor(from.values, [...from.shape])));
  }
}
