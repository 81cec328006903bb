import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readCheckpoint } from '../coordinator/checkpoint/read.js';
import type { Description } from '../coordinator/describe.js';
import { lossesOf } from '../coordinator/options/objectives.js';
import { adam } from '../coordinator/options/optimizerFactories.js';
import { Trainer } from '../coordinator/trainer.js';
import { withCallersModules } from './callersModules.js';
import { listCheckpoints } from './checkpoints.js';
import type { Override } from './config/overrides.js';
import { dataPath, readConfig } from './config/read.js';
import type { RunConfig } from './config/schema.js';
import type { Survey } from './data/survey.js';
import { surveyData } from './data/surveying.js';
import { holdsModel } from './modelFile.js';
import { modelSource, trainerOptions, withInputShape } from './open.js';
import { runPaths } from './paths.js';
import { shorten } from './runDirectory.js';
import { readStatus, stateOf } from './status.js';
import { isConfigName, isStoredConfig, kindOf, type TrainedOptions } from './trained.js';

/** What `inspect` found. */
export interface Inspection extends Description {
  readonly kind: 'config' | 'run' | 'model' | 'checkpoint';
  /** What is known beside the plan, by name: where a run stands, which step a checkpoint holds. */
  readonly facts: Readonly<Record<string, string | number>>;
}

export interface InspectOptions extends Pick<TrainedOptions, 'workers' | 'engine'> {
  readonly batchSize?: number;
  /** Modules with layers, losses or metrics of a model or a checkpoint; a config names its own. */
  readonly modules?: readonly string[];
  readonly overrides?: readonly Override[];
}

/** What a path holds, where it is data and nothing that was trained or configured. */
export async function surveyOf(target: string): Promise<Survey | undefined> {
  return (await isConfigFile(target)) ? undefined : surveyData(target);
}

/** Describes a config, a run directory, a model.json or a checkpoint; trains nothing. */
export async function inspect(target: string, options: InspectOptions = {}): Promise<Inspection> {
  if (await isConfigFile(target)) {
    const isStored = await isStoredConfig(target);
    return { kind: 'config', ...(await inspectConfig(target, options, isStored)) };
  }
  const kind = await kindOf(target);
  if (kind === 'run') return { kind, ...(await inspectRun(target, options)) };
  if (kind === 'model') return { kind, ...(await inspectModel(target, options)) };
  return { kind, ...(await inspectCheckpoint(target, options)) };
}

type Found = Omit<Inspection, 'kind'>;

/** `isStored`: it is the config of a folder, whose modules are run only where the caller names them. */
async function inspectConfig(
  path: string,
  { batchSize, modules, overrides = [] }: InspectOptions,
  isStored: boolean,
): Promise<Found> {
  const read = await readConfig(path, overrides);
  const config = await withInputShape(isStored ? withCallersModules(read, modules, path) : read);
  const { name, compile, fit } = config;
  const rows = batchSize ?? fit.batchSize;
  const description = await Trainer.describe(modelSource(config), { ...trainerOptions(config), batchSize: rows });
  return {
    ...description,
    facts: {
      name,
      data: shorten(dataPath(config)),
      loss: lossNamesOf(compile.loss),
      optimizer: compile.optimizer.kind,
      epochs: fit.epochs,
    },
  };
}

/** The loss of each output; a name beside options, a list or a record. */
function lossNamesOf(loss: RunConfig['compile']['loss']): string {
  return lossesOf(loss)
    .map(({ name }) => name)
    .join(', ');
}

async function inspectRun(directory: string, options: InspectOptions): Promise<Found> {
  const found = await inspectConfig(directory, options, true);
  const status = await readStatus(directory);
  const [newest] = await listCheckpoints(runPaths(directory).checkpoints);
  const state = status === undefined ? {} : { state: await stateOf(status), step: status.step, written: status.time };
  return { ...found, facts: { ...found.facts, ...state, ...(newest && { checkpoint: newest }) } };
}

/** A model alone says nothing about training: the plan is that of Adam and the mean squared error. */
async function inspectModel(path: string, { overrides: _, ...options }: InspectOptions): Promise<Found> {
  const assumed = { optimizer: adam(), loss: 'meanSquaredError' } as const;
  const description = await Trainer.describe(path, { ...assumed, ...options });
  return { ...description, facts: { 'planned for': 'adam, meanSquaredError' } };
}

async function inspectCheckpoint(
  path: string,
  { batchSize, workers, engine, modules = [] }: InspectOptions,
): Promise<Found> {
  const { step, epochsTrained, seed, objectives, optimizer, learningRate, position } = await readCheckpoint(path);
  const overrides = { ...(workers !== undefined && { workers }), ...(engine !== undefined && { engine }) };
  await using trainer = await Trainer.resume(path, { ...overrides, modules });
  const rows = batchSize ?? position?.batchSize ?? undefined;
  return {
    ...trainer.describe(rows === undefined ? {} : { batchSize: rows }),
    facts: {
      step,
      epochs: epochsTrained,
      seed,
      loss: objectives.map(({ loss }) => loss?.name ?? 'none').join(', '),
      optimizer: optimizer.kind,
      'learning rate': learningRate,
    },
  };
}

/** A .json file may be a config or a model, whose name is never that of a config. */
async function isConfigFile(path: string): Promise<boolean> {
  if (basename(path) === 'model.json' || (await holdsModel(path))) return false;
  if (isConfigName(path)) return true;
  const found = path.endsWith('.json') ? await stat(path).catch(() => undefined) : undefined;
  return found?.isFile() === true && found.size > 0;
}
