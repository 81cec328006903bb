import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userError } from '../../shared/errors.js';
import type { ModelDescription } from '../compiler/lower/description.js';
import { suggestion } from '../options/suggestion.js';
import { show } from '../options/values.js';
import type { BuiltModel, TrainedWeights } from './built.js';

/**
 * A copy of a topology in which every layer that the description counts as frozen says so itself: TensorFlow.js does not
 * store that a model within a model is frozen as a whole.
 */
export function withFrozenLayers<T>(topology: T, { layers }: ModelDescription): T {
  const frozen = new Set(layers.filter(({ config }) => config.trainable === false).map(({ name }) => name));
  return frozen.size === 0 ? topology : marked(topology, (name) => frozen.has(name), false);
}

/** A model that is to be trained as it was compiled; one that is not compiled stays as it is. */
export function asCompiled<T extends BuiltModel>(built: T): T {
  return { ...built, trained: compiledWeights(built.model) };
}

/**
 * The weights that TensorFlow.js trains: those that were trainable when the model was compiled, and still are. Undefined for a
 * model that is not compiled.
 */
export function compiledWeights(model: LayersModel): TrainedWeights | undefined {
  const collected = collectedBy(model);
  return collected && new Set(collected.filter(({ trainable }) => trainable));
}

/** What `compile` of TensorFlow.js 4.22 has set aside to be trained; a Sequential model has a model within that is compiled. */
function collectedBy(model: LayersModel): LayersModel['weights'] | undefined {
  type Compiled = { readonly collectedTrainableWeights?: LayersModel['weights']; readonly model?: Compiled };
  const { collectedTrainableWeights, model: within } = model as unknown as Compiled;
  return collectedTrainableWeights ?? within?.collectedTrainableWeights;
}

/** A copy of a model's topology in which the layer of that name, or every layer of the model within, is trained or not. */
export function withTrainable<T>(
  { topology, description }: { readonly topology: T; readonly description: ModelDescription },
  layer: string,
  trainable: boolean,
): T {
  let found = false;
  const isNamed = (name: string): boolean => {
    found ||= name === layer;
    return name === layer;
  };
  const copy = marked(topology, isNamed, trainable);
  if (found && typeof trainable === 'boolean') return copy;
  const names = description.layers.map(({ name }) => name);
  if (found) throw userError('INVALID_OPTION', `trainable of ${layer} is ${show(trainable)}; give true or false.`);
  throw userError('UNKNOWN_LAYER', `The model has no layer ${show(layer)}; ${suggestion(String(layer), names)}`);
}

/** A copy in which layers, where they or what they stand in have such a name, say that they are trained, or not. */
function marked<T>(value: T, isMeant: (name: string) => boolean, trainable: boolean, within = false): T {
  if (Array.isArray(value)) return value.map((inner) => marked(inner, isMeant, trainable, within)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const { name, trainable: before, layers } = value as { name?: unknown; trainable?: unknown; layers?: unknown };
  const isLayer = before !== undefined || Array.isArray(layers);
  const isIn = within || (isLayer && typeof name === 'string' && isMeant(name));
  const copy = Object.entries(value).map(([key, inner]) => [key, marked(inner, isMeant, trainable, isIn)]);
  return Object.fromEntries(isIn && before !== undefined ? [...copy, ['trainable', trainable]] : copy) as T;
}
