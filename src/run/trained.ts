import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { EngineChoice } from '../coordinator/options/trainerOptions.js';
import { Trainer } from '../coordinator/trainer.js';
import { userError } from '../shared/errors.js';
import { withCallersModules } from './callersModules.js';
import { listCheckpoints } from './checkpoints.js';
import { readConfig } from './config/read.js';
import type { RunConfig } from './config/schema.js';
import type { CountedRows, DataFormat, KeptReading, LoadedRows } from './data/format.js';
import { formatOf } from './data/formats.js';
import { readJson } from './json.js';
import { dataRequest, trainerOptions } from './open.js';
import { runPaths } from './paths.js';
import { shorten } from './runDirectory.js';

/** A trained model, ready to be evaluated or to predict, and how data is read for it. */
export interface Trained {
  readonly trainer: Trainer;
  /** The format of the data it was trained on. */
  readonly format: DataFormat;
  /** What its run kept of that data; undefined where the format needs nothing. */
  readonly kept: KeptReading | undefined;
  /** The file its weights come from. */
  readonly weights: string;
}

export interface TrainedOptions {
  /** For a model that no run directory tells about: a config whose data and compile sections apply. */
  readonly config?: string;
  readonly workers?: number | 'auto';
  readonly engine?: EngineChoice;
  /** Modules with layers, losses or metrics of the model, which are run. Those that the run's own config names are not. */
  readonly modules?: readonly string[];
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
    return { trainer, format: formatOf(config.data), kept: await keptReading(directory, config, trainer), weights };
  } catch (error) {
    await trainer.close();
    throw error;
  }
}

/** Rows for a trained model, read as its training data was. */
export async function rowsFor({ trainer, format, kept }: Trained, path: string): Promise<LoadedRows> {
  return format.read(path, kept, trainer);
}

/** As `rowsFor`, for data whose labels are needed. */
export async function labelledRowsFor({ trainer, format, kept }: Trained, path: string): Promise<CountedRows> {
  return format.readLabelled(path, kept, trainer);
}

/** Tells a run directory, a model (its folder or model.json) and a checkpoint apart. */
export async function kindOf(target: string): Promise<TargetKind> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined)
    throw userError('NO_MODEL', `There is no ${target}; give a run directory, a model.json or a checkpoint.`);
  if (isConfigName(target))
    throw userError('NO_MODEL', `${target} is a config, not a trained model; train it, then give its run directory.`);
  if (found.isFile()) return target.endsWith('.json') ? 'model' : 'checkpoint';
  if (!found.isDirectory())
    throw userError('NO_MODEL', `${target} cannot be read: it is a pipe or a device, not a file.`);
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

async function configFor(directory: string, options: TrainedOptions, weights: string): Promise<RunConfig> {
  const { config, modules } = options;
  if (config !== undefined) return readOwnConfig(config, modules);
  if (await exists(runPaths(directory).preprocessing)) {
    return withCallersModules(await readConfig(directory), modules, directory);
  }
  throw userError(
    'NO_RUN',
    `${weights} does not lie in a run directory, so how to read data for it is not known; give a config with --config.`,
  );
}

/** A config that the caller gives may name modules; that of a run directory is the run's own. */
async function readOwnConfig(path: string, modules: readonly string[] | undefined): Promise<RunConfig> {
  const config = await readConfig(path);
  const isStored = modules !== undefined || (await isStoredConfig(path));
  return isStored ? withCallersModules(config, modules, path) : config;
}

/** The run directory of a stored config. */
export function directoryOf(path: string): string {
  return basename(path) === 'config.json' ? dirname(resolve(path)) : resolve(path);
}

/** Whether a path is a run directory, or the config.json in one. */
export async function isStoredConfig(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return true;
  if (basename(path) !== 'config.json') return false;
  const { status, preprocessing, checkpoints } = runPaths(dirname(resolve(path)));
  return (await Promise.all([status, preprocessing, checkpoints].map(exists))).includes(true);
}

async function keptReading(directory: string, config: RunConfig, trainer: Trainer): Promise<KeptReading | undefined> {
  const format = formatOf(config.data);
  const stored = await readJson<KeptReading>(runPaths(directory).preprocessing);
  if (stored !== undefined && format.hasKept(stored)) return stored;
  return format.learn?.(config.data, dataRequest(config, trainer));
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
