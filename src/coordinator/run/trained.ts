import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { userError } from '../../shared/errors.js';
import { readConfig } from '../config/read.js';
import type { RunConfig } from '../config/schema.js';
import { loadTrainingData } from '../data/prepare.js';
import type { Preprocessing } from '../data/preprocessing.js';
import type { EngineChoice } from '../options.js';
import { Trainer } from '../trainer.js';
import { listCheckpoints } from './checkpoints.js';
import { readJson } from './json.js';
import { trainerOptions } from './open.js';
import { runPaths } from './paths.js';
import { shorten } from './place.js';

/** A trained model, ready to be evaluated or to predict, and how data is read for it. */
export interface Trained {
  readonly trainer: Trainer;
  readonly preprocessing: Preprocessing;
  /** The file its weights come from. */
  readonly weights: string;
}

export interface TrainedOptions {
  /** For a model that no run directory tells about: a config whose data and compile sections apply. */
  readonly config?: string;
  readonly workers?: number | 'auto';
  readonly engine?: EngineChoice;
}

/** What kind of thing a path names. */
export type TargetKind = 'run' | 'model' | 'checkpoint';

/** Opens a run directory (its finished model, or else its newest checkpoint), a model or a checkpoint. */
export async function openTrained(target: string, options: TrainedOptions = {}): Promise<Trained> {
  const kind = await kindOf(target);
  const weights = kind === 'run' ? await newestWeights(target) : target;
  const directory = kind === 'run' ? target : runAround(weights, kind);
  const config = await configFor(directory, options, weights);
  const trainer = weights.endsWith('.ckpt')
    ? await Trainer.resume(weights, { modules: config.model.modules ?? [], ...overridesOf(options) })
    : await Trainer.create(weights, {
        ...trainerOptions(config),
        workers: 'auto',
        initialWeights: 'model',
        ...overridesOf(options),
      });
  try {
    return { trainer, preprocessing: await preprocessingFor(directory, config, trainer), weights };
  } catch (error) {
    await trainer.close();
    throw error;
  }
}

/** Tells a run directory, a model (its folder or model.json) and a checkpoint apart. */
export async function kindOf(target: string): Promise<TargetKind> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined)
    throw userError('NO_MODEL', `There is no ${target}; give a run directory, a model.json or a checkpoint.`);
  if (isConfigName(target))
    throw userError('NO_MODEL', `${target} is a config, not a trained model; train it, then give its run directory.`);
  if (found.isFile()) return target.endsWith('.json') ? 'model' : 'checkpoint';
  if (await exists(runPaths(target).config)) return 'run';
  if (await exists(join(target, 'model.json'))) return 'model';
  throw userError(
    'NO_MODEL',
    `${target} holds neither a run (config.json) nor a model (model.json); give a run directory, a model.json or a checkpoint.`,
  );
}

/** Whether a name is that of a config file; a .json file may be a model too. */
export function isConfigName(path: string): boolean {
  return /\.(ya?ml|[cm]?[jt]s)$/i.test(path);
}

async function newestWeights(directory: string): Promise<string> {
  const paths = runPaths(directory);
  const [checkpoint] = await listCheckpoints(paths.checkpoints);
  if (checkpoint !== undefined) return checkpoint;
  if (await exists(join(paths.model, 'model.json'))) return join(paths.model, 'model.json');
  throw userError(
    'NO_MODEL',
    `The run in ${shorten(directory)} has no checkpoint yet; train it on with: lockstep train ${shorten(directory)} --resume`,
  );
}

/** The run directory that a model or checkpoint would lie in. */
function runAround(path: string, kind: TargetKind): string {
  const file = resolve(path);
  const folder = kind === 'model' && !file.endsWith('.json') ? file : dirname(file);
  return dirname(folder);
}

async function configFor(directory: string, { config }: TrainedOptions, weights: string): Promise<RunConfig> {
  if (config !== undefined) return readConfig(config);
  if (await exists(runPaths(directory).preprocessing)) return readConfig(directory);
  throw userError(
    'NO_RUN',
    `${weights} does not lie in a run directory, so how to read data for it is not known; give a config with --config.`,
  );
}

async function preprocessingFor(directory: string, config: RunConfig, trainer: Trainer): Promise<Preprocessing> {
  const stored = await readJson<Preprocessing>(runPaths(directory).preprocessing);
  return stored ?? (await loadTrainingData(config, trainer)).preprocessing;
}

function overridesOf({ workers, engine }: TrainedOptions) {
  return { ...(workers !== undefined && { workers }), ...(engine !== undefined && { engine }) };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
