import type { ModelDescription } from '../compiler/lower/description.js';

/**
 * A copy of a topology in which every layer that the description counts as frozen says so itself: TensorFlow.js does not
 * store that a model within a model is frozen as a whole.
 */
export function withFrozenLayers<T>(topology: T, { layers }: ModelDescription): T {
  const frozen = new Set(layers.filter(({ config }) => config.trainable === false).map(({ name }) => name));
  return frozen.size === 0 ? topology : withTrainable(topology, frozen);
}

function withTrainable<T>(value: T, frozen: ReadonlySet<string>): T {
  if (Array.isArray(value)) return value.map((inner) => withTrainable(inner, frozen)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const { name, trainable } = value as { name?: unknown; trainable?: unknown };
  const isFrozen = typeof name === 'string' && trainable !== undefined && frozen.has(name);
  const copy = Object.entries(value).map(([key, inner]) => [key, withTrainable(inner, frozen)]);
  return Object.fromEntries(isFrozen ? [...copy, ['trainable', false]] : copy) as T;
}
