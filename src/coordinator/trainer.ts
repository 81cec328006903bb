import { userError } from '../shared/errors.js';
import { givenPath } from '../shared/givenPath.js';
import { withinMemory } from '../shared/memory/beyondMemory.js';
import type { Prediction } from './callbacks/callback.js';
import type { FitOptions } from './callbacks/fitOptions.js';
import { readCallbacks } from './callbacks/hooks.js';
import { requireWhole } from './callbacks/interruption.js';
import { progressFor } from './callbacks/progress.js';
import type { TakenCheckpoint } from './checkpoint/writer.js';
import type { Logs } from './compiler/metrics.js';
import { type ConfusionMatrix, countConfusions, requireClasses } from './confusion.js';
import { sourceOf } from './data/batchSource.js';
import { labelledCall, trainingCall } from './data/calls.js';
import { openDataset, openInputs } from './data/dataset.js';
import { isDatasetSource } from './data/datasetReader.js';
import { programFor } from './data/lengths.js';
import { openTraining } from './data/training.js';
import { readWeightsFile } from './data/weightFiles.js';
import { type Description, describePlan } from './describe.js';
import { fit } from './fit.js';
import { openCheckpoint, type ResumeOptions } from './openCheckpoint.js';
import { openForTraining } from './openForTraining.js';
import type { DatasetSource } from './options/datasets.js';
import { batchesSchema, fitSchema } from './options/fitFields.js';
import { readOptions } from './options/readOptions.js';
import { resizeSchema, saveSchema } from './options/trainerFields.js';
import type {
  BatchesOptions,
  CompiledModelSource,
  CompiledOptions,
  EvaluateOptions,
  History,
  LabelledData,
  ModelSource,
  PredictOptions,
  RowSource,
  SaveOptions,
  SharingTrainer,
  TensorSources,
  TrainerOptions,
  WeightOptions,
} from './options/trainerOptions.js';
import { predict } from './predict.js';
import { resolveDivision } from './ranks/division.js';
import { namesSharedWith } from './ranks/namesShared.js';
import { TrainerCore } from './trainerCore.js';
import { onlyPort } from './trainerFacts.js';
import { announceFunctions, TrainerLoop } from './trainerLoop.js';

export type { ResumeOptions };

/**
 * Trains one model with synchronous data parallelism over worker threads. The result depends on the model, the data,
 * the seed and the number of shards, never on the number of workers.
 */
