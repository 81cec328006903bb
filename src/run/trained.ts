import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { EngineChoice } from '../coordinator/options/trainerOptions.js';
import { Trainer } from '../coordinator/trainer.js';
import { userError } from '../shared/errors.js';
import { withCallersModules } from './callersModules.js';
import { listCheckpoints } from './checkpoints.js';
import { readConfig } from './config/read.js';
import type { RunConfig } from './config/schema.js';
import type { BatchedRows, CountedRows, DataFormat, KeptReading, LoadedRows } from './data/format.js';
import { formatOf } from './data/formats.js';
import { readKept } from './data/kept.js';
import { holdsModel } from './modelFile.js';
import { dataRequest, trainerOptions } from './open.js';
import { runPaths } from './paths.js';
import { weightsOfRun } from './weightsOfRun.js';

/** A trained model, ready to be evaluated or to predict, and how data is read for it. */
export interface Trained {
  readonly trainer: Trainer;
  /** The format of the data it was trained on. */
  readonly format: DataFormat;
  /** What its run kept of that data; undefined where the format needs nothing. */
  readonly kept: KeptReading | undefined;
  /** The file its weights come from. */
  readonly weights: string;
  /** All files that it was read from, or that belong to it: no output may take their place. */
  readonly files: readonly string[];
}

export interface TrainedOptions {
  /** For a model that no run directory tells about: a config whose data and compile sections apply. */
  readonly config?: string;
  readonly workers?: number | 'auto';
  readonly engine?: EngineChoice;
  /** Modules with layers, losses or metrics of the model, which are run. Those that the run's own config names are not. */
  readonly modules?: readonly string[];
  /** Of a run: `best`, `last` or a step's number, in place of its finished model. */
  readonly checkpoint?: string;
}

/** What kind of thing a path names. */
export type TargetKind = 'run' | 'model' | 'checkpoint';

/**
 * Opens a run directory (its finished model, or else its newest checkpoint), a model or a checkpoint. Where the optimizer
 * keeps moving averages of the weights, a checkpoint is judged by them, as the finished model is.
 */
export async function openTrained(target: string, options: TrainedOptions = {}): Promise<Trained> {
  const { kind, weights } = await findWeights(target, options);
  const directory = kind === 'run' ? target : await runAround(weights);
  const config = await configFor(directory, options, weights);
  const trainer = await openWeights(weights, config, options);
  try {
    const kept = await keptReading(directory, config, trainer);
    const given = [options.config ?? [], options.modules ?? []].flat();
    const files = [...given, ...(await filesAround(weights, directory))];
    return { trainer, format: formatOf(config.data), kept, weights, files };
  } catch (error) {
    await trainer.close();
    throw error;
  }
}

/** What a target is, and the file that its weights come from. */
export async function findWeights(
  target: string,
  { checkpoint }: Pick<TrainedOptions, 'checkpoint'>,
): Promise<{ kind: TargetKind; weights: string }> {
  const kind = await kindOf(target);
  if (kind === 'run') return { kind, weights: await weightsOfRun(target, checkpoint) };
  if (checkpoint === undefined) return { kind, weights: target };
  throw userError(
    'NO_RUN',
    `--checkpoint chooses among the checkpoints of a run, but ${target} is a ${kind}; give its run directory, or leave --checkpoint out.`,
  );
}

/** A trainer with the weights of a model or a checkpoint, to judge and to save it. */
export async function openWeights(weights: string, config: RunConfig, options: TrainedOptions): Promise<Trainer> {
  const overrides = overridesOf(options);
  if (weights.endsWith('.ckpt')) {
    return Trainer.resume(weights, { modules: config.model.modules ?? [], averaged: true, ...overrides });
  }
  return Trainer.create(weights, {
    ...trainerOptions(config),
    workers: 'auto',
    initialWeights: 'model',
    ...overrides,
  });
}

/** Rows for a trained model, read as its training data was, with the columns that are passed through to what is written. */
export async function rowsFor(
  { trainer, format, kept }: Trained,
  path: string,
  passed: readonly string[] = [],
): Promise<LoadedRows | BatchedRows> {
  const rows = await format.read(path, kept, trainer, passed);
  const named = 'named' in rows ? rows.named : undefined;
  const missing = passed.find((name) => !named?.some(({ column }) => column === name));
  if (missing === undefined) return rows;
  throw userError(
    'NO_PASSING',
    `--keep names the column ${missing}, but rows of data.${format.key} have no columns to pass through; leave it out.`,
  );
}

/** As `rowsFor`, for data whose labels are needed; `labels`: the file that has them, where it is another one. */
export async function labelledRowsFor(
  { trainer, format, kept }: Trained,
  path: string,
  labels?: string,
): Promise<CountedRows | BatchedRows> {
  if (labels !== undefined && !format.paths.includes('labels')) {
    throw userError(
      'OPTIONS_CONFLICT',
      `--labels names ${labels}, but rows of data.${format.key} have their labels with them; leave it out.`,
    );
  }
  return format.readLabelled(path, kept, trainer, labels);
}

/** Refuses what is no run directory. */
export async function requireRun(target: string): Promise<void> {
  if ((await kindOf(target)) === 'run') return;
  throw userError('NO_RUN', `${target} is no run directory; give the folder that lockstep train has written.`);
}

/** Tells a run directory, a model (its folder or model.json) and a checkpoint apart. */
export async function kindOf(target: string): Promise<TargetKind> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined)
    throw userError('NO_MODEL', `There is no ${target}; give a run directory, a model.json or a checkpoint.`);
  if (await holdsModel(target)) return 'model';
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

/** The run directory that a model or checkpoint would lie in. */
async function runAround(path: string): Promise<string> {
  const isFolder = (await stat(path)).isDirectory();
  return dirname(isFolder ? resolve(path) : dirname(resolve(path)));
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
  return (await readKept(directory, format)) ?? format.learn?.(config.data, dataRequest(config, trainer));
}

/** The files of a run directory, and those beside the weights that hold a part of the model. */
async function filesAround(weights: string, directory: string): Promise<string[]> {
  const { checkpoints, model, ...files } = runPaths(directory);
  const folders = [dirname(resolve(weights)), model];
  const parts = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder).catch(() => []);
      return names.filter((name) => /\.(ckpt|bin|json)$/.test(name)).map((name) => join(folder, name));
    }),
  );
  return [weights, ...Object.values(files), ...(await listCheckpoints(checkpoints).catch(() => [])), ...parts.flat()];
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
