import { userError } from '../shared/errors.js';
import { givenPath } from '../shared/givenPath.js';
import { withinMemory } from '../shared/memory/beyondMemory.js';
import type { EngineName } from '../shared/protocol/messages.js';
import type { Prediction } from './callbacks/callback.js';
import type { FitOptions } from './callbacks/fitOptions.js';
import { readCallbacks } from './callbacks/hooks.js';
import { requireWhole } from './callbacks/interruption.js';
import { progressFor } from './callbacks/progress.js';
import type { TakenCheckpoint } from './checkpoint/writer.js';
import type { Logs } from './compiler/metrics.js';
import { type ConfusionMatrix, countConfusions, requireClasses } from './confusion.js';
import { labelledCall, trainingCall } from './data/calls.js';
import { openDataset, openInputs } from './data/dataset.js';
import { openTraining } from './data/training.js';
import { type Description, describePlan } from './describe.js';
import { fit } from './fit.js';
import { openCheckpoint, type ResumeOptions } from './openCheckpoint.js';
import { openForTraining } from './openForTraining.js';
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
  RowSource,
  SaveOptions,
  SharingTrainer,
  TensorSources,
  TrainerOptions,
  Weight,
  WeightOptions,
} from './options/trainerOptions.js';
import { onlyPort } from './ports.js';
import { predict, predictions } from './predict.js';
import { resolveDivision } from './ranks/division.js';
import { namesSharedWith } from './sharing.js';
import { TrainerCore } from './trainerCore.js';

export type { ResumeOptions };

/**
 * Trains one model with synchronous data parallelism over worker threads. The result depends on the model, the data,
 * the seed and the number of shards, never on the number of workers.
 */
export class Trainer {
  readonly #core: TrainerCore;

  private constructor(core: TrainerCore) {
    this.#core = core;
  }

