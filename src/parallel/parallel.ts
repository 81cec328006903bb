import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { History, LayersModel } from '@tensorflow/tfjs-layers';
import type { Prediction } from '../coordinator/callbacks/callback.js';
import type { FitOptions } from '../coordinator/callbacks/fitOptions.js';
import type { Logs } from '../coordinator/compiler/metrics.js';
import type { DatasetSource } from '../coordinator/options/datasets.js';
import { BATCH_SIZE } from '../coordinator/options/trainerFields.js';
import type { EvaluateOptions, History as TrainerHistory } from '../coordinator/options/trainerOptions.js';
import { hasMethod, show } from '../coordinator/options/values.js';
import type { Trainer } from '../coordinator/trainer.js';
import { LockstepError, userError } from '../shared/errors.js';
import { tfc, tfl } from '../shared/tfjs/tfjs.js';
import { Companion, type ParallelOptions } from './companion.js';
import { asLockstepCallback, type FitParams, readTfCallbacks } from './hooks.js';
import { logNamesOf, renamed } from './logNames.js';

export type { ParallelOptions };

/** What a model has beside its own methods. */
export interface ParallelModel {
  /** The trainer that computes for it; null before the first call that trains, and after `compile`. */
  readonly trainer: Trainer | null;
  /** Ends its ranks at once. They end with the process anyway, and do not keep it alive. */
  close(): Promise<void>;
}

/**
 * A tf.LayersModel whose training Lockstep computes: the same methods with the same arguments and results. After each call
 * the model itself has the weights.
 *
 * @param model Compiled or not.
 * @param options Those of `Trainer.create` that a compiled model does not bring: `workers` 'auto', `shards` 8, `engine` 'auto' and
 * `seed` 0 by default.
 * @throws LockstepError `INVALID_MODEL` for anything else; the methods throw what `Trainer.create` and `fit` throw.
 */
