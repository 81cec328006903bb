import { mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { LockstepError, userError } from '../../shared/errors.js';
import { firstLine, reason, sizeOfFile } from '../../shared/files.js';
import { buildModel, modelFromTopology, type Topology } from '../../shared/tfjs/buildModel.js';
import { tfc } from '../../shared/tfjs/tfjs.js';
import { withinBudget } from '../../shared/tfjs/weightBudget.js';
import { writeWholeFile } from '../../shared/writing/wholeFile.js';
import type { WeightedModel } from './built.js';

import type { Compilation, StoredTensor } from './compiled/compilation.js';
import type { TrainingConfig } from './compiled/trainingConfig.js';
import type { Json } from './kerasCalls.js';
import { kerasModelIn, modelOfKerasFile } from './kerasFile.js';
import { type Manifest, manifestBytes, manifestElements, parseManifest, parseSafely } from './manifest.js';

type WeightSpec = tfc.io.WeightsManifestEntry;

/** What a model's files hold beside its weights, where they tell of its training. */
export interface StoredTraining {
  readonly trainingConfig: TrainingConfig;
  readonly optimizerWeights: readonly StoredTensor[];
}

/** Loads a TensorFlow.js layers model, `model.json` and the weight files beside it, or a model that Keras 3 has serialised. */
export async function loadModelFile(path: string): Promise<WeightedModel> {
  const isFile = path.endsWith('.json') || (await stat(path).catch(() => undefined))?.isFile();
  const file = isFile ? path : join(path, 'model.json');
  const { modelTopology, weightsManifest, trainingConfig } = await readModelJson(file);
  const keras = kerasModelIn(modelTopology);
  if (keras !== undefined && weightsManifest === undefined) return modelOfKerasFile(keras, {}, file);
  if (weightsManifest === undefined) {
    return { model: await modelFromTopology(modelTopology), topology: modelTopology, hasWeights: false };
  }
  const manifest = weightsManifest;
  const specs = manifest.flatMap((group) => group.weights);
  const paths = manifest.flatMap((group) => group.paths);
  await requireBytes(file, manifest, await Promise.all(paths.map((path) => placeOfWeights(file, path))));
  const buffers = await Promise.all(paths.map((path) => readWeights(file, path)));
  const weights = { weightSpecs: specs as WeightSpec[], weightData: concatenate(buffers) };
  const budget = manifestElements(manifest);
  if (keras !== undefined) return withinBudget(budget, async () => modelOfKerasWeights(keras, weights, file));
  const model = await withinBudget(budget, () => buildModel(modelTopology, weights, file));
  const compilation = trainingConfig === undefined ? undefined : storedCompilation(file, trainingConfig, weights);
  return { model, topology: modelTopology, compilation, hasWeights: true };
}

function modelOfKerasWeights(keras: Json, { weightSpecs, weightData }: StoredWeights, file: string): WeightedModel {
  const tensors = tfc.io.decodeWeights(weightData, weightSpecs);
  try {
    return modelOfKerasFile(keras, tensors, file);
  } finally {
    tfc.dispose(tensors);
  }
}

interface StoredWeights {
  readonly weightSpecs: WeightSpec[];
  readonly weightData: ArrayBuffer;
}

/** TensorFlow.js marks what belongs to the optimizer. */
const OPTIMIZER_GROUP = 'optimizer';

function storedCompilation(
  source: string,
  { loss, metrics, optimizer_config: optimizer, reduction }: Partial<Record<string, unknown>>,
  { weightSpecs, weightData }: StoredWeights,
): Compilation {
  return {
    ...{ by: 'TensorFlow.js', source, loss, metrics, optimizer, reduction },
    optimizerWeights: async () => {
      const tensors = tfc.io.decodeWeights(weightData, weightSpecs);
      const stored = weightSpecs.flatMap(({ name, group }) => {
        const { shape } = tensors[name];
        return group === OPTIMIZER_GROUP ? [{ name, shape, values: tensors[name].dataSync<'float32'>() }] : [];
      });
      tfc.dispose(tensors);
      return stored;
    },
  };
}

/** Writes a model in TensorFlow.js layers format into `directory`, replacing what was there only once all is written. */
export async function saveModelFiles(
  directory: string,
  topology: Topology,
  weights: readonly StoredTensor[],
  training?: StoredTraining,
): Promise<void> {
  const weightsFile = 'weights.bin';
  const { trainingConfig, optimizerWeights = [] } = training ?? {};
  const manifest = [
    ...weights.map(entryOf),
    ...optimizerWeights.map((tensor) => ({ ...entryOf(tensor), group: OPTIMIZER_GROUP })),
  ];
  const json = {
    format: 'layers-model',
    generatedBy: 'Lockstep',
    convertedBy: null,
    modelTopology: topology,
    weightsManifest: [{ paths: [weightsFile], weights: manifest }],
    ...(trainingConfig !== undefined && { trainingConfig }),
  };
  const values = concatenate([...weights, ...optimizerWeights].map(({ values }) => bytesOf(values)));
  try {
    await mkdir(directory, { recursive: true });
    await writeWholeFile(join(directory, weightsFile), new Uint8Array(values));
    await writeWholeFile(join(directory, 'model.json'), JSON.stringify(json));
  } catch (error) {
    throw userError(
      'MODEL_UNWRITABLE',
      `The model cannot be written to ${directory}: ${reason(error)}; give another directory.`,
      error,
    );
  }
}

function entryOf({ name, shape, values }: StoredTensor) {
  return { name, shape: [...shape], dtype: values instanceof Int32Array ? 'int32' : 'float32' };
}

/** The parts of a model.json; of `trainingConfig` only that it is an object, if it is there. */
interface ModelJson {
  readonly modelTopology: Topology;
  /** Missing where Keras has serialised the model alone. */
  readonly weightsManifest?: Manifest;
  readonly trainingConfig?: Record<string, unknown>;
}

/** What `model.toJSON()` of TensorFlow.js gives: layers alone. */
function isOfTensorflow(json: unknown): boolean {
  if (!isObject(json) || !isObject(json.config)) return false;
  return typeof json.class_name === 'string' && String(json.keras_version).startsWith('tfjs-layers');
}

async function readModelJson(file: string): Promise<ModelJson> {
  try {
    await sizeOfFile(file);
    const json = parseSafely(await readFile(file, 'utf8')) as Partial<Record<keyof ModelJson, unknown>> | null;
    const { modelTopology, weightsManifest, trainingConfig } = json ?? {};
    if (isObject(modelTopology) && Array.isArray(weightsManifest)) {
      const parts = { modelTopology, weightsManifest: parseManifest(weightsManifest) };
      return isObject(trainingConfig) ? { ...parts, trainingConfig } : parts;
    }
    if (kerasModelIn(json) !== undefined || isOfTensorflow(json)) return { modelTopology: json as Topology };
  } catch (error) {
    throw userError('UNREADABLE_MODEL', `${file} cannot be read as a TensorFlow.js model: ${firstLine(error)}`, error);
  }
  throw userError(
    'INVALID_MODEL',
    `${file} lacks modelTopology or weightsManifest; give the model.json of a TensorFlow.js layers model, or what model.to_json() of Keras 3 or model.toJSON() of TensorFlow.js has made.`,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

async function readWeights(modelFile: string, path: string): Promise<Uint8Array> {
  const { place } = await placeOfWeights(modelFile, path);
  return readFile(place).catch((error) => {
    throw unreadable(modelFile, path, error);
  });
}

interface WeightFile {
  readonly path: string;
  /** Where it is, without links. */
  readonly place: string;
  readonly size: number;
}

/** Weight files lie beside model.json or below, never outside its folder, also by way of a link. */
async function placeOfWeights(modelFile: string, path: string): Promise<WeightFile> {
  const folder = dirname(resolve(modelFile));
  if (!isWithin(folder, resolve(folder, path))) throw outside(modelFile, path);
  try {
    const file = await realpath(resolve(folder, path));
    if (!isWithin(await realpath(folder), file)) throw outside(modelFile, path);
    return { path, place: file, size: await sizeOfFile(file) };
  } catch (error) {
    throw error instanceof LockstepError ? error : unreadable(modelFile, path, error);
  }
}

function unreadable(modelFile: string, path: string, error: unknown): LockstepError {
  return userError(
    'UNREADABLE_MODEL',
    `Weight file ${basename(path)} of ${modelFile} cannot be read: ${reason(error)}`,
    error,
  );
}

function isWithin(folder: string, file: string): boolean {
  const path = relative(folder, file);
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

function outside(modelFile: string, path: string): LockstepError {
  return userError(
    'INVALID_MODEL',
    `${modelFile} names the weight file ${path}, which is outside its folder; put weight files beside model.json.`,
  );
}

/** Lengths are compared before any file is read: nothing larger than the files is allocated for them, and each is read once. */
async function requireBytes(file: string, manifest: Manifest, files: readonly WeightFile[]): Promise<void> {
  const places = new Set<string>();
  for (const { path, place } of files) {
    if (places.has(place)) {
      throw userError('INVALID_MODEL', `${file} names the weight file ${path} more than once; save the model again.`);
    }
    places.add(place);
  }
  const given = files.reduce((sum, { size }) => sum + size, 0);
  const wanted = manifestBytes(manifest);
  if (given === wanted) return;
  throw userError(
    'INVALID_MODEL',
    `The weight files of ${file} hold ${given} bytes, but its manifest tells of ${wanted}; save the model again.`,
  );
}

function concatenate(parts: readonly Uint8Array[]): ArrayBuffer {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.byteLength;
  }
  return whole.buffer;
}

function bytesOf(values: StoredTensor['values']): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