  /** What a trainer to share with is made of. */
  static #coreOf(companion: SharingTrainer | undefined): TrainerCore | undefined {
    if (companion === undefined) return undefined;
    if (companion instanceof Trainer) return companion.#core;
    throw userError(
      'INVALID_OPTION',
      `shareWith is ${typeof companion}; give a trainer that Trainer.create or resume returned.`,
    );
  }

  /** Opens a model for training and starts its ranks. Between calls they do not keep the process alive. */
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
    return new Trainer(core);
  }

  /** Goes on from a checkpoint, with another number of workers if asked. The next `fit` continues where it stood. */
  static async resume(given: string | URL, options?: ResumeOptions): Promise<Trainer> {
    const path = givenPath(given);
    const { stored, open, resolved, shared, shareWith } = await openCheckpoint(path, options);
    const core = new TrainerCore(open, resolved, Trainer.#coreOf(shareWith));
    try {
      core.restore(path, stored, shared);
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

  get workers(): number {
    return this.#core.runtime.division.workers;
  }

  get shards(): number {
    return this.#core.resolved.shards;
  }

  get engine(): EngineName {
    return this.#core.model.engine.name;
  }

  /** Why that engine was taken. */
  get engineReason(): string {
    return this.#core.model.engine.reason;
  }

  /** Why there are as many workers as there are. */
  get workersReason(): string {
    return this.#core.workers.reason;
  }

  get seed(): number {
    return this.#core.resolved.seed;
  }

  /** Updates applied so far. */
  get step(): number {
    return this.#core.state.step;
  }

  get learningRate(): number {
    return this.#core.runtime.learningRate;
  }

  /** Shape of one row of input; throws for a model of several inputs. */
  get inputShape(): readonly number[] {
    return onlyPort('input', this.#core.program.inputs).shape;
  }

  /** Shape of one row of output; throws for a model of several outputs. */
  get outputShape(): readonly number[] {
    return onlyPort('output', this.#core.program.outputs).shape;
  }

  /**
   * Trains for some epochs; after an interruption or a resume it goes on where that stood. Takes `(x, y, options)` too, as
   * TensorFlow.js does, like the other calls over data.
   */
  async fit(data: LabelledData | RowSource, options?: FitOptions): Promise<History>;
  async fit(x: TensorSources, y: TensorSources, options?: FitOptions): Promise<History>;
  async fit(...given: unknown[]): Promise<History> {
    return this.#core.exclusively(async () => {
      const [data, named] = trainingCall('fit', given);
      const read = readOptions('fit', fitSchema, named);
      const options = { ...read, callbacks: [...readCallbacks(read.callbacks), ...progressFor(read.verbose)] };
      await this.#core.workers.chooseFor(options.batchSize);
      const opened = await openTraining(data, options, this.#core.program);
      return fit({ ...this.#core.context, ...opened, host: this.#core.host }, options);
    });
  }

  /** Loss and metrics over the data, each row counted once. */
  async evaluate(data: LabelledData, options?: EvaluateOptions): Promise<Logs>;
  async evaluate(x: TensorSources, y: TensorSources, options?: EvaluateOptions): Promise<Logs>;
  async evaluate(...given: unknown[]): Promise<Logs> {
    return this.#core.exclusively(async () => requireWhole(await this.#core.evaluate('evaluate', given)));
  }

  /** How often rows of each class are taken for which: counts[truth][prediction], every row counted once. */
  async confusionMatrix(data: LabelledData, options?: BatchesOptions): Promise<ConfusionMatrix>;
  async confusionMatrix(x: TensorSources, y: TensorSources, options?: BatchesOptions): Promise<ConfusionMatrix>;
  async confusionMatrix(...given: unknown[]): Promise<ConfusionMatrix> {
    return this.#core.exclusively(async () => {
      const [data, options] = labelledCall('confusionMatrix', given);
      const { batchSize } = readOptions('confusionMatrix', batchesSchema, options);
      const [{ loss }] = this.#core.model.objectives;
      const size = this.outputShape[this.outputShape.length - 1];
      requireClasses(loss, size);
      const dataset = await openDataset(data, this.#core.program);
      const inputs = { ...dataset, targets: [], weights: [] };
      const [predicted] = requireWhole(await predictions(this.#core.jobs, inputs, batchSize));
      return countConfusions(dataset.targets[0], predicted, size, loss);
    });
  }

  /**
   * The model's output for every row: values and shape [rows, …]. For a model of several outputs a list, in their order:
   * `predict<Prediction[]>(…)`.
   */
  async predict<P extends Prediction | Prediction[] = Prediction>(
    data: { readonly x: TensorSources } | TensorSources,
    options?: BatchesOptions,
  ): Promise<P> {
    return this.#core.exclusively(async () => requireWhole(await this.#core.predict('predict', [data, options])) as P);
  }

  /** The model's output for the given rows, run as one batch. */
  async predictOnBatch<P extends Prediction | Prediction[] = Prediction>(x: TensorSources): Promise<P> {
    return this.#core.exclusively(async () => {
      const dataset = await openInputs(x, this.#core.program);
      const made = requireWhole(await predict(this.#core.jobs, dataset, dataset.rows));
      return (made.length === 1 ? made[0] : made) as P;
    });
  }

  /** Loss and metrics of the given rows, run as one batch; changes nothing. */
  async testOnBatch(data: LabelledData, options?: WeightOptions): Promise<Logs>;
  async testOnBatch(x: TensorSources, y: TensorSources, options?: WeightOptions): Promise<Logs>;
  async testOnBatch(...given: unknown[]): Promise<Logs> {
    return this.#core.exclusively(() => this.#core.testOnBatch(given));
  }

  /** One step over the given rows as one batch; returns its loss and metrics, taken before the update. */
  async trainOnBatch(data: LabelledData, options?: WeightOptions): Promise<Logs>;
  async trainOnBatch(x: TensorSources, y: TensorSources, options?: WeightOptions): Promise<Logs>;
  async trainOnBatch(...given: unknown[]): Promise<Logs> {
    return this.#core.exclusively(() => this.#core.trainOnBatch(given));
  }

  /** Goes on with another number of ranks; changes nothing but speed. */
  async resize(workers: number): Promise<void> {
    await this.#core.exclusively(async () => {
      await this.#core.workers.fix(readOptions('resize', resizeSchema, { workers }).workers);
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
    return this.#core.takeCheckpoint(givenPath(path));
  }

  /** Writes the model in TensorFlow.js layers format, `model.json` and `weights.bin`: with its optimizer if asked. */
  async save(directory: string | URL, options?: SaveOptions): Promise<void> {
    const { includeOptimizer } = readOptions('save', saveSchema, options);
    await this.#core.save(givenPath(directory), includeOptimizer);
  }

  /** A copy of every weight, in the model's order. */
  weights(): Weight[] {
    return this.#core.vectors.weights();
  }

  /** sha256 over all weights and optimizer vectors, in hex: equal exactly when the bits are. */
  fingerprint(): string {
    return this.#core.vectors.fingerprint();
  }

  /** Layers, parameters, memory and plan, for a batch size. */
  describe(options?: BatchesOptions): Description {
    const { batchSize } = readOptions('describe', batchesSchema, options);
    const { optimizer, shards } = this.#core.resolved;
    return describePlan(this.#core.model, {
      optimizer,
      shards,
      workers: this.workers,
      workersReason: this.workersReason,
      batchSize,
    });
  }

  /** Milliseconds each rank has spent in each phase; all zero unless created with `profile`. */
  phaseTimes(): Record<string, number>[] {
    return this.#core.runtime.clocks;
  }

  /** Ends the ranks; leaves no thread behind. */
  async close(): Promise<void> {
    await this.#core.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
