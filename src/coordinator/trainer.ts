import { availableParallelism } from 'node:os';
import { LockstepError, userError } from '../shared/errors.js';
import { firstLine } from '../shared/files.js';
import type { Parameter, Port, Program } from '../shared/program/program.js';
import type { EngineName } from '../shared/protocol/messages.js';
import { seedHalves } from '../shared/random/rng.js';
import type { Weight } from './callbacks/callback.js';
import { type Checkpoint, encodeRun, type RunRecord, weightElements } from './checkpoint/contents.js';
import { damaged } from './checkpoint/format.js';
import type { TrainingState } from './checkpoint/position.js';
import { readCheckpoint } from './checkpoint/read.js';
import { CheckpointWriter, type TakenCheckpoint } from './checkpoint/writer.js';
import { type Logs, logsOf } from './compiler/metrics.js';
import { type ConfusionMatrix, countConfusions, requireClasses } from './confusion.js';
import { type Dataset, isBorrowed, openDataset, openInputs } from './data/dataset.js';
import { openTraining } from './data/training.js';
import { type Description, describePlan } from './describe.js';
import { evaluate, type FitHost, fit } from './fit.js';
import { withinMemory } from './memory.js';
import { writeState } from './models/compiled/state.js';
import { trainingConfigOf } from './models/compiled/trainingConfig.js';
import { type StoredTraining, saveModelFiles } from './models/files.js';
import { type OpenModel, openTopology } from './models/open.js';
import { openForTraining } from './openForTraining.js';
import {
  requirePositive,
  requireWorkers,
  type Settled,
  type SettledDivision,
  settle,
  settleDivision,
} from './options/resolve.js';
import type {
  CompiledModelSource,
  CompiledOptions,
  EvaluateOptions,
  FitOptions,
  History,
  LabelledData,
  ModelSource,
  RowSource,
  SaveOptions,
  TensorSources,
  TrainerOptions,
} from './options/trainerOptions.js';
import type { Job, Outcome } from './ranks/job.js';
import { Runtime } from './ranks/runtime.js';
import { Vectors } from './ranks/vectors.js';
import { WorkersTuner } from './ranks/workersTuner.js';

const BATCH_SIZE = 32;

/** A model's output for some rows. */
export interface Prediction {
  readonly values: Float32Array;
  /** [rows, …] */
  readonly shape: number[];
}

/** What may differ when a run goes on: nothing here changes a bit of the result. */
export type ResumeOptions = Pick<
  TrainerOptions,
  | 'workers'
  | 'batchSize'
  | 'engine'
  | 'modules'
  | 'profile'
  | 'maxRestarts'
  | 'stallLimit'
  | 'heapLimit'
  | 'onEvent'
  | 'shareWith'
>;

/**
 * Trains one model with synchronous data parallelism over worker threads. The result depends on the model, the data,
 * the seed and the number of shards, never on the number of workers.
 */
export class Trainer {
  readonly #model: OpenModel;
  readonly #program: Program;
  readonly #settled: Settled & SettledDivision;
  /** Rows of the batches that the number of workers was chosen for; null once it is fixed. */
  #chosenFor: number | null = null;
  #workersReason: string;
  readonly #runtime: Runtime;
  readonly #vectors: Vectors;
  readonly #writer: CheckpointWriter;
  readonly #state: TrainingState = { step: 0, epochsTrained: 0, position: null, callbackStates: () => [] };
  #busy = false;
  readonly #closing = new AbortController();

