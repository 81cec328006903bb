import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userError } from '../../shared/errors.js';
import type { TfLayer, tfc } from '../../shared/tfjs/tfjs.js';
import type { WeightedModel } from './built.js';
import { compilationOfKeras } from './compiled/compilation.js';
import { modelFromGraph } from './fromGraph.js';
import { configOf, isRecord, type Json, nodesOf } from './kerasCalls.js';
import { graphOfKeras, isKerasModel, nameOfKeras } from './kerasGraph.js';

/** A model that Keras 3 has serialised in a file: alone, or as the topology of a model.json with weights. */

/** The model in what a file holds, `{ class_name, config }`; undefined for one that TensorFlow.js reads. */
export function kerasModelIn(topology: unknown): Json | undefined {
  const given = isRecord(topology) && isRecord(topology.model_config) ? topology.model_config : topology;
  return isRecord(given) && isKerasModel(given) && isOfKeras3(given) ? given : undefined;
}

/** Keras 3 says which module a layer is of, and gives inputs a `batch_shape`. */
function isOfKeras3(model: Json): boolean {
  const layers = configOf(model).layers as readonly unknown[];
  return layers.some((layer) => {
    if (!isRecord(layer)) return false;
    return layer.module !== undefined || configOf(layer).batch_shape !== undefined || nodesOf(layer)?.some(isRecord);
  });
}

/** Weights by the names that the file has for them. */
export type NamedTensors = tfc.NamedTensorMap;

/** Builds such a model; `tensors` are its weights where the file has any. `source` is for messages. */
export function modelOfKerasFile(given: Json, tensors: NamedTensors, source: string): WeightedModel {
  const built = {
    ...modelFromGraph(graphOfKeras(given), nameOfKeras(given)),
    compilation: compilationOfKeras(given, source),
  };
  const hasWeights = Object.keys(tensors).length > 0;
  if (hasWeights) setWeights(built.model, tensors, source);
  return { ...built, hasWeights };
}

/** Weights are known by the name of their layer, which stands somewhere in their path, and by their order. */
function setWeights(model: LayersModel, tensors: NamedTensors, source: string): void {
  const left = new Map(Object.entries(tensors));
  for (const layer of model.layers) {
    const own = [...left].filter(([path]) => path.split('/').slice(0, -1).includes(layer.name));
    const wanted = layer.weights.map(({ shape }) => String(shape));
    if (own.map(([, { shape }]) => String(shape)).join(' ') !== wanted.join(' ')) throw misfit(source, layer, own);
    layer.setWeights(own.map(([, tensor]) => tensor));
    for (const [path] of own) left.delete(path);
  }
  const [stray] = left.keys();
  if (stray === undefined) return;
  throw userError('INVALID_MODEL', `${source} has a weight ${stray}, of no layer of its model; save the model again.`);
}

type Found = readonly [string, NamedTensors[string]];

function misfit(source: string, layer: TfLayer, found: readonly Found[]): Error {
  const list = (shapes: readonly (readonly unknown[])[]) =>
    shapes.map((shape) => `[${shape.join(', ')}]`).join(', ') || 'none';
  const given = list(found.map(([, { shape }]) => shape));
  const wanted = list(layer.weights.map(({ shape }) => shape));
  return userError(
    'INVALID_MODEL',
    `${source} has weights of shapes ${given} for layer ${layer.name}, which takes ${wanted}; save the model again.`,
  );
}