export function parallel<M extends LayersModel>(model: M, options: ParallelOptions = {}): M & ParallelModel {
  if (!hasMethod(model, 'getClassName') || !Array.isArray((model as { readonly layers?: unknown }).layers)) {
    throw userError('INVALID_MODEL', `parallel was given ${show(model)}; give a tf.LayersModel.`);
  }
  const methods = new Methods(model, options);
  const shown = new Proxy(model, {
    get: (target, key) => {
      if (key in methods && key !== 'constructor') return bound(methods, key);
      methods.companion.catchUp();
      return bound(target, key);
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
  methods.shown = shown;
  return shown as M & ParallelModel;
}

/** A property; a method belongs to the object, whatever it is called on. */
function bound(owner: object, key: string | symbol): unknown {
  const value: unknown = Reflect.get(owner, key, owner);
  return typeof value === 'function' && key !== 'constructor' ? value.bind(owner) : value;
}

type Inputs = Parameters<LayersModel['fit']>[0];
type FitArgs = NonNullable<Parameters<LayersModel['fit']>[2]>;
type FitDatasetArgs = Parameters<LayersModel['fitDataset']>[1];
type EvaluateDatasetArgs = Parameters<LayersModel['evaluateDataset']>[1];
type Rows = Tensor | Tensor[];
type PredictArgs = Parameters<LayersModel['predict']>[1];
type EvaluateArgs = Parameters<LayersModel['evaluate']>[2];
type CompileArgs = Parameters<LayersModel['compile']>[0];

/** The methods of a model that Lockstep does in its place. */
class Methods implements ParallelModel {
  readonly companion: Companion;
  /** The model as its owner has it: what callbacks are given. */
  shown: LayersModel;
  readonly #model: LayersModel;
  #isTraining = false;

  constructor(model: LayersModel, options: ParallelOptions) {
    this.#model = model;
    this.shown = model;
    this.companion = new Companion(model, options);
  }

  get trainer(): Trainer | null {
    return this.companion.trainer;
  }

  compile(args: CompileArgs): void {
    this.#model.compile(args);
    void this.companion.close();
  }

  async fit(x: Inputs, y: Inputs, args: FitArgs = {}): Promise<History> {
    const samples = Math.floor(rowsOf(x) * (1 - (args.validationSplit ?? 0)));
    const about = { samples, batchSize: args.batchSize ?? BATCH_SIZE, steps: null };
    return this.#fit(args, about, (trainer, options) => trainer.fit(x as Tensor, y as Tensor, options));
  }

  async fitDataset(dataset: object, args: FitDatasetArgs): Promise<History> {
    const about = { samples: null, batchSize: null, steps: args.batchesPerEpoch ?? null };
    return this.#fit(args, about, (trainer, options) => trainer.fit(dataset as DatasetSource, options));
  }

  async #fit(
    args: FitArgs | FitDatasetArgs,
    about: Record<string, number | null>,
    train: (trainer: Trainer, options: FitOptions) => Promise<TrainerHistory>,
  ): Promise<History> {
    return this.#exclusively(async (trainer) => {
      const { callbacks, yieldEvery, verbose, ...named } = args;
      const names = logNamesOf(this.#model);
      const params = paramsOf(args, about, names);
      const heard = readTfCallbacks(callbacks, yieldEvery);
      const { model, companion } = { model: this.shown, companion: this.companion };
      const told = asLockstepCallback(heard, { model, companion, names, params });
      const options = { ...named, verbose: verbose ?? 0, callbacks: told };
      const { epoch, history } = await train(trainer, options as unknown as FitOptions);
      return this.#historyOf(epoch, history, names, params);
    });
  }

  async trainOnBatch(x: Inputs, y: Inputs): Promise<number | number[]> {
    return this.#exclusively(async (trainer) => {
      const logs = await trainer.trainOnBatch(x as Tensor, y as Tensor);
      const values = Object.values(renamed(logs, logNamesOf(this.#model)));
      return values.length === 1 ? values[0] : values;
    });
  }

  predict(x: Rows, args?: PredictArgs): Tensor | Tensor[] {
    const made = this.#atOnce((trainer) =>
      trainer.predictSync<Prediction | Prediction[]>(x, { batchSize: args?.batchSize ?? BATCH_SIZE }),
    );
    return made === null ? this.#model.predict(x, args) : tensorsOf(made);
  }

  predictOnBatch(x: Rows): Tensor | Tensor[] {
    const [{ shape }] = [x].flat();
    const made = this.#atOnce((trainer) => trainer.predictSync<Prediction | Prediction[]>(x, { batchSize: shape[0] }));
    return made === null ? this.#model.predictOnBatch(x) : tensorsOf(made);
  }

  evaluate(x: Rows, y: Rows, args?: EvaluateArgs): Scalar | Scalar[] {
    const { verbose: _, ...named } = args ?? {};
    const logs = this.#atOnce((trainer) => trainer.evaluateSync(x, y, named as EvaluateOptions));
    return logs === null ? this.#model.evaluate(x, y, args) : this.#scalarsOf(logs);
  }

  async evaluateDataset(dataset: object, args?: EvaluateDatasetArgs): Promise<Scalar | Scalar[]> {
    const batches = args?.batches;
    const logs = await this.#exclusively((trainer) =>
      trainer.evaluate(dataset as DatasetSource, batches === undefined ? {} : { batches }),
    );
    return this.#scalarsOf(logs);
  }

  async save(...[handler, config]: Parameters<LayersModel['save']>): ReturnType<LayersModel['save']> {
    const trainer = this.trainer;
    if (config?.includeOptimizer && trainer !== null) {
      const stored = trainer.optimizerWeights();
      const named = stored.map(({ name, shape, values }) => ({ name, tensor: tfc.tensor(values, [...shape]) }));
      await this.#model.optimizer.setWeights(named);
      // The others are the optimizer's own from now on.
      named[0].tensor.dispose();
    }
    return this.#model.save(handler, config);
  }

  dispose(): ReturnType<LayersModel['dispose']> {
    void this.companion.close();
    return this.#model.dispose();
  }

  async close(): Promise<void> {
    await this.companion.close();
  }

  /** What the trainer computes on this thread; null where TensorFlow.js has to, or has to say what is wrong. */
  #atOnce<T>(work: (trainer: Trainer) => T): T | null {
    const trainer = this.companion.atRest(this.#isTraining);
    if (trainer === null) {
      this.companion.catchUp();
      return null;
    }
    try {
      return work(trainer);
    } catch (error) {
      if (error instanceof LockstepError && error.blame === 'user') return null;
      throw error;
    }
  }

  /** One call at a time; whatever becomes of it, the model has the weights of the trainer afterwards. */
  async #exclusively<T>(work: (trainer: Trainer) => Promise<T>): Promise<T> {
    if (this.#isTraining) throw new Error('Cannot start training because another fit() call is ongoing.');
    this.#isTraining = true;
    try {
      const trainer = await this.companion.open();
      try {
        return await work(trainer);
      } finally {
        trainer.forgetFit();
        this.companion.give(trainer.weights());
      }
    } catch (error) {
      // A callback's own error is what TensorFlow.js rejects with.
      throw error instanceof LockstepError && error.code === 'CALLBACK_FAILED' ? error.cause : error;
    } finally {
      this.#isTraining = false;
    }
  }

  #scalarsOf(logs: Logs): Scalar | Scalar[] {
    const values = Object.values(renamed(logs, logNamesOf(this.#model))).map((value) => tfc.scalar(value));
    return values.length === 1 ? values[0] : values;
  }

  #historyOf(
    epoch: readonly number[],
    history: Readonly<Record<string, readonly number[]>>,
    names: readonly string[],
    params: FitParams,
  ): History {
    const made = Object.assign(new tfl.History(), {
      epoch: [...epoch],
      history: renamed(history, names),
      params,
    });
    this.#model.history = made;
    return made;
  }
}

function tensorsOf(made: Prediction | Prediction[]): Tensor | Tensor[] {
  const tensor = ({ values, shape }: Prediction): Tensor => tfc.tensor(values, shape);
  return Array.isArray(made) ? made.map(tensor) : tensor(made);
}

function rowsOf(x: Inputs): number {
  const [first] = (Array.isArray(x) ? x : 'shape' in x ? [x] : Object.values(x)) as Tensor[];
  return first.shape[0];
}

/** What TensorFlow.js tells callbacks of a `fit`; its types do not know that it says null. */
function paramsOf(
  { epochs, initialEpoch, verbose, validationData, ...args }: FitArgs | FitDatasetArgs,
  about: Record<string, number | null>,
  names: readonly string[],
): FitParams {
  const { validationSplit } = args as FitArgs;
  const doValidation = Boolean(validationData ?? validationSplit);
  return {
    epochs: epochs ?? 1,
    initialEpoch: initialEpoch ?? 0,
    ...(about as Record<string, number>),
    verbose: Number(verbose ?? 0),
    doValidation,
    metrics: doValidation ? [...names, ...names.map((name) => `val_${name}`)] : [...names],
  };
}
