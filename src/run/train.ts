import { z } from 'zod';
import type { Callback } from '../coordinator/callbacks/callback.js';
import { callbacksOf } from '../coordinator/callbacks/configured.js';
import { EarlyStopping, earlyStopping } from '../coordinator/callbacks/earlyStopping.js';
import type { FitOptions } from '../coordinator/callbacks/fitOptions.js';
import { abortSignal, callable, flag } from '../coordinator/options/fields.js';
import { readOptions } from '../coordinator/options/readOptions.js';
import type { History } from '../coordinator/options/trainerOptions.js';
import { isPlain } from '../coordinator/options/values.js';
import type { Trainer } from '../coordinator/trainer.js';
import { firstLine } from '../shared/files.js';
import { givenPath, isUrl } from '../shared/givenPath.js';
import { requireModulesElsewhere } from './callersModules.js';
import type { Override } from './config/overrides.js';
import { dataPath, parseConfig, readConfig } from './config/read.js';
import type { RunConfig, RunConfigInput } from './config/schema.js';
import type { OutputNaming, TrainingData } from './data/format.js';
import { formatOf } from './data/formats.js';
import type { RunEvent, RunStart, Summary } from './events.js';
import { fitOptionsOf } from './fitOptions.js';
import { RunListener } from './listener.js';
import { dataRequest, openTrainer, withInputShape } from './open.js';
import { type Origin, originOf } from './origin.js';
import { Recorder } from './record.js';
import { judgeValidation, type ValidationFacts } from './report/validation.js';
import { Run } from './run.js';
import { chooseRunDirectory, type Resume, shorten } from './runDirectory.js';
import { causeOf, orStopped } from './stopping.js';
import { directoryOf, isStoredConfig } from './trained.js';

const OVERRIDES = 'a list of { path, value, from }';

export interface TrainOptions {
  /** Values in place of the config's own. */
  readonly overrides?: readonly Override[];
  /**
   * Go on with the run that stands in `run.out`, or else with the newest of this name; default false. `'ifBegun'` begins
   * one in `run.out` where none has begun.
   */
  readonly resume?: Resume;
  /**
   * Stops after the step in progress; `train` then writes a checkpoint and rejects with code `ABORTED`, or with the
   * signal's reason where that is a LockstepError.
   */
  readonly signal?: AbortSignal;
  /** An error of it ends the run with `CALLBACK_FAILED`, after a checkpoint. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Hears of the run directory before anything is written to it. */
  readonly onDirectory?: (directory: string) => void;
}

const schema = z.strictObject({
  overrides: z.array(z.custom<Override>(isOverride, { error: OVERRIDES }), { error: OVERRIDES }).default([]),
  resume: z.union([flag(), z.literal('ifBegun')], { error: "true, false or 'ifBegun'" }).default(false),
  signal: abortSignal().exactOptional(),
  onEvent: callable<(event: RunEvent) => void>('a function of events').exactOptional(),
  onDirectory: callable<(directory: string) => void>('a function of the run directory').exactOptional(),
}) satisfies z.ZodType<TrainOptions>;

function isOverride(given: unknown): boolean {
  return isPlain(given) && typeof given.path === 'string' && typeof given.from === 'string';
}

/**
 * Carries out a whole run: the config's data is read, its model is trained, and checkpoints, metrics, the log and the
 * trained model are written to its run directory. `config` is a config file, a run directory, or the config itself.
 * What is wrong with the config or the data rejects before anything is written.
 */
