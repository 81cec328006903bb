import { join, resolve } from 'node:path';
import { isOnnxPath } from '../coordinator/models/save.js';
import { Trainer } from '../coordinator/trainer.js';
import { type LockstepError, userError } from '../shared/errors.js';
import { withCallersModules } from './callersModules.js';
import { readConfig } from './config/read.js';
import { requireOtherFile, unwritable } from './outputFile.js';
import { findWeights, openWeights, type TrainedOptions } from './trained.js';

export type ExportOptions = Pick<TrainedOptions, 'checkpoint' | 'modules'>;

/** What was written, and from what. */
export interface Exported {
  readonly weights: string;
  readonly out: string;
}

/** Writes the model of a run or a checkpoint in TensorFlow.js layers format, or as ONNX where `out` is a file `….onnx`. */
export async function exportModel(target: string, out: string, options: ExportOptions = {}): Promise<Exported> {
  const { kind, weights } = await findWeights(target, options);
  if (kind === 'model') {
    throw userError(
      'NO_RUN',
      `${target} is a model already; copy its folder, or give a run directory or a checkpoint.`,
    );
  }
  const read = [weights, ...(kind === 'run' && !weights.endsWith('.ckpt') ? [join(weights, '..', 'weights.bin')] : [])];
  const written = isOnnxPath(out) ? [out] : ['model.json', 'weights.bin'].map((name) => join(out, name));
  for (const path of written) await requireOtherFile(path, read);
  const { modules } = options;
  const settings = { ...options, workers: 1 } as const;
  const trainer =
    kind === 'run'
      ? await openWeights(weights, withCallersModules(await readConfig(target), modules, target), settings)
      : await Trainer.resume(weights, {
          modules: modules?.map((path) => resolve(path)) ?? [],
          averaged: true,
          workers: 1,
        });
  await using _ = trainer;
  await trainer.save(out).catch((error) => {
    throw (error as LockstepError).code === 'MODEL_UNWRITABLE' ? unwritable(out, (error as Error).cause) : error;
  });
  return { weights, out };
}