  /** `companion`: the trainer whose ranks and weights it shares. */
  private constructor(model: OpenModel, settled: Settled & SettledDivision, companion?: Trainer) {
    const { program, engine } = model;
    this.#model = model;
    this.#program = program;
    this.#settled = settled;
    this.#workersReason = settled.workersReason;
    if (settled.choose !== undefined) this.#chosenFor = 0;
    const { optimizer, workers, shards, seed, profile, recovery } = settled;
    this.#runtime = new Runtime({
      program,
      optimizer,
      workers,
      shards,
      ...(companion !== undefined && { pool: companion.#runtime.pool }),
      engine: engine.name,
      seed: seedHalves(seed),
      profile,
      ...recovery,
    });
    this.#vectors = new Vectors(model, optimizer, this.#runtime);
    this.#writer = new CheckpointWriter({
      stateBytes: this.#runtime.stateBytes,
      vectors: this.#vectors.places,
      stallLimit: recovery.stallLimit,
      ...(recovery.faults !== undefined && { faults: recovery.faults }),
    });
  }

  /** Opens a model for training and starts its ranks. Between calls they do not keep the process alive. */
  static async create(model: CompiledModelSource, options?: CompiledOptions): Promise<Trainer>;
  static async create(model: ModelSource, options: TrainerOptions): Promise<Trainer>;
  static async create(model: ModelSource, given: CompiledOptions = {}): Promise<Trainer> {
    const { options, settled, open, state } = await withinMemory('The weights of the model', () =>
      openForTraining(model, given),
    );
    const shared = namesSharedWith(options.shareWith, open.program);
    const divided = { ...settled, ...settleDivision(options, open, options.batchSize ?? BATCH_SIZE) };
    const trainer = new Trainer(open, divided, options.shareWith);
    trainer.#vectors.initialize(open.weights, shared);
    // Where the optimizer of TensorFlow.js stood.
    trainer.#vectors.setMoments(state.moments);
    trainer.#state.step = state.step;
    return trainer;
  }

  /** Goes on from a checkpoint, with another number of workers if asked. The next `fit` continues where it stood. */
  static async resume(
    path: string,
    { workers, engine = 'auto', batchSize = BATCH_SIZE, ...others }: ResumeOptions = {},
  ): Promise<Trainer> {
    const stored = await readCheckpoint(path);
    const { objectives, optimizer, seed, shards } = stored;
    const { shareWith } = others;
    const settled = settle({ optimizer, seed, engine, ...others });
    requireModules(path, stored.modules, settled.modules);
    const options = { ...settled, objectivesOf: () => objectives };
    const open = await openTopology(stored.topology, weightElements(stored), options).catch((error) => {
      if (error instanceof LockstepError) throw error;
      throw damaged(path, `no run can be planned from it (${firstLine(error)})`, error);
    });
    const shared = namesSharedWith(shareWith, open.program);
    const wanted = workers ?? shareWith?.workers ?? Math.min(stored.workers, availableParallelism());
    const division = { shards, workers: wanted, ...(shareWith !== undefined && { shareWith }) };
    const trainer = new Trainer(open, { ...settled, ...settleDivision(division, open, batchSize) }, shareWith);
    try {
      trainer.#restore(path, stored, shared);
    } catch (error) {
      await trainer.close();
      throw error;
    }
    return trainer;
  }

  /** What a trainer of this model would do, without starting a thread. */
  static async describe(model: CompiledModelSource, options?: CompiledOptions & EvaluateOptions): Promise<Description>;
  static async describe(model: ModelSource, options: TrainerOptions & EvaluateOptions): Promise<Description>;
  static async describe(model: ModelSource, given: CompiledOptions & EvaluateOptions = {}): Promise<Description> {
    const { options, settled, open } = await openForTraining(model, given);
    const { optimizer } = settled;
    const batchSize = options.batchSize ?? BATCH_SIZE;
    return describePlan(open, { optimizer, batchSize, ...settleDivision(options, open, batchSize) });
  }

  get workers(): number {
    return this.#runtime.division.workers;
  }

  get shards(): number {
    return this.#settled.shards;
  }

  get engine(): EngineName {
    return this.#model.engine.name;
  }

  /** Why that engine was taken. */
  get engineReason(): string {
    return this.#model.engine.reason;
  }

  /** Why there are as many workers as there are. */
  get workersReason(): string {
    return this.#runtime.tuner?.reason ?? this.#workersReason;
  }

  get seed(): number {
    return this.#settled.seed;
  }

  /** Updates applied so far. */
  get step(): number {
    return this.#state.step;
  }

  get learningRate(): number {
    return this.#runtime.learningRate;
  }

  /** Shape of one row of input; throws for a model of several inputs. */
  get inputShape(): readonly number[] {
    return onlyOne('input', this.#program.inputs).shape;
  }

  /** Shape of one row of output; throws for a model of several outputs. */
  get outputShape(): readonly number[] {
    return onlyOne('output', this.#program.outputs).shape;
  }

  /** Trains for some epochs; after an interruption or a resume it goes on where that stood. */
  async fit(data: LabelledData | RowSource, options: FitOptions = {}): Promise<History> {
    return this.#exclusively(async () => {
      await this.#chooseWorkers(options.batchSize ?? BATCH_SIZE);
      const opened = await openTraining(data, options, this.#program);
      return fit({ ...this.#context(), ...opened, host: this.#host() }, options);
    });
  }

  /** Loss and metrics over the data, each row counted once. */
  async evaluate(data: LabelledData, { batchSize = BATCH_SIZE }: EvaluateOptions = {}): Promise<Logs> {
    return this.#exclusively(async () => {
      requirePositive('batchSize', batchSize);
      return evaluate(this.#context(), await openDataset(data, this.#program), batchSize);
    });
  }

  /** How often rows of each class are taken for which: counts[truth][prediction], every row counted once. */
  async confusionMatrix(
    data: LabelledData,
    { batchSize = BATCH_SIZE }: EvaluateOptions = {},
  ): Promise<ConfusionMatrix> {
    return this.#exclusively(async () => {
      requirePositive('batchSize', batchSize);
      const [{ loss }] = this.#model.objectives;
      const size = this.outputShape[this.outputShape.length - 1];
      requireClasses(loss, size);
      const dataset = await openDataset(data, this.#program);
      const [predictions] = await this.#predictions({ ...dataset, targets: [], weights: [] }, batchSize);
      return countConfusions(dataset.targets[0], predictions, size, loss);
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
    return this.#exclusively(async () => {
      const dataset = await openDataset(data, this.#program);
      return evaluate(this.#context(), dataset, dataset.rows);
    });
  }

  /** One step over the given rows as one batch; returns its loss and metrics, taken before the update. */
  async trainOnBatch(data: LabelledData): Promise<Logs> {
    return this.#exclusively(async () => {
      const dataset = await openDataset(data, this.#program);
      if (this.#chosenFor === 0) await this.#chooseWorkers(dataset.rows);
      const done = await this.#runWhole('train', dataset, dataset.rows, { borrowed: isBorrowed(data) });
      const logs = logsOf(this.#program.measures, this.#runtime.lastBatch);
      if (done.nonFinite) {
        throw userError(
          'NON_FINITE_LOSS',
          `The loss is ${logs.loss} at step ${this.step}; the update was not applied. Lower the learning rate or look for extreme values in the batch.`,
        );
      }
      this.#state.step++;
      return logs;
    });
  }

  /** Goes on with another number of ranks; changes nothing but speed. */
  async resize(workers: number): Promise<void> {
    await this.#exclusively(async () => {
      requireWorkers(workers, this.shards);
      await this.#runtime.resize(workers);
      this.#runtime.tuner = null;
      this.#chosenFor = null;
      this.#workersReason = 'it was asked for';
    });
  }

  /**
   * Writes a checkpoint: all that `resume` needs but the data. A reader finds the old file or the new one, never a part.
   * Rejects with `CHECKPOINT_UNWRITABLE`, after which training can go on.
   */
  async checkpoint(path: string): Promise<void> {
    const { written } = await this.takeCheckpoint(path);
    await written;
  }

  /**
   * As `checkpoint`, but resolves as soon as the state is copied: training may go on while a thread of its own writes the
   * file. Waits for the checkpoint before this one.
   */
  async takeCheckpoint(path: string): Promise<TakenCheckpoint> {
    this.#requireOpen();
    return this.#writer.take(path, async (memory) => {
      const run = encodeRun(this.#runRecord());
      await this.#runtime.copyState(memory);
      return run;
    });
  }

  /** Writes the model in TensorFlow.js layers format, `model.json` and `weights.bin`: with its optimizer if asked. */
  async save(directory: string, { includeOptimizer = false }: SaveOptions = {}): Promise<void> {
    const training = includeOptimizer ? this.#storedTraining() : undefined;
    await saveModelFiles(directory, this.#model.topology, this.weights(), training);
  }

  /** A copy of every weight, in the model's order. */
  weights(): Weight[] {
    return this.#vectors.weights();
  }

  /** sha256 over all weights and optimizer vectors, in hex: equal exactly when the bits are. */
  fingerprint(): string {
    return this.#vectors.fingerprint();
  }

  /** Layers, parameters, memory and plan, for a batch size. */
  describe({ batchSize = BATCH_SIZE }: EvaluateOptions = {}): Description {
    const { optimizer, shards } = this.#settled;
    return describePlan(this.#model, {
      optimizer,
      shards,
      workers: this.workers,
      workersReason: this.workersReason,
      batchSize,
    });
  }

  /** Milliseconds each rank has spent in each phase; all zero unless created with `profile`. */
  phaseTimes(): Record<string, number>[] {
    return this.#runtime.clocks;
  }

  /** Ends the ranks; leaves no thread behind. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#writer.close();
    await this.#runtime.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** With `workers: 'auto'`: the number that is best for batches of that size. No bit depends on it. */
  async #chooseWorkers(batchSize: number): Promise<void> {
    const { choose } = this.#settled;
    if (choose === undefined || this.#chosenFor === null || this.#chosenFor === batchSize) return;
    if (!Number.isSafeInteger(batchSize) || batchSize < 1) return;
    const { workers, most, reason } = choose(batchSize);
    if (workers !== this.workers) await this.#runtime.resize(workers);
    this.#runtime.tuner = new WorkersTuner(batchSize, workers, most);
    this.#chosenFor = batchSize;
    this.#workersReason = reason;
  }

  #context() {
    const { seed } = this.#settled;
    return { runtime: this.#runtime, state: this.#state, seed: seedHalves(seed), measures: this.#program.measures };
  }

  /** What callbacks may ask for while a `fit` is running. */
  #host(): FitHost {
    return {
      weights: () => this.weights(),
      setWeights: (weights) => this.#vectors.setWeights(weights),
      takeCheckpoint: (path) => this.takeCheckpoint(path),
      tell: (event) => this.#runtime.tell(event),
      save: (directory) => this.save(directory),
      closing: this.#closing.signal,
      finishWeights: () => {
        if (this.step > 0) this.#vectors.takeAverages();
      },
    };
  }

  async #predict<P extends Prediction | Prediction[]>(x: TensorSources, batchSize?: number): Promise<P> {
    return this.#exclusively(async () => {
      const dataset = await openInputs(x, this.#program);
      const { outputs } = this.#program;
      const predictions = await this.#predictions(dataset, batchSize ?? dataset.rows);
      const made = predictions.map((values, i) => {
        return { values: values.slice(), shape: [dataset.rows, ...outputs[i].shape] };
      });
      return (made.length === 1 ? made[0] : made) as P;
    });
  }

  /** The outputs for every row of a dataset, in shared memory. */
  async #predictions(dataset: Dataset, batchSize: number): Promise<Float32Array[]> {
    const sizes = this.#program.outputs.map(({ buffer }) => this.#program.buffers[buffer].size);
    const predictions = sizes.map((size) => new SharedArrayBuffer(dataset.rows * size * 4));
    await this.#runWhole('predict', dataset, batchSize, { predictions });
    return predictions.map((memory) => new Float32Array(memory));
  }

  async #runWhole(
    mode: 'train' | 'predict',
    dataset: Dataset,
    batchSize: number,
    more: Pick<Job, 'predictions' | 'borrowed'>,
  ): Promise<Outcome> {
    const endBatch = Math.ceil(dataset.rows / batchSize);
    const whole = { mode, dataset, order: null, batchSize, firstBatch: 0, endBatch, firstStep: this.step };
    const { failure, ...outcome } = await this.#runtime.run({ ...whole, ...more });
    if (failure !== undefined) throw failure;
    return outcome;
  }

  #storedTraining(): StoredTraining {
    const { objectives, trained } = this.#model;
    const { optimizer } = this.#settled;
    const momentOf = (weight: Parameter, index: number) => this.#runtime.moment(weight, index);
    return {
      trainingConfig: trainingConfigOf(objectives, optimizer, this.learningRate),
      optimizerWeights: writeState(optimizer, this.learningRate, this.step, trained, momentOf),
    };
  }

  #runRecord(): RunRecord {
    const { optimizer, modules, seed, shards } = this.#settled;
    const { position, callbackStates, ...counters } = this.#state;
    return {
      topology: this.#model.topology,
      objectives: [...this.#model.objectives],
      optimizer,
      modules: [...modules],
      seed,
      shards,
      workers: this.workers,
      ...counters,
      learningRate: this.learningRate,
      position,
      callbacks: position === null ? [] : [...callbackStates()],
    };
  }

  /** Shared weights stay as the other trainer has them. */
  #restore(path: string, checkpoint: Checkpoint, shared: ReadonlySet<string>): void {
    const { step, epochsTrained, position, callbacks, learningRate } = checkpoint;
    Object.assign(this.#state, { step, epochsTrained, position, callbackStates: () => callbacks });
    this.#runtime.learningRate = learningRate;
    this.#vectors.restore(path, checkpoint, shared);
  }

  #requireOpen(): void {
    if (!this.#closing.signal.aborted) return;
    throw userError('CLOSED', 'The trainer is closed; create or resume another one.');
  }

  /** One call at a time: the ranks do one thing together. */
  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.#requireOpen();
    if (this.#busy) throw userError('BUSY', 'The trainer is already running a call; await it before the next one.');
    this.#runtime.beginCall();
    this.#busy = true;
    try {
      return await withinMemory('The data and the batches of the model', work);
    } finally {
      this.#busy = false;
    }
  }
}