export async function train(config: string | URL | RunConfigInput, given?: TrainOptions): Promise<Summary> {
  const options = readOptions('train', schema, given);
  const { overrides, resume, onEvent = () => {}, onDirectory = () => {} } = options;
  const listener = new RunListener(onEvent);
  const { tell } = listener;
  const signal = AbortSignal.any([listener.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const began = performance.now();
  const isFile = typeof config === 'string' || isUrl(config);
  const written = isFile ? await readConfig(config, overrides) : parseConfig(config, overrides);
  if (isFile && (await isStoredConfig(givenPath(config)))) {
    await requireModulesElsewhere(written, directoryOf(givenPath(config)));
  }
  const resolved = await orStopped(signal, withInputShape(written));
  const place = await chooseRunDirectory(resolved, resume);
  await using trainer = await orStopped(signal, openTrainer(resolved, place, tell), (late) => late.close());
  const data = await orStopped(signal, formatOf(resolved.data).load(resolved.data, dataRequest(resolved, trainer)));
  const found = { kept: data.kept, validates: data.validation !== null };
  const warn = (message: string): void => tell({ event: 'warning', message });
  const unlessStopped = <T>(work: Promise<T>): Promise<T> => orStopped(signal, work);
  const run = await Run.open(place, resolved, found, trainer, { onDirectory, warn, unlessStopped });
  try {
    announce(run, describeStart(resolved, data, trainer, run), await originOf(), tell);
    const options = fitOptions(resolved, data, run, { signal, tell });
    const history = await trainer.fit(data.train, options);
    listener.requireHeard();
    const naming = formatOf(resolved.data).naming(data.kept);
    const validation = await judged(trainer, data, naming, warn);
    const summary = { ...summarize(history, trainer, run, began), ...restored(options.callbacks) };
    await run.finish(summary, validation);
    return summary;
  } catch (error) {
    throw await run.stop(causeOf(error, signal));
  } finally {
    listener.end();
  }
}

/** What stops a run, and who hears of it. */
interface Outside {
  readonly signal: AbortSignal;
  readonly tell: (event: RunEvent) => void;
}

/** What the config says of `fit`, and who writes the run. */
function fitOptions(config: RunConfig, data: TrainingData, run: Run, { signal, tell }: Outside): FitOptions {
  const { restoreBest, callbacks } = config.fit;
  return {
    ...fitOptionsOf(config, data),
    // The recorder is the last: its checkpoints hold what the others remember of the same epoch.
    callbacks: [
      ...(restoreBest ? [keepBest()] : []),
      ...callbacksOf(callbacks),
      new Recorder(run, config, data.train.rows, tell),
    ],
    signal,
  };
}

/** The callback that gives the model the weights of its best epoch when training ends, and never ends it. */
function keepBest(): Callback {
  return earlyStopping({ patience: Number.MAX_SAFE_INTEGER, restoreBestWeights: true });
}

/** Which epoch the model is of at the end, where a callback has given it the weights of another than the last. */
function restored(callbacks: FitOptions['callbacks'] = []): Pick<Summary, 'restoredEpoch'> {
  const epochs = [callbacks]
    .flat()
    .map((callback) => (callback instanceof EarlyStopping ? callback.restoredEpoch : null));
  const epoch = epochs.findLast((found) => found !== null);
  return typeof epoch === 'number' ? { restoredEpoch: epoch + 1 } : {};
}

/** How the model does on what it was validated on; what cannot be told is left out of the report. */
async function judged(
  trainer: Trainer,
  { validation }: TrainingData,
  naming: OutputNaming,
  warn: (message: string) => void,
): Promise<ValidationFacts | null> {
  if (validation === null || 'batches' in validation) return null;
  return judgeValidation(trainer, validation, naming).catch((error) => {
    warn(`The report will not show the validation rows: ${firstLine(error)}.`);
    return null;
  });
}

function announce(run: Run, start: RunStart, origin: Origin, tell: (event: RunEvent) => void): void {
  run.log.info({ ...start, ...origin }, start.resumed ? 'run resumed' : 'run started');
  tell({ event: 'start', ...start });
}

function describeStart(config: RunConfig, data: TrainingData, trainer: Trainer, run: Run): RunStart {
  const { name, fit } = config;
  const { step, workers, workersReason, shards, engine, engineReason, seed } = trainer;
  return {
    name,
    out: shorten(run.directory),
    data: shorten(dataPath(config)),
    resumed: step > 0,
    step,
    epochs: fit.epochs,
    rows: data.train.rows,
    validationRows: data.validation?.rows ?? 0,
    parameters: trainer.describe().parameters,
    workers,
    workersReason,
    shards,
    engine,
    engineReason,
    seed,
  };
}

function summarize({ epoch, history }: History, trainer: Trainer, run: Run, began: number): Summary {
  const last = Object.entries(history).map(([name, values]): [string, number] => [name, values[values.length - 1]]);
  const { loss, ...metrics } = Object.fromEntries(last);
  return {
    fingerprint: trainer.fingerprint(),
    steps: trainer.step,
    epochs: epoch.length,
    loss,
    metrics,
    workers: trainer.workers,
    shards: trainer.shards,
    engine: trainer.engine,
    seconds: (performance.now() - began) / 1000,
    out: shorten(run.directory),
  };
}
