import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userError } from '../../../shared/errors.js';
import type { TfLayer } from '../../../shared/tfjs/tfjs.js';
import type { Hdf5Dataset } from '../hdf5/dataset.js';
import type { Hdf5File } from '../hdf5/file.js';
import type { KerasGraph } from '../kerasGraph.js';
import type { LayerGroups } from './groups.js';

/** Values of a model's weights by their names, in the order in which Keras lists them. */
export type OrderedWeights = ReadonlyMap<string, Float32Array>;

/** Reads the weights of every layer from its groups. `source` is for messages. */
export function readLayerWeights(
  file: Hdf5File,
  places: readonly LayerGroups[],
  { nameIn }: KerasGraph,
  model: LayersModel,
  source: string,
): OrderedWeights {
  const layers = new Map(model.layers.map((layer) => [layer.name, layer]));
  const weights = new Map<string, Float32Array>();
  for (const { layer: given, groups } of places) {
    const layer = layers.get(nameIn(given) ?? '');
    // An input, or a layer that is shared and was stored at its first place.
    if (layer === undefined || layer.weights.length === 0 || weights.has(layer.weights[0].originalName)) continue;
    const found = groups.flatMap((group) => file.numbered(group)).slice(0, mostOf(layer));
    requireShapes(source, layer, groups, found);
    layer.weights.forEach(({ originalName }, i) => {
      weights.set(originalName, file.floats(found[i]));
    });
  }
  return weights;
}

/** Keras's Normalization has a count beside its weights. */
const mostOf = (layer: TfLayer): number =>
  layer.getClassName() === 'Normalization' ? layer.weights.length : Number.POSITIVE_INFINITY;

function requireShapes(
  source: string,
  { name, weights }: TfLayer,
  groups: readonly string[],
  found: readonly Hdf5Dataset[],
): void {
  const list = (shapes: readonly (readonly unknown[])[]) =>
    shapes.map((shape) => `[${shape.join(', ')}]`).join(', ') || 'none';
  const [given, wanted] = [list(found.map(({ shape }) => shape)), list(weights.map(({ shape }) => shape))];
  if (given === wanted) return;
  throw userError(
    'INVALID_MODEL',
    `${source} has weights of shapes ${given} in ${groups.join(', ')} for layer ${name}, which takes ${wanted}; save the model again.`,
  );
}
