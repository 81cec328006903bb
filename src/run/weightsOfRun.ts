import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { userError } from '../shared/errors.js';
import { BEST, checkpointName, listCheckpoints } from './checkpoints.js';
import { runPaths } from './paths.js';
import { shorten } from './runDirectory.js';
import { readStatus } from './status.js';

/**
 * The file that tells what a run has learned: of a finished run its model, of another one its newest checkpoint.
 * `checkpoint` chooses: `best`, `last`, or the one of a step.
 */
export async function weightsOfRun(directory: string, checkpoint?: string): Promise<string> {
  const paths = runPaths(directory);
  const checkpoints = await listCheckpoints(paths.checkpoints);
  if (checkpoint !== undefined) return choose(checkpoint, checkpoints, directory);
  const model = join(paths.model, 'model.json');
  const isSaved = await stat(model).then(
    () => true,
    () => false,
  );
  const isFinished = (await readStatus(directory))?.state === 'finished';
  const [newest] = checkpoints;
  if (isSaved && (isFinished || newest === undefined)) return model;
  if (newest !== undefined) return newest;
  throw userError(
    'NO_MODEL',
    `The run in ${shorten(directory)} has no checkpoint yet; train it on with: lockstep train ${shorten(directory)} --resume`,
  );
}

function choose(checkpoint: string, checkpoints: readonly string[], directory: string): string {
  const name = nameOf(checkpoint, checkpoints);
  const found = checkpoints.find((path) => basename(path) === name);
  if (found !== undefined) return found;
  const steps = checkpoints.flatMap((path) => basename(path).match(/^step-0*(\d+)\.ckpt$/)?.[1] ?? []);
  const there = [...(steps.length < checkpoints.length ? ['best'] : []), ...steps.reverse()];
  const choice = there.length === 0 ? 'it has none' : `it has ${there.join(', ')}`;
  throw userError(
    'NO_CHECKPOINT',
    `The run in ${shorten(directory)} has no checkpoint ${checkpoint}; ${choice}. Give best, last or the number of a step.`,
  );
}

function nameOf(checkpoint: string, [newest = '']: readonly string[]): string {
  if (checkpoint === 'best') return BEST;
  if (checkpoint === 'last') return basename(newest);
  return /^\d{1,15}$/.test(checkpoint) ? checkpointName(Number(checkpoint)) : '';
}
