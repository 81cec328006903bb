import { userError } from '../../shared/errors.js';
import type { OptimizerSpec } from '../../shared/optimizers/optimizers.js';
import type { Parameter } from '../../shared/program/parameter.js';
import type { Topology } from '../../shared/tfjs/buildModel.js';
import type { ModelDescription } from '../compiler/lower/description.js';
import type { Objective } from '../options/objectives.js';
import type { Weight } from '../options/trainerOptions.js';
import { writeState } from './compiled/state.js';
import { trainingConfigOf } from './compiled/trainingConfig.js';
import { saveModelFiles } from './files.js';
import { writeHdf5 } from './hdf5/write.js';
import { compileConfigOf } from './keras/compileConfig.js';
import { modelOfKeras } from './keras/modelConfig.js';
import { writeKerasArchive, writeModelFile } from './keras/writeArchive.js';
import { legacyTree } from './keras/writeLegacy.js';
import { weightsTree } from './keras/writeWeights.js';
import { type OpenLengths, requireOneShape } from './openLengths.js';
import { safetensorsOf } from './safetensors.js';

/** A model as it is saved, with what it is trained for and where its optimizer stands. */
export interface SavedModel {
  readonly topology: Topology;
  readonly description: ModelDescription;
  /** Of a model that leaves lengths of its rows open. */
  readonly lengths: OpenLengths | null;
  readonly weights: readonly Weight[];
  /** Trained weights, in the order of TensorFlow.js. */
  readonly trained: readonly Parameter[];
  readonly objectives: readonly Objective[];
  readonly optimizer: OptimizerSpec;
  readonly learningRate: number;
  readonly step: number;
  /** A vector of the optimizer by its place in `momentNames`. */
  momentOf(weight: Parameter, index: number): Float32Array;
}

/** Writes a model in the format that a path tells; `includeOptimizer` left out is what people of that format expect. */
export async function saveModel(path: string, model: SavedModel, includeOptimizer?: boolean): Promise<void> {
  if (isOnnxPath(path)) return saveOnnx(path, model, includeOptimizer ?? false);
  if (path.endsWith('.keras')) return saveKeras(path, model, includeOptimizer ?? true);
  if (path.endsWith('.safetensors')) return writeModelFile(path, safetensorsOf(model.weights, { format: 'lockstep' }));
  if (/\.(h5|hdf5)$/.test(path)) return saveHdf5(path, model, includeOptimizer ?? false);
  await saveTensorflow(path, model, includeOptimizer ?? false);
}

/** Whether a path names an ONNX file. */
export function isOnnxPath(path: string): boolean {
  return path.toLowerCase().endsWith('.onnx');
}

async function saveOnnx(path: string, model: SavedModel, withOptimizer: boolean): Promise<void> {
  if (withOptimizer) {
    throw userError(
      'INVALID_OPTION',
      `includeOptimizer is true for ${path}, but an ONNX file holds a model for inference alone; leave it out, or write a checkpoint.`,
    );
  }
  requireOneShape(model, 'ONNX');
  const { saveOnnxFile } = await import('./onnx/index.js');
  const byName = new Map(model.weights.map(({ name, values }) => [name, values]));
  await saveOnnxFile(path, model.description, byName);
}

async function saveTensorflow(directory: string, model: SavedModel, includeOptimizer: boolean): Promise<void> {
  const { topology, weights, trained, objectives, optimizer, learningRate, step, momentOf } = model;
  if (!includeOptimizer) return saveModelFiles(directory, topology, weights);
  await saveModelFiles(directory, topology, weights, {
    trainingConfig: trainingConfigOf(objectives, optimizer, learningRate),
    optimizerWeights: writeState(optimizer, learningRate, step, trained, momentOf),
  });
}

async function saveKeras(path: string, saved: SavedModel, includeOptimizer: boolean): Promise<void> {
  const { objectives, optimizer, learningRate, trained } = saved;
  const model = modelOfKeras(saved.description);
  const compiled = includeOptimizer && { compile_config: compileConfigOf(objectives, optimizer, learningRate) };
  const tree = weightsTree(model, valuesOf(saved), includeOptimizer ? { state: saved, trained } : undefined);
  await writeKerasArchive(path, { ...model.config, ...compiled }, writeHdf5(tree));
}

/** Weights alone, `x.weights.h5`, or a model in the older form. */
async function saveHdf5(path: string, saved: SavedModel, includeOptimizer: boolean): Promise<void> {
  const model = modelOfKeras(saved.description);
  const { trained } = saved;
  const tree = path.endsWith('.weights.h5')
    ? weightsTree(model, valuesOf(saved), includeOptimizer ? { state: saved, trained } : undefined)
    : legacyTree(model, valuesOf(saved));
  await writeModelFile(path, writeHdf5(tree).pieces());
}

function valuesOf({ weights }: SavedModel): (name: string) => Float32Array {
  const byName = new Map(weights.map(({ name, values }) => [name, values]));
  return (name) => byName.get(name) as Float32Array;
}
