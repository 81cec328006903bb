import { closeSync, fstatSync, openSync } from 'node:fs';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userError } from '../../../shared/errors.js';
import { sizeOfFile } from '../../../shared/files.js';
import { withinBudget } from '../../../shared/tfjs/weightBudget.js';
import type { WeightedModel } from '../built.js';
import { compilationOfKeras, type StoredTensor } from '../compiled/compilation.js';
import { modelFromGraph } from '../fromGraph.js';
import { Hdf5File } from '../hdf5/file.js';
import { configOf, isOperation, isRecord, type Json, nameOf } from '../kerasCalls.js';
import { isKerasModel, type KerasGraph, nameOfKeras, readKerasGraph } from '../kerasGraph.js';
import { inFloat32 } from './dtypes.js';
import { parseConfig, withinFile } from './readArchive.js';
import type { OrderedWeights } from './readWeights.js';

/** Reads models in the older form of Keras, one file of HDF5: `model_config`, `model_weights` by layer, `optimizer_weights`. */

const WEIGHTS = 'model_weights';

/** Opens a file for work that has to be done with it before this resolves. */
export async function withHdf5<T>(path: string, work: (file: Hdf5File) => Promise<T>): Promise<T> {
  return withinFile(path, 'The file', async () => {
    await sizeOfFile(path);
    const descriptor = openSync(path, 'r');
    try {
      return await work(new Hdf5File({ descriptor, base: 0, size: fstatSync(descriptor).size }));
    } finally {
      closeSync(descriptor);
    }
  });
}

export async function readLegacyModel(path: string): Promise<WeightedModel> {
  return withHdf5(path, async (file) => {
    const isKeras3 = file.text('keras_version')?.startsWith('3') === true;
    const { config, widened } = inFloat32(modelIn(path, file, isKeras3), path);
    const graph = readKerasGraph(config);
    const built = await withinBudget(file.elements, async () => modelFromGraph(graph.graph, nameOfKeras(config)));
    const weights = readByLayer(file, config, graph, built.model, path);
    const compilation = compilationOfKeras(config, path, {
      order: [...weights.keys()],
      optimizerWeights: () => withHdf5(path, async (again) => stateOf(again, path, isKeras3)),
    });
    return { ...built, weights, compilation, widened, hasWeights: true };
  });
}

/** The model with what it was compiled with, as Keras 3 serialises that. */
function modelIn(path: string, file: Hdf5File, isKeras3: boolean): Json {
  const [text, training] = [file.text('model_config'), file.text('training_config')];
  if (text === undefined) {
    throw userError(
      'INVALID_MODEL',
      `${path} holds weights alone, and not what model they are of; give the model, and the file to trainer.loadWeights or to lockstep convert with --model.`,
    );
  }
  const given = parseConfig(path, text);
  if (!isKerasModel(given) || !isRecord(given)) {
    throw userError(
      'UNSUPPORTED_MODEL',
      `${path} holds a model that is neither Sequential nor Functional; save it in Keras as a model of layers.`,
    );
  }
  const model = isKeras3 ? (withModules(given) as Json) : given;
  if (training === undefined) return model;
  const told = parseConfig(path, training);
  const { optimizer_config: optimizer, ...compiled } = isRecord(told) ? told : {};
  return { ...model, compile_config: { ...compiled, optimizer } };
}

/** Keras 3 leaves out the modules of layers here, by which its names are told from those of Keras 2. */
function withModules(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withModules);
  if (!isRecord(value)) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withModules(inner)]));
  const isLayer = typeof value.class_name === 'string' && isRecord(value.config) && value.config.name !== undefined;
  return isLayer && value.module === undefined ? { module: 'keras.layers', ...copy } : copy;
}

/** Weights of each layer of the model, those of a model within it together: first what is trained of it. */
function readByLayer(
  file: Hdf5File,
  config: Json,
  graph: KerasGraph,
  model: LayersModel,
  path: string,
): OrderedWeights {
  const byName = new Map(model.layers.map((layer) => [layer.name, layer]));
  const weights = new Map<string, Float32Array>();
  for (const layer of configOf(config).layers as readonly Json[]) {
    if (isOperation(layer)) continue;
    const leaves = leavesOf(layer).flatMap((leaf) => byName.get(graph.nameIn(leaf) ?? '') ?? []);
    const wanted = ['trainableWeights', 'nonTrainableWeights'].flatMap((kind) =>
      leaves.flatMap((leaf) => leaf[kind as 'trainableWeights']),
    );
    const group = `${WEIGHTS}/${nameOf(layer)}`;
    const found = file.texts('weight_names', group).map((name) => file.requireDataset(`${group}/${name}`));
    const isNormalization = layer.class_name === 'Normalization';
    const own = isNormalization ? found.slice(0, wanted.length) : found;
    const [theirs, ours] = [
      own.map(({ shape }) => `[${shape}]`).join(' '),
      wanted.map(({ shape }) => `[${shape}]`).join(' '),
    ];
    if (theirs !== ours) {
      throw userError(
        'INVALID_MODEL',
        `${path} has weights of shapes ${theirs || 'none'} for layer ${nameOf(layer)}, which takes ${ours || 'none'}; save the model again.`,
      );
    }
    for (const [i, { originalName }] of wanted.entries()) weights.set(originalName, file.floats(own[i]));
  }
  return inOrderOfLayers(weights, config, graph, byName);
}

/** The same weights layer by layer, as optimizers know them. */
function inOrderOfLayers(
  weights: ReadonlyMap<string, Float32Array>,
  config: Json,
  { nameIn }: KerasGraph,
  layers: ReadonlyMap<string, LayersModel['layers'][number]>,
): OrderedWeights {
  const leaves = leavesOf({ config: configOf(config) });
  const names = leaves.flatMap((leaf) => layers.get(nameIn(leaf) ?? '')?.weights ?? []).map((one) => one.originalName);
  return new Map(names.map((name) => [name, weights.get(name) as Float32Array]));
}

function leavesOf(layer: Json): Json[] {
  const { layers } = configOf(layer);
  if (!Array.isArray(layers)) return [layer];
  return (layers as readonly Json[]).filter((one) => !isOperation(one)).flatMap(leavesOf);
}

/** The optimizer's variables by their order among its names. */
function stateOf(file: Hdf5File, path: string, isKeras3: boolean): StoredTensor[] {
  const group = 'optimizer_weights';
  const names = file.texts('weight_names', group);
  if (names.length > 0 && !isKeras3) {
    throw userError(
      'UNSUPPORTED_MODEL',
      `${path} has the optimizer of an older Keras, whose order is another one; give the option optimizer, with which its moments begin anew.`,
    );
  }
  return names.map((name, i) => {
    const dataset = file.requireDataset(`${group}/${name}`);
    const values = i === 0 ? Int32Array.of(file.number(dataset)) : file.floats(dataset);
    return { name, shape: dataset.shape, values };
  });
}
