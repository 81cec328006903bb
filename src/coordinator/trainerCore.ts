import { DataFailure, userError } from '../shared/errors.js';
import { withinMemory } from '../shared/memory/beyondMemory.js';
import type { Program } from '../shared/program/program.js';
import { type Seed, seedHalves } from '../shared/random/rng.js';
import type { Prediction } from './callbacks/callback.js';
import type { FitHost } from './callbacks/control.js';
import { closedDuringCall, Interruption, requireWhole } from './callbacks/interruption.js';
import { type Checkpoint, encodeRun } from './checkpoint/contents.js';
import type { TrainingState } from './checkpoint/position.js';
import { CheckpointWriter, type TakenCheckpoint } from './checkpoint/writer.js';
import { type Logs, logsOf } from './compiler/metrics.js';
import { type BatchSource, sourceOf } from './data/batchSource.js';
import { evaluationCall, labelledCall, predictionCall, weighted } from './data/calls.js';
import { type Dataset, isBorrowed, openDataset } from './data/dataset.js';
import { programFor } from './data/lengths.js';
import { UnreadableRows } from './data/readAhead.js';
import { openEvaluation, openPrediction } from './data/training.js';
import type { OpenModel } from './models/open.js';
import { requireOneShape } from './models/openLengths.js';
import { saveModel } from './models/save.js';
import { evaluateSchema, oneBatchSchema, predictSchema } from './options/fitFields.js';
import { readOptions } from './options/readOptions.js';
import type { ResolvedOptions } from './options/resolve.js';
import { evaluate, predict, runWhole } from './predict.js';
import { CallingThreadRank } from './ranks/callingThread.js';
import type { ResolvedDivision } from './ranks/division.js';
import { flatGradient, type Gradients, namedGradients } from './ranks/gradients.js';
import { type Job, NO_DATA } from './ranks/job.js';
import { nonFiniteStep, nonFiniteUpdate } from './ranks/nonFiniteStep.js';
import { Runtime } from './ranks/runtime.js';
import { WeightsAndMoments } from './ranks/weightsAndMoments.js';
import { WorkerChoice } from './ranks/workerChoice.js';
import { runRecord, savedModel } from './record.js';

/** Rows to be run as one batch; `borrowed` where they lie in memory of the caller's. */
interface OpenBatch {
  readonly dataset: Dataset;
  readonly borrowed: boolean;
}

/** What a trainer is made of, and how its calls meet it: one at a time, as the ranks do one thing together. */
export class TrainerCore {
  readonly model: OpenModel;
  readonly resolved: ResolvedOptions & ResolvedDivision;
  readonly runtime: Runtime;
  readonly workers: WorkerChoice;
  readonly vectors: WeightsAndMoments;
  readonly state: TrainingState = { step: 0, epochsTrained: 0, position: null, callbackStates: () => [] };
  readonly #writer: CheckpointWriter;
  readonly #seed: Seed;
  #busy = false;
  #inline: CallingThreadRank | null = null;
  /** Where ranks leave gradients. */
  #gradient: SharedArrayBuffer | null = null;
  readonly #closing = new AbortController();