/** A checkpoint is data: the modules that it names are not run, but those that whoever resumes it gives. */
function requireModules(path: string, stored: readonly string[], given: readonly string[]): void {
  if (stored.length === 0 || given.length > 0) return;
  throw userError(
    'MODULES_NEEDED',
    `Checkpoint ${path} is of a model with layers from ${JSON.stringify(stored)}, which are run only if you name them; give the option modules (inspect: --modules) as when the trainer was created.`,
  );
}

/** Names of the weights that a program has in common with a trainer; none without one. */
function namesSharedWith(companion: Trainer | undefined, program: Program): Set<string> {
  if (companion === undefined) return new Set();
  const others = companion.weights();
  const own = new Map([...program.parameters, ...program.states].map(({ name, shape }) => [name, shape]));
  const common = others.filter(({ name }) => own.has(name));
  const other = common.find(({ name, shape }) => shape.join() !== own.get(name)?.join());
  if (other !== undefined || common.length === 0) {
    const problem =
      other === undefined
        ? 'the two models have no weight of the same name'
        : `weight ${other.name} has shape [${other.shape.join(', ')}] in one model and [${own.get(other.name)?.join(', ')}] in the other`;
    throw userError(
      'NOTHING_SHARED',
      `shareWith is given, but ${problem}; let the models share layers, or name them alike.`,
    );
  }
  return new Set(common.map(({ name }) => name));
}

function onlyOne(kind: string, ports: readonly Port[]): Port {
  if (ports.length === 1) return ports[0];
  const names = ports.map(({ name }) => name).join(', ');
  throw userError(
    'SEVERAL_TENSORS',
    `The model has ${ports.length} ${kind}s (${names}), but a table gives one; name a module of rows in data.source, or use the library: there x and y are records by name.`,
  );
}