export class Trainer extends TrainerLoop {
  /** What a trainer to share with is made of. */
  static #coreOf(companion: SharingTrainer | undefined): TrainerCore | undefined {
    if (companion === undefined) return undefined;
    if (companion instanceof Trainer) return companion.core;
    throw userError(
      'INVALID_OPTION',
      `shareWith is ${typeof companion}; give a trainer that Trainer.create or resume returned.`,
    );
  }

  /**
   * Opens a model for training and starts its ranks. Between calls they do not keep the process alive.
   *
   * @param model A `tf.LayersModel`, the path of a model.json, layer configs, or a functional config.
   * @param options Optimizer, loss and metrics, which a compiled model may bring; `workers` 'auto', `shards` 8, `engine` 'auto',
   * `seed` 0, `batchSize` 32 by default.
   * @throws LockstepError `INVALID_OPTION`, `UNKNOWN_OPTION` for the options; `INVALID_MODEL`, `UNSUPPORTED_MODEL`, `UNREADABLE_MODEL`,
   * `INVALID_LAYER`, `UNKNOWN_LAYER` for the model; `OUT_OF_MEMORY` where it does not fit; `NATIVE_MISSING`, `TENSORFLOW_MISSING` for an
   * engine that is not there.
   */
  static async create(model: CompiledModelSource, options?: CompiledOptions): Promise<Trainer>;
  static async create(model: ModelSource, options: TrainerOptions): Promise<Trainer>;
  static async create(model: ModelSource, given?: unknown): Promise<Trainer> {
    const { options, resolved, open, state } = await withinMemory('The weights of the model', () =>
      openForTraining('Trainer.create', model, given),
    );
    const shared = namesSharedWith(options.shareWith, open.program);
    const divided = { ...resolved, ...resolveDivision(options, open, options.batchSize) };
    const core = new TrainerCore(open, divided, Trainer.#coreOf(options.shareWith));
    core.vectors.initialize(open.weights, shared);
    // Where the optimizer of TensorFlow.js stood.
    core.vectors.setMoments(state.moments);
    core.state.step = state.step;
    if (state.learningRate !== undefined) core.runtime.learningRate = state.learningRate;
    announceFunctions(core);
    return new Trainer(core);
  }

  /**
   * Goes on from a checkpoint, with another number of workers if asked. The next `fit` continues where it stood.
   *
   * @param given The path or file URL of a checkpoint.
   * @param options Nothing here changes a bit of the result; `workers` as many as before, at most one a core, by default.
   * @throws LockstepError `UNREADABLE_CHECKPOINT`, `DAMAGED_CHECKPOINT`; `MODULES_NEEDED` where its layers or losses come from modules
   * that are not named; and what `create` throws.
   */
  static async resume(given: string | URL, options?: ResumeOptions): Promise<Trainer> {
    const path = givenPath(given);
    const { stored, open, resolved, shared, shareWith } = await openCheckpoint(path, options);
    const core = new TrainerCore(open, resolved, Trainer.#coreOf(shareWith));
    try {
      core.restore(path, stored, shared);
      if (options?.averaged) core.finishWeights();
    } catch (error) {
      await core.close();
      throw error;
    }
    return new Trainer(core);
  }

  /** What a trainer of this model would do, without starting a thread. */
  static async describe(model: CompiledModelSource, options?: CompiledOptions): Promise<Description>;
  static async describe(model: ModelSource, options: TrainerOptions): Promise<Description>;
  static async describe(model: ModelSource, given?: unknown): Promise<Description> {
    const { options, resolved, open } = await openForTraining('Trainer.describe', model, given);
    const { optimizer } = resolved;
    const { batchSize } = options;
    return describePlan(open, { optimizer, batchSize, ...resolveDivision(options, open, batchSize) });
  }

  /**
   * Trains for some epochs; after an interruption or a resume it goes on where that stood. Takes `(x, y, options)` too, as
   * TensorFlow.js does, like the other calls over data.
   *
   * @param data `x` of shape [rows, …input] and `y` of [rows, …output], class numbers of [rows] or [rows, 1] for sparse losses; for a
   * model of several inputs or outputs a list or a record. Or a source, whose rows are read while training goes on, or a dataset,
   * whose batches are.
   * @param options `epochs` 1, `batchSize` 32, `shuffle` true, `verbose` 0 by default.
   * @returns The epochs (numbered from 0) and the values of each by name: means over all rows of the epoch.
   * @throws LockstepError Before the first step `INVALID_DATA`, `SHAPE_MISMATCH`, `EMPTY_DATA`, `NON_FINITE_DATA`, `LABEL_OUT_OF_RANGE`,
   * `INVALID_OPTION`, `UNKNOWN_OPTION`, `RESUME_MISMATCH`, `NOTHING_TO_TRAIN`; later `NON_FINITE_LOSS`, `CALLBACK_FAILED`, `DATA_FAILED`, `ABORTED`,
   * `RANK_FAILED`, `NO_THREADS`, `TENSORFLOW_REFUSED`. Also `BUSY` during another call and `CLOSED` after `close`, as every call.
   */
  async fit(data: LabelledData | RowSource | DatasetSource, options?: FitOptions): Promise<History>;
  async fit(x: TensorSources, y: TensorSources, options?: FitOptions): Promise<History>;
  async fit(...given: unknown[]): Promise<History> {
    return this.core.exclusively(async () => {
      this.core.requireTrainable();
      const [data, named] = trainingCall('fit', given);
      const read = readOptions('fit', fitSchema, named);
      const options = { ...read, callbacks: [...readCallbacks(read.callbacks), ...progressFor(read.verbose)] };
      const { context, host, workers, model } = this.core;
      if (!isDatasetSource(data)) await workers.chooseFor(options.batchSize);
      const opened = await openTraining(data, options, model);
      const chooseWorkers = (batchSize: number): Promise<void> => workers.chooseFor(batchSize);
      return fit({ ...context, ...opened, host, chooseWorkers }, options);
    });
  }

  /**
   * Loss and metrics over the data, a dataset among them, each row counted once: means over all rows. Shapes and errors of data as in
   * `fit`; `batchSize` is 32 by default.
   */
  async evaluate(data: LabelledData | DatasetSource, options?: EvaluateOptions): Promise<Logs>;
  async evaluate(x: TensorSources, y: TensorSources, options?: EvaluateOptions): Promise<Logs>;
  async evaluate(...given: unknown[]): Promise<Logs> {
    return this.core.exclusively(async () => requireWhole(await this.core.evaluate('evaluate', given)));
  }

  /**
   * How often rows of each class are taken for which: counts[truth][prediction], every row counted once.
   *
   * @throws LockstepError `NO_CLASSES` for a regression or several labels a row; errors of data as in `fit`.
   */
  async confusionMatrix(data: LabelledData, options?: BatchesOptions): Promise<ConfusionMatrix>;
  async confusionMatrix(x: TensorSources, y: TensorSources, options?: BatchesOptions): Promise<ConfusionMatrix>;
  async confusionMatrix(...given: unknown[]): Promise<ConfusionMatrix> {
    return this.core.exclusively(async () => {
      const [data, options] = labelledCall('confusionMatrix', given);
      const { batchSize } = readOptions('confusionMatrix', batchesSchema, options);
      const [{ loss }] = this.core.model.objectives;
      const size = onlyPort('output', this.core.program.outputs).shape.at(-1) as number;
      requireClasses(loss, size);
      const dataset = openDataset(data, await programFor(this.core.model, data.x));
      const inputs = sourceOf({ ...dataset, targets: [], weights: [] });
      const [predicted] = requireWhole(await predict(this.core.jobs, inputs, { batchSize }));
      return countConfusions(dataset.targets[0], predicted.values, size, loss);
    });
  }

  /**
   * The model's output for every row, of a dataset too: values and shape [rows, …]. For a model of several outputs a list, in
   * their order: `predict<Prediction[]>(…)`. `batchSize` is 32 by default, and changes no bit.
   */
  async predict<P extends Prediction | Prediction[] = Prediction>(
    data: { readonly x: TensorSources } | TensorSources | DatasetSource<unknown>,
    options?: PredictOptions,
  ): Promise<P> {
    return this.core.exclusively(async () => requireWhole(await this.core.predict('predict', [data, options])) as P);
  }

  /** The model's output for the given rows, run as one batch. */
  async predictOnBatch<P extends Prediction | Prediction[] = Prediction>(x: TensorSources): Promise<P> {
    return this.core.exclusively(async () => {
      const dataset = openInputs(x, await programFor(this.core.model, x));
      const made = requireWhole(await predict(this.core.jobs, sourceOf(dataset), { batchSize: dataset.rows }));
      return (made.length === 1 ? made[0] : made) as P;
    });
  }

  /** Loss and metrics of the given rows, run as one batch; changes nothing. */
  async testOnBatch(data: LabelledData, options?: WeightOptions): Promise<Logs>;
  async testOnBatch(x: TensorSources, y: TensorSources, options?: WeightOptions): Promise<Logs>;
  async testOnBatch(...given: unknown[]): Promise<Logs> {
    return this.core.exclusively(() => this.core.testOnBatch(given));
  }

  /**
   * One step over the given rows as one batch; returns its loss and metrics, taken before the update.
   *
   * @throws LockstepError `NON_FINITE_LOSS` where the loss, a gradient or a weight is not finite: the weights are those before the
   * step. `NOTHING_TO_TRAIN`, and errors of data, as in `fit`.
   */
  async trainOnBatch(data: LabelledData, options?: WeightOptions): Promise<Logs>;
  async trainOnBatch(x: TensorSources, y: TensorSources, options?: WeightOptions): Promise<Logs>;
  async trainOnBatch(...given: unknown[]): Promise<Logs> {
    return this.core.exclusively(() => this.core.trainOnBatch(given));
  }

  /**
   * Goes on with another number of ranks, at least 1; changes nothing but speed.
   *
   * @throws LockstepError `INVALID_OPTION` for another value; `RANK_FAILED` where the ranks cannot be started.
   */
  async resize(workers: number): Promise<void> {
    await this.core.exclusively(async () => {
      await this.core.workers.fix(readOptions('resize', resizeSchema, { workers }).workers);
    });
  }

  /**
   * Writes a checkpoint: all that `resume` needs but the data. A reader finds the old file or the new one, never a part.
   * Rejects with `CHECKPOINT_UNWRITABLE`, after which training can go on.
   */
  async checkpoint(path: string | URL): Promise<void> {
    const { written } = await this.takeCheckpoint(path);
    await written;
  }

  /**
   * As `checkpoint`, but resolves as soon as the state is copied: training may go on while a thread of its own writes the
   * file. Waits for the checkpoint before this one.
   */
  async takeCheckpoint(path: string | URL): Promise<TakenCheckpoint> {
    return this.core.takeCheckpoint(givenPath(path));
  }

  /**
   * Writes the model in the format that the path tells: `x.keras` for Keras, with losses, metrics, and the optimizer where it stands;
   * `x.onnx` for runtimes of ONNX (IR 10, opset 21), at inference, for any number of rows, with weights of more than 1 GB in
   * `x.onnx.data` beside it; any other path is a folder for TensorFlow.js's `model.json` and `weights.bin` (float32), with its
   * optimizer if `includeOptimizer` asks for it.
   *
   * @throws LockstepError `MODEL_UNWRITABLE`; `NOT_IN_KERAS`, `NOT_IN_ONNX`, `NOT_IN_TENSORFLOWJS` for what the format cannot hold;
   * `UNKNOWN_SHAPE` for lengths that are left open, in ONNX.
   */
  async save(path: string | URL, options?: SaveOptions): Promise<void> {
    const { includeOptimizer } = readOptions('save', saveSchema, options);
    await this.core.save(givenPath(path), includeOptimizer);
  }

  /**
   * Replaces every weight by those of a file: `x.weights.h5` of Keras, by the places of its layers, or `x.safetensors`, by the names of
   * `weights()`. The optimizer's own vectors stay.
   *
   * @throws LockstepError `UNREADABLE_MODEL`, `ARRAY_INVALID`, `INVALID_OPTION`; `WEIGHTS_MISMATCH` where one is missing or has another
   * shape. Nothing is replaced then.
   */
  async loadWeights(path: string | URL): Promise<void> {
    await this.core.exclusively(async () => {
      this.core.vectors.setWeights(await readWeightsFile(givenPath(path), this.core.model.description));
    });
  }

  /** Ends the ranks; leaves no thread behind. */
  async close(): Promise<void> {
    await this.core.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
