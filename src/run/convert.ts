import { join, resolve } from 'node:path';
import type { Prediction } from '../coordinator/callbacks/callback.js';
import { readNpy, readNpz, readSafetensors } from '../coordinator/data/arrays/read.js';
import { isWeightsFile } from '../coordinator/data/weightFiles.js';
import { Trainer } from '../coordinator/trainer.js';
import { LockstepError, userError } from '../shared/errors.js';
import { firstLine } from '../shared/files.js';
import { withCallersModules } from './callersModules.js';
import { readConfig } from './config/read.js';
import { openModelFile } from './models.js';
import { requireOtherFile } from './outputFile.js';
import { findWeights, openWeights, type TrainedOptions } from './trained.js';
import { trainingOfRun } from './trainingOfRun.js';

export interface ConvertOptions extends Pick<TrainedOptions, 'checkpoint' | 'modules'> {
  /** For a file of weights alone: the file of the model that they are of. */
  readonly model?: string;
  /** Rows that both models are to predict alike: `.npy` of one input; `.npz` or `.safetensors` of inputs by name. */
  readonly check?: string;
}

export interface Converted {
  /** The file that the weights come from. */
  readonly from: string;
  readonly to: string;
  /** Whether what the model is trained for, and where its optimizer stands, was written too. */
  readonly training: boolean;
  /** Why it was not, where the format could have held it and there was some. */
  readonly leftOut?: string;
  /** The greatest difference of two predictions, and of how many. */
  readonly check?: { readonly difference: number; readonly predictions: number };
}

/** Formats that hold weights or a computation alone, without the training. */
const withoutTraining = (path: string): boolean => /\.(safetensors|h5|hdf5|onnx)$/.test(path);

/** Writes the model of a file, a run or a checkpoint in the format that another path tells. */
export async function convert(from: string, to: string, options: ConvertOptions = {}): Promise<Converted> {
  const { trainer, weights, isCompiled, why, checkpoint = weights } = await openSource(from, to, options);
  await using _ = trainer;
  for (const target of [to, join(to, 'model.json'), join(to, 'weights.bin')]) {
    await requireOtherFile(target, [weights, checkpoint]);
  }
  const includeOptimizer = isCompiled && !withoutTraining(to);
  const leftOut = (await save(trainer, to, includeOptimizer)) ?? why;
  const training = includeOptimizer && leftOut === undefined;
  const check = options.check === undefined ? undefined : await compare(trainer, to, options.check, options);
  return { from: weights, to, training, ...(leftOut && { leftOut }), ...(check !== undefined && { check }) };
}

interface Source {
  readonly trainer: Trainer;
  readonly weights: string;
  readonly isCompiled: boolean;
  /** The checkpoint that the training comes from, where it is another file than that of the weights. */
  readonly checkpoint?: string;
  /** Why there is no training. */
  readonly why?: string;
}

async function openSource(from: string, to: string, options: ConvertOptions): Promise<Source> {
  const { modules = [], model } = options;
  const paths = modules.map((path) => resolve(path));
  if (isWeightsFile(from))
    return { ...(await openModelFile(from, { modules: paths, ...(model && { model }) })), weights: from };
  const { kind, weights } = await findWeights(from, options);
  if (kind === 'model') return { ...(await openModelFile(from, { modules: paths })), weights };
  const settings = { workers: 1, modules: paths } as const;
  if (kind === 'checkpoint') {
    return { trainer: await Trainer.resume(weights, { ...settings, averaged: true }), weights, isCompiled: true };
  }
  const config = withCallersModules(await readConfig(from), options.modules, from);
  const trainer = await openWeights(weights, config, settings);
  if (weights.endsWith('.ckpt')) return { trainer, weights, isCompiled: true };
  if (withoutTraining(to)) return { trainer, weights, isCompiled: false };
  const found = await trainingOfRun(from, trainer, config).catch(async (error) => {
    await trainer.close();
    throw error;
  });
  if (found.trainer === null) return { trainer, weights, isCompiled: false, why: found.why };
  await trainer.close();
  return { ...found, weights, isCompiled: true };
}

/** Saves with the training where the format can hold it; why it could not. */
async function save(trainer: Trainer, to: string, includeOptimizer: boolean): Promise<string | undefined> {
  try {
    await trainer.save(to, { includeOptimizer });
    return undefined;
  } catch (error) {
    const cannotHold = error instanceof LockstepError && /^NOT_IN_(KERAS|TENSORFLOWJS)$/.test(error.code);
    if (!includeOptimizer || !cannotHold) throw error;
    await trainer.save(to, { includeOptimizer: false });
    return firstLine(error);
  }
}

async function compare(
  trainer: Trainer,
  to: string,
  data: string,
  { modules = [], model }: ConvertOptions,
): Promise<Converted['check']> {
  if (to.endsWith('.onnx')) {
    throw userError('OPTIONS_CONFLICT', '--check needs a file that Lockstep reads, and .onnx is none; leave it out.');
  }
  const written = await openModelFile(to, { modules: modules.map((path) => resolve(path)), ...(model && { model }) });
  await using other = written.trainer;
  const x = await rowsOf(data);
  const [ours, theirs] = [await predictionsOf(trainer, x), await predictionsOf(other, x)];
  const differences = ours.map(({ values }, i) =>
    values.reduce((most, value, e) => Math.max(most, difference(value, theirs[i].values[e])), 0),
  );
  const predictions = ours.reduce((sum, { values }) => sum + values.length, 0);
  return { difference: Math.max(...differences), predictions };
}

/** Two that are no numbers are alike. */
const difference = (a: number, b: number): number => (Object.is(a, b) ? 0 : Math.abs(a - b));

type Rows = Awaited<ReturnType<typeof readNpy>> | Awaited<ReturnType<typeof readNpz>>;

async function rowsOf(path: string): Promise<Rows> {
  if (path.endsWith('.npy')) return readNpy(path);
  if (path.endsWith('.npz')) return readNpz(path);
  if (path.endsWith('.safetensors')) return readSafetensors(path);
  throw userError(
    'INVALID_OPTION',
    `--check was given ${path}; give rows as .npy, or as .npz or .safetensors by the names of the inputs.`,
  );
}

async function predictionsOf(trainer: Trainer, x: Rows): Promise<readonly Prediction[]> {
  return [await trainer.predict<Prediction | Prediction[]>({ x: x as never })].flat();
}
