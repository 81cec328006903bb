import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userError } from '../../shared/errors.js';
import { writeFileAtomically } from '../files.js';
import { withZeroInitializers } from './initializers.js';
import './activations.js';
import './layers/index.js';
import { tfc, tfl } from './tfjs.js';

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
  const weights = { weightSpecs: specs, weightData: concatenate(buffers) };
  return { model: await buildModel(modelTopology, weights, file), topology: modelTopology };
}

/** Builds a model from its topology alone; its weights are zeros. */
export async function modelFromTopology(topology: Topology): Promise<LayersModel> {
  return buildModel(topology, {}, 'the stored topology');
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
      `${source} does not hold a layers model that can be built: ${(error as Error).message}`,
      error,
    );
  }
}

async function readModelJson(
  file: string,
): Promise<{ modelTopology: Topology; weightsManifest: { paths: string[]; weights: WeightSpec[] }[] }> {
  try {
    const json = JSON.parse(await readFile(file, 'utf8'));
    if (typeof json.modelTopology === 'object' && Array.isArray(json.weightsManifest)) return json;
  } catch (error) {
    throw userError(
      'UNREADABLE_MODEL',
      `${file} cannot be read as a TensorFlow.js model: ${(error as Error).message}`,
      error,
    );
  }
  throw userError(
    'INVALID_MODEL',
    `${file} lacks modelTopology or weightsManifest; give the model.json of a TensorFlow.js layers model.`,
  );
}

/** Weight files lie beside model.json, never outside its folder. */
async function readWeights(modelFile: string, path: string): Promise<Uint8Array> {
  const folder = dirname(resolve(modelFile));
  const file = resolve(folder, path);
  if (relative(folder, file).startsWith('..')) {
    throw userError(
      'INVALID_MODEL',
      `${modelFile} names the weight file ${path}, which is outside its folder; put weight files beside model.json.`,
    );
  }
  try {
    return await readFile(file);
  } catch (error) {
    throw userError(
      'UNREADABLE_MODEL',
      `Weight file ${basename(file)} of ${modelFile} cannot be read: ${(error as Error).message}`,
      error,
    );
  }
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
