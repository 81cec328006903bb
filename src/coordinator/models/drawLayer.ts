import { withKeyedRandom } from '../../shared/random/keyedRandom.js';
import type { Draws } from '../../shared/random/rng.js';
import { discard } from '../../shared/tfjs/discard.js';
import type { TfLayer } from '../../shared/tfjs/tfjs.js';
import { isInitializer, specOf } from '../../shared/tfjs/withheld.js';
import type { LayerDescription } from '../compiler/lower/description.js';
import { camelCase } from '../options/casing.js';
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
    const layer = createRegistered(type, withModes(config)) as TfLayer;
    const shapes = inputShapes.map((shape) => [null, ...shape]);
    layer.build(shapes.length === 1 ? shapes[0] : shapes);
    const values = layer.weights.map((weight) => Float32Array.from(weight.read().dataSync()));
    discard(layer);
    return values;
  });
}

/** A layer's arguments, with the modes and distributions of initializers as TensorFlow.js spells them in code. */
function withModes(config: LayerDescription['config']): object {
  const spelt = (value: unknown) => {
    const { mode, distribution, ...others } = specOf(value).config;
    const named = Object.entries({ mode, distribution }).filter(([, name]) => name !== undefined);
    const config = { ...others, ...Object.fromEntries(named.map(([key, name]) => [key, camelCase(String(name))])) };
    return { className: specOf(value).className, config };
  };
  const isTold = (key: string, value: unknown) => isInitializer(key) && typeof value === 'object' && value !== null;
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, isTold(key, value) ? spelt(value) : value]),
  );
}
