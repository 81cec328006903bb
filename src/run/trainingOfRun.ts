import { basename } from 'node:path';
import { Trainer } from '../coordinator/trainer.js';
import { LockstepError } from '../shared/errors.js';
import { firstLine } from '../shared/files.js';
import { checkpointName, listCheckpoints } from './checkpoints.js';
import type { RunConfig } from './config/schema.js';
import { runPaths } from './paths.js';
import { readStatus } from './status.js';

/** The newest checkpoint of a finished run, opened, or why its training does not belong to the run's model. */
export type TrainingOfRun =
  | { readonly trainer: Trainer; readonly checkpoint: string }
  | { readonly trainer: null; readonly why: string };

/**
 * What a finished run was trained for and where its optimizer stands, which its model does not tell. Its last checkpoint has
 * that, and the model's weights as well, unless the end of training has replaced them: by averages, or by those of the best epoch.
 */
export async function trainingOfRun(directory: string, model: Trainer, config: RunConfig): Promise<TrainingOfRun> {
  const [checkpoint] = await listCheckpoints(runPaths(directory).checkpoints);
  const { step } = (await readStatus(directory)) ?? {};
  if (checkpoint === undefined || step === undefined || basename(checkpoint) !== checkpointName(step)) {
    return { trainer: null, why: 'the run has no checkpoint of its last step' };
  }
  try {
    const modules = config.model.modules ?? [];
    const trainer = await Trainer.resume(checkpoint, { workers: 1, modules, onEvent: () => {} });
    if (haveSameWeights(trainer, model)) return { trainer, checkpoint };
    await trainer.close();
    const why = 'the model has other weights than the last checkpoint; --checkpoint last writes that with its training';
    return { trainer: null, why };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return { trainer: null, why: firstLine(error) };
  }
}

function haveSameWeights(one: Trainer, other: Trainer): boolean {
  const [ours, theirs] = [one.weights(), other.weights()];
  return ours.length === theirs.length && ours.every(({ values }, i) => bytes(values).equals(bytes(theirs[i].values)));
}

function bytes({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
