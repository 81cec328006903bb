import { userError } from '../../shared/errors.js';
import type { StoredTensor } from './compiled/compilation.js';
import { type StoredTraining, saveModelFiles } from './files.js';
import type { OpenModel } from './open.js';
import { requireOneShape } from './openLengths.js';

/** What is written of an open model beside its weights. */
export type SavedModel = Pick<OpenModel, 'topology' | 'description' | 'lengths'>;

/** Writes a model in the format that the path asks for: a file `….onnx`, else a directory in TensorFlow.js layers format. */
export async function saveModel(
  path: string,
  model: SavedModel,
  weights: readonly StoredTensor[],
  training?: () => StoredTraining,
): Promise<void> {
  if (isOnnxPath(path)) return saveOnnx(path, model, weights, training !== undefined);
  await saveModelFiles(path, model.topology, weights, training?.());
}

/** Whether a path names an ONNX file. */
export function isOnnxPath(path: string): boolean {
  return path.toLowerCase().endsWith('.onnx');
}

async function saveOnnx(
  path: string,
  model: SavedModel,
  weights: readonly StoredTensor[],
  withOptimizer: boolean,
): Promise<void> {
  if (withOptimizer) {
    throw userError(
      'INVALID_OPTION',
      `includeOptimizer is true for ${path}, but an ONNX file holds a model for inference alone; leave it out, or write a checkpoint.`,
    );
  }
  requireOneShape(model, 'ONNX');
  const { saveOnnxFile } = await import('./onnx/index.js');
  const byName = new Map(weights.map(({ name, values }) => [name, values as Float32Array]));
  await saveOnnxFile(path, model.description, byName);
}
