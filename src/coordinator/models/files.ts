import { mkdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { LockstepError, userError } from '../../shared/errors.js';
import { firstLine, writeFileAtomically } from '../files.js';
import { withZeroInitializers } from './initializers.js';
import './activations.js';
import './layers/index.js';
import { type Manifest, manifestBytes, manifestElements, parseManifest, parseSafely } from './manifest.js';
import { tfc, tfl } from './tfjs.js';
import { withinBudget } from './weightBudget.js';

type ModelArtifacts = Parameters<typeof tfc.io.fromMemory>[0] extends infer A ? Exclude<A, string> : never;
type WeightSpec = tfc.io.WeightsManifestEntry;

/** A topology as TensorFlow.js serialises it. */
export type Topology = Record<string, unknown>;

/** A model built for its shapes, and the topology it was built from. */
export interface BuiltModel {
  readonly model: LayersModel;
  readonly topology: Topology;
}

/** Loads a TensorFlow.js layers model: `model.json` and the weight files beside it. */
export async function loadModelFile(path: string): Promise<BuiltModel> {
  const file = path.endsWith('.json') ? path : join(path, 'model.json');
  const { modelTopology, weightsManifest } = await readModelJson(file);
  const specs = weightsManifest.flatMap((group) => group.weights);
  const buffers = await Promise.all(weightsManifest.flatMap((group) => group.paths).map((p) => readWeights(file, p)));
  requireBytes(file, weightsManifest, buffers);
  const weights = { weightSpecs: specs as WeightSpec[], weightData: concatenate(buffers) };
  const model = await withinBudget(manifestElements(weightsManifest), () => buildModel(modelTopology, weights, file));
  return { model, topology: modelTopology };
}

/** Builds a model from its topology alone; its weights are zeros, and more than `elements` are refused. */
export async function modelFromTopology(topology: Topology, elements = Number.POSITIVE_INFINITY): Promise<LayersModel> {
  return withinBudget(elements, () => buildModel(topology, {}, 'the stored topology'));
}

/** Writes a model in TensorFlow.js layers format into `directory`, replacing what was there only once all is written. */
export async function saveModelFiles(
  directory: string,
  topology: Topology,
  weights: readonly { name: string; shape: readonly number[]; values: Float32Array }[],
): Promise<void> {
  const weightsFile = 'weights.bin';
  const manifest = weights.map(({ name, shape }) => ({ name, shape: [...shape], dtype: 'float32' }));
  const json = {
    format: 'layers-model',
    generatedBy: 'Lockstep',
    convertedBy: null,
    modelTopology: topology,
    weightsManifest: [{ paths: [weightsFile], weights: manifest }],
  };
  await mkdir(directory, { recursive: true });
  await writeFileAtomically(
    join(directory, weightsFile),
    new Uint8Array(concatenate(weights.map(({ values }) => bytesOf(values)))),
  );
  await writeFileAtomically(join(directory, 'model.json'), JSON.stringify(json));
}

async function buildModel(topology: Topology, weights: object, source: string): Promise<LayersModel> {
  try {
    const artifacts = { modelTopology: withZeroInitializers(topology), ...weights } as ModelArtifacts;
    return await tfl.loadLayersModel(tfc.io.fromMemory(artifacts));
  } catch (error) {
    throw userError(
      'INVALID_MODEL',
      `${source} does not hold a layers model that can be built: ${firstLine(error)}`,
      error,
    );
  }
}

async function readModelJson(file: string): Promise<{ modelTopology: Topology; weightsManifest: Manifest }> {
  try {
    const json = parseSafely(await readFile(file, 'utf8')) as {
      modelTopology?: unknown;
      weightsManifest?: unknown;
    } | null;
    const { modelTopology, weightsManifest } = json ?? {};
    if (typeof modelTopology === 'object' && modelTopology !== null && Array.isArray(weightsManifest)) {
      return { modelTopology: modelTopology as Topology, weightsManifest: parseManifest(weightsManifest) };
    }
  } catch (error) {
    throw userError('UNREADABLE_MODEL', `${file} cannot be read as a TensorFlow.js model: ${firstLine(error)}`, error);
  }
  throw userError(
    'INVALID_MODEL',
    `${file} lacks modelTopology or weightsManifest; give the model.json of a TensorFlow.js layers model.`,
  );
}

/** Weight files lie beside model.json or below, never outside its folder, also by way of a link. */
async function readWeights(modelFile: string, path: string): Promise<Uint8Array> {
  const folder = dirname(resolve(modelFile));
  if (!isWithin(folder, resolve(folder, path))) throw outside(modelFile, path);
  try {
    const file = await realpath(resolve(folder, path));
    if (!isWithin(await realpath(folder), file)) throw outside(modelFile, path);
    return await readFile(file);
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw userError(
      'UNREADABLE_MODEL',
      `Weight file ${basename(path)} of ${modelFile} cannot be read: ${(error as Error).message}`,
      error,
    );
  }
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

/** Lengths are compared before any weight is made: nothing larger than the files is allocated for them. */
function requireBytes(file: string, manifest: Manifest, buffers: readonly Uint8Array[]): void {
  const given = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
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

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
