import { withKeyedRandom } from '../../shared/random/keyedRandom.js';
import type { Draws } from '../../shared/random/rng.js';
import { discard } from '../../shared/tfjs/discard.js';
import type { TfLayer } from '../../shared/tfjs/tfjs.js';
import { isInitializer } from '../../shared/tfjs/withheld.js';
import type { LayerDescription } from '../compiler/lower/description.js';
import { camelCase, camelCaseKeys } from '../options/casing.js';
import { createRegistered } from './createLayer.js';

/**
 * Draws the weights of a layer that does not lower by its own initializers: a copy of the layer is built while all that
 * TensorFlow.js draws without a seed is keyed. `inputShapes`: one row of each input.
 */
export function drawLayer(
  { type, config }: LayerDescription,
  inputShapes: readonly (readonly number[])[],
  draws: Draws,
): Float32Array[] {
  return withKeyedRandom(draws, () => {
    const layer = createRegistered(type, inCamelCase(config) as object) as TfLayer;
    const shapes = inputShapes.map((shape) => [null, ...shape]);
    layer.build(shapes.length === 1 ? shapes[0] : shapes);
    const values = layer.weights.map((weight) => Float32Array.from(weight.read().dataSync()));
    discard(layer);
    return values;
  });
}

/** The config of a layer, whose initializers and those of what it holds have values as a file has them: `fan_avg`. */
function inCamelCase(value: unknown, isWithin = false): unknown {
  if (typeof value === 'string') return isWithin ? camelCase(value) : value;
  if (Array.isArray(value)) return value.map((inner) => inCamelCase(inner, isWithin));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(isWithin ? camelCaseKeys(value as Record<string, unknown>) : value);
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, inCamelCase(inner, (isWithin && key !== 'className') || isInitializer(key))]),
  );
}