  /** `companion`: the trainer whose ranks and weights it shares. */
  constructor(model: OpenModel, resolved: ResolvedOptions & ResolvedDivision, companion?: TrainerCore) {
    const { optimizer, workers, shards, seed, profile, recovery } = resolved;
    this.model = model;
    this.resolved = resolved;
    this.#seed = seedHalves(seed);
    this.runtime = new Runtime({
      program: model.program,
      optimizer,
      workers,
      shards,
      ...(companion !== undefined && { pool: companion.runtime.pool }),
      engine: model.engine.name,
      seed: this.#seed,
      profile,
      functions: model.functions,
      ...recovery,
    });
    this.workers = new WorkerChoice(resolved, this.runtime);
    this.vectors = new WeightsAndMoments(model, optimizer, this.runtime.memory);
    this.#writer = new CheckpointWriter({
      stateBytes: this.runtime.memory.stateBytes,
      vectors: this.vectors.places,
      stallLimit: recovery.stallLimit,
      ...(recovery.faults !== undefined && { faults: recovery.faults }),
    });
  }

  get program(): Program {
    return this.model.program;
  }

  /** What `fit` works with. */
  get context() {
    const { runtime, state, program } = this;
    return { runtime, state, seed: this.#seed, measures: program.measures };
  }

  /** What jobs over all rows work with. */
  get jobs() {
    const { runtime, program, state } = this;
    const orEnd = <T>(work: Promise<T>): Promise<T> => this.#orClosed(work);
    return { runtime, program, measures: program.measures, step: state.step, orEnd };
  }

  /** What callbacks may ask for while a `fit` is running. */
  get host(): FitHost {
    return {
      weights: () => this.vectors.weights(),
      setWeights: (weights) => this.vectors.setWeights(weights),
      takeCheckpoint: (path) => this.takeCheckpoint(path),
      tell: (event) => this.runtime.tell(event),
      save: (path) => this.save(path),
      predict: (given) => this.predict('fit.predict', given),
      evaluate: (given) => this.evaluate('fit.evaluate', given),
      closing: this.#closing.signal,
      finishWeights: () => this.finishWeights(),
    };
  }

  /** Gives the weights their moving averages, where there are any: training is over. */
  finishWeights(): void {
    if (this.state.step > 0) this.vectors.takeAverages();
  }

  /** Sets all to what a checkpoint holds; shared weights stay as the other trainer has them. */
  restore(path: string, checkpoint: Checkpoint, shared: ReadonlySet<string>): void {
    const { step, epochsTrained, position, callbacks, learningRate } = checkpoint;
    Object.assign(this.state, { step, epochsTrained, position, callbackStates: () => callbacks });
    this.runtime.learningRate = learningRate;
    this.vectors.restore(path, checkpoint, shared);
  }

  async takeCheckpoint(path: string): Promise<TakenCheckpoint> {
    this.#requireOpen();
    return this.#writer.take(path, async (memory) => {
      const run = encodeRun(runRecord(this));
      await this.runtime.copyState(memory);
      return run;
    });
  }

  async save(path: string, includeOptimizer?: boolean): Promise<void> {
    await saveModel(path, { ...savedModel(this), weights: this.vectors.weights() }, includeOptimizer);
  }

  /** Loss and metrics over data, given as a call has them; null where the work was cut short. */
  async evaluate(call: string, given: readonly unknown[]): Promise<Logs | null> {
    const [data, options] = evaluationCall(call, given);
    const { batchSize, ...read } = readOptions(call, evaluateSchema, options);
    const source = await openEvaluation(call, data, read, this.model);
    return closing(call, source, () => evaluate(this.jobs, source, { batchSize, steps: read.steps }));
  }

  /** The output for every row of inputs, in the same way. */
  async predict(call: string, given: readonly unknown[]): Promise<Prediction | Prediction[] | null> {
    const [x, options] = predictionCall(call, given);
    const { batchSize, steps } = readOptions(call, predictSchema, options);
    const source = await openPrediction(call, x, steps, this.model);
    const made = await closing(call, source, () => predict(this.jobs, source, { batchSize, steps }));
    return made?.length === 1 ? made[0] : made;
  }

  /** A rank on the calling thread, made when it is first needed; throws where there is none, or ranks work. */
  callingThread(): CallingThreadRank {
    this.runtime.requireIdle();
    requireOneShape(this.model, 'predictSync and evaluateSync');
    const { engine, program } = this.model;
    if (engine.name !== 'native' && engine.name !== 'reference') {
      throw userError(
        'UNSUPPORTED_ENGINE',
        `The engine ${engine.name} computes on the ranks alone; use predict and evaluate, which are awaited.`,
      );
    }
    const { optimizer, shards } = this.resolved;
    this.#inline ??= new CallingThreadRank({
      ...{ program, optimizer, shards, engine: engine.name, seed: this.#seed },
      functions: this.model.functions,
    });
    return this.#inline;
  }

  /** Loss and metrics of rows as one batch. */
  async testOnBatch(given: readonly unknown[]): Promise<Logs> {
    const { dataset } = await this.#openBatch('testOnBatch', given);
    return requireWhole(await evaluate(this.jobs, sourceOf(dataset), { batchSize: dataset.rows }));
  }

  /** Throws where no weight would change. */
  requireTrainable(): void {
    if (this.program.parameters.length > 0) return;
    throw userError(
      'NOTHING_TO_TRAIN',
      'The model has no weight to train: its layers are frozen or have none; set trainable to true on one that has weights, or call setTrainable.',
    );
  }

  /** One step over rows as one batch. */
  async trainOnBatch(given: readonly unknown[]): Promise<Logs> {
    this.requireTrainable();
    const logs = await this.#runBatch('train', await this.#openBatch('trainOnBatch', given), {});
    this.state.step++;
    return logs;
  }

  /** The gradients that such a step would take. */
  async gradients(given: readonly unknown[]): Promise<Gradients> {
    this.requireTrainable();
    this.#gradient ??= new SharedArrayBuffer(4 * this.program.parameterLength);
    const gradient = this.#gradient;
    await this.#runBatch('gradients', await this.#openBatch('gradients', given), { gradient });
    return namedGradients(new Float32Array(gradient), this.model.trained);
  }

  /** One step with given gradients. */
  async applyGradients(given: unknown): Promise<void> {
    this.requireTrainable();
    const gradient = flatGradient(given, this.model.trained, this.program.parameterLength);
    const { nonFinite } = await runWhole('apply', this.jobs, NO_DATA, 1, { gradient });
    if (nonFinite !== null) throw nonFiniteUpdate(this.state.step);
    this.state.step++;
  }

  /** Runs rows as one batch of training; its logs. */
  async #runBatch(
    mode: 'train' | 'gradients',
    { dataset, borrowed }: OpenBatch,
    more: Pick<Job, 'gradient'>,
  ): Promise<Logs> {
    if (this.workers.isOpen) await this.workers.chooseFor(dataset.rows);
    const { nonFinite } = await runWhole(mode, this.jobs, dataset, dataset.rows, { ...more, borrowed });
    const logs = logsOf(this.program.measures, this.runtime.lastBatch);
    if (nonFinite !== null) throw nonFiniteStep(nonFinite, logs.loss, `step ${this.state.step}`);
    return logs;
  }

  async #openBatch(call: string, given: readonly unknown[]): Promise<OpenBatch> {
    const [named, options] = labelledCall(call, given);
    const data = weighted(call, named, readOptions(call, oneBatchSchema, options));
    return { dataset: openDataset(data, await programFor(this.model, data.x)), borrowed: isBorrowed(data) };
  }

  /** Does the work of one call; rejects with `CLOSED`, or with `BUSY` while another call is running. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.requireIdle();
    this.runtime.beginCall();
    this.#busy = true;
    try {
      return await withinMemory('The data and the batches of the model', work);
    } finally {
      this.#busy = false;
    }
  }

  /** Throws `BUSY` during a call, `CLOSED` afterwards. */
  requireIdle(): void {
    this.#requireOpen();
    if (this.#busy) throw userError('BUSY', 'The trainer is already running a call; await it before the next one.');
  }

  /** What is left of an interrupted `fit` is left out; the rows that it has taken count as a pass over them. */
  forgetFit(): void {
    if (this.state.position === null) return;
    this.state.epochsTrained++;
    this.state.position = null;
    this.state.callbackStates = () => [];
  }

  /** What `work` resolves with, unless the trainer is closed before. */
  async #orClosed<T>(work: Promise<T>): Promise<T> {
    using interruption = new Interruption();
    interruption.follow(this.#closing.signal, closedDuringCall);
    return await interruption.orEnd(work);
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#writer.close();
    await this.runtime.close();
  }

  #requireOpen(): void {
    if (this.#closing.signal.aborted) throw userError('CLOSED', 'The trainer is closed; create or resume another one.');
  }
}

/** Goes through a source for a call, and is done with it. */
async function closing<T>(call: string, source: BatchSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnreadableRows)) throw error;
    throw new DataFailure(error.message, `Mend the dataset and call ${call} again.`, error.cause);
  } finally {
    await source.close();
  }
}
