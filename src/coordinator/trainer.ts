import { userError } from '../shared/errors.js';
import { givenPath } from '../shared/givenPath.js';
import { withinMemory } from '../shared/memory/beyondMemory.js';
import type { EngineName } from '../shared/protocol/messages.js';
import type { FitOptions } from './callbacks/fitOptions.js';
import type { TakenCheckpoint } from './checkpoint/writer.js';
import { type Logs, logsOf } from './compiler/metrics.js';
import { type ConfusionMatrix, countConfusions, requireClasses } from './confusion.js';
import { isBorrowed, openDataset, openInputs } from './data/dataset.js';
import { openTraining } from './data/training.js';
import { type Description, describePlan } from './describe.js';
import { evaluate, fit } from './fit.js';
import { openCheckpoint, type ResumeOptions } from './openCheckpoint.js';
import { openForTraining } from './openForTraining.js';
import { BATCH_SIZE, requirePositive } from './options/resolve.js';
import type {
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
} from './options/trainerOptions.js';
import { onlyPort } from './ports.js';
import { type Prediction, predict, predictions, runWhole } from './predict.js';
import { resolveDivision } from './ranks/division.js';
import { namesSharedWith } from './sharing.js';
import { TrainerCore } from './trainerCore.js';

export type { Prediction, ResumeOptions };

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
  static async create(model: ModelSource, given: CompiledOptions = {}): Promise<Trainer> {
    const { options, resolved, open, state } = await withinMemory('The weights of the model', () =>
      openForTraining(model, given),
    );
    const shared = namesSharedWith(options.shareWith, open.program);
    const divided = { ...resolved, ...resolveDivision(options, open, options.batchSize ?? BATCH_SIZE) };
    const core = new TrainerCore(open, divided, Trainer.#coreOf(options.shareWith));
    core.vectors.initialize(open.weights, shared);
    // Where the optimizer of TensorFlow.js stood.
    core.vectors.setMoments(state.moments);
    core.state.step = state.step;
    return new Trainer(core);
  }

  /** Goes on from a checkpoint, with another number of workers if asked. The next `fit` continues where it stood. */
  static async resume(given: string | URL, options: ResumeOptions = {}): Promise<Trainer> {
    const path = givenPath(given);
    const { stored, open, resolved, shared } = await openCheckpoint(path, options);
    const core = new TrainerCore(open, resolved, Trainer.#coreOf(options.shareWith));
    try {
      core.restore(path, stored, shared);
    } catch (error) {
      await core.close();
      throw error;
    }
    return new Trainer(core);
  }

  /** What a trainer of this model would do, without starting a thread. */
  static async describe(model: CompiledModelSource, options?: CompiledOptions & EvaluateOptions): Promise<Description>;
  static async describe(model: ModelSource, options: TrainerOptions & EvaluateOptions): Promise<Description>;
  static async describe(model: ModelSource, given: CompiledOptions & EvaluateOptions = {}): Promise<Description> {
    const { options, resolved, open } = await openForTraining(model, given);
    const { optimizer } = resolved;
    const batchSize = options.batchSize ?? BATCH_SIZE;
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

  /** Trains for some epochs; after an interruption or a resume it goes on where that stood. */
  async fit(data: LabelledData | RowSource, options: FitOptions = {}): Promise<History> {
    return this.#core.exclusively(async () => {
      await this.#core.workers.chooseFor(options.batchSize ?? BATCH_SIZE);
      const opened = await openTraining(data, options, this.#core.program);
      return fit({ ...this.#core.context, ...opened, host: this.#core.host }, options);
    });
  }

  /** Loss and metrics over the data, each row counted once. */
  async evaluate(data: LabelledData, { batchSize = BATCH_SIZE }: EvaluateOptions = {}): Promise<Logs> {
    return this.#core.exclusively(async () => {
      requirePositive('batchSize', batchSize);
      return evaluate(this.#core.context, await openDataset(data, this.#core.program), batchSize);
    });
  }

  /** How often rows of each class are taken for which: counts[truth][prediction], every row counted once. */
  async confusionMatrix(
    data: LabelledData,
    { batchSize = BATCH_SIZE }: EvaluateOptions = {},
  ): Promise<ConfusionMatrix> {
    return this.#core.exclusively(async () => {
      requirePositive('batchSize', batchSize);
      const [{ loss }] = this.#core.model.objectives;
      const size = this.outputShape[this.outputShape.length - 1];
      requireClasses(loss, size);
      const dataset = await openDataset(data, this.#core.program);
      const inputs = { ...dataset, targets: [], weights: [] };
      const [predicted] = await predictions(this.#core.jobs, inputs, batchSize);
      return countConfusions(dataset.targets[0], predicted, size, loss);
    });
  }

  /**
   * The model's output for every row: values and shape [rows, …]. For a model of several outputs a list, in their order:
   * `predict<Prediction[]>(…)`.
   */
  async predict<P extends Prediction | Prediction[] = Prediction>(
    { x }: { readonly x: TensorSources },
    { batchSize = BATCH_SIZE }: EvaluateOptions = {},
  ): Promise<P> {
    requirePositive('batchSize', batchSize);
    return this.#predict<P>(x, batchSize);
  }

  /** The model's output for the given rows, run as one batch. */
  async predictOnBatch<P extends Prediction | Prediction[] = Prediction>(x: TensorSources): Promise<P> {
    return this.#predict<P>(x);
  }

  /** Loss and metrics of the given rows, run as one batch; changes nothing. */
  async testOnBatch(data: LabelledData): Promise<Logs> {
    return this.#core.exclusively(async () => {
      const dataset = await openDataset(data, this.#core.program);
      return evaluate(this.#core.context, dataset, dataset.rows);
    });
  }

  /** One step over the given rows as one batch; returns its loss and metrics, taken before the update. */
  async trainOnBatch(data: LabelledData): Promise<Logs> {
    return this.#core.exclusively(async () => {
      const dataset = await openDataset(data, this.#core.program);
      if (this.#core.workers.isOpen) await this.#core.workers.chooseFor(dataset.rows);
      const borrowed = isBorrowed(data);
      const done = await runWhole('train', this.#core.jobs, dataset, dataset.rows, { borrowed });
      const logs = logsOf(this.#core.program.measures, this.#core.runtime.lastBatch);
      if (done.nonFinite) {
        throw userError(
          'NON_FINITE_LOSS',
          `The loss is ${logs.loss} at step ${this.step}; the update was not applied. Lower the learning rate or look for extreme values in the batch.`,
        );
      }
      this.#core.state.step++;
      return logs;
    });
  }

  /** Goes on with another number of ranks; changes nothing but speed. */
  async resize(workers: number): Promise<void> {
    await this.#core.exclusively(async () => {
      requirePositive('workers', workers);
      await this.#core.workers.fix(workers);
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
  async save(directory: string | URL, { includeOptimizer = false }: SaveOptions = {}): Promise<void> {
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
  describe({ batchSize = BATCH_SIZE }: EvaluateOptions = {}): Description {
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

  async #predict<P extends Prediction | Prediction[]>(x: TensorSources, batchSize?: number): Promise<P> {
    return this.#core.exclusively(async () => {
      const dataset = await openInputs(x, this.#core.program);
      const made = await predict(this.#core.jobs, dataset, batchSize ?? dataset.rows);
      return (made.length === 1 ? made[0] : made) as P;
    });
  }
}
