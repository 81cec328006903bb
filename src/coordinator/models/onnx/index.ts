import { basename } from 'node:path';
import { userError } from '../../../shared/errors.js';
import { reason } from '../../../shared/files.js';
import { writeWholeFile } from '../../../shared/writing/wholeFile.js';
import type { ModelDescription } from '../../compiler/lower/description.js';
import { onnxGraphOf } from './model.js';
import { constantBytes, onnxFiles } from './write.js';

/** Weights beyond this many bytes go into a file of their own: a message of protobuf ends at 2 GiB. */
const MOST_BYTES = 2 ** 30;

/** A smaller constant stays in the model's file even then: shapes are read there. */
const LEAST_EXTERNAL_BYTES = 1024;

/**
 * Writes a model at inference as an ONNX file (IR 10, opset 21) for any number of rows: float32 inputs, int32 where an
 * Embedding reads them. Weights of more than 1 GB stand in `<file>.data` beside it, which is written first.
 *
 * @param weights Those of the description, by name.
 * @throws LockstepError `NOT_IN_ONNX` for layers that have no equal form, before anything is written; `MODEL_UNWRITABLE`.
 */
export async function saveOnnxFile(
  path: string,
  model: ModelDescription,
  weights: ReadonlyMap<string, Float32Array>,
  mostBytes = MOST_BYTES,
): Promise<void> {
  const graph = onnxGraphOf(model, weights);
  const data = `${path}.data`;
  const external =
    constantBytes(graph) <= mostBytes ? undefined : { location: basename(data), leastBytes: LEAST_EXTERNAL_BYTES };
  const files = onnxFiles(graph, model.name, external);
  try {
    if (external !== undefined) await writeWholeFile(data, files.external);
    await writeWholeFile(path, files.model);
  } catch (error) {
    throw userError(
      'MODEL_UNWRITABLE',
      `The model cannot be written to ${path}: ${reason(error)}; give another path.`,
      error,
    );
  }
}
