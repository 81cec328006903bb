import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { FitControl } from '../coordinator/callbacks/callback.js';
import { applyWeights } from '../coordinator/models/applyWeights.js';
import { leavesOf } from '../coordinator/models/describe.js';
import { compiledWeights } from '../coordinator/models/frozen.js';
import type { CompiledOptions, Weight } from '../coordinator/options/trainerOptions.js';
import { Trainer } from '../coordinator/trainer.js';

/** What `parallel` takes beside the model: the options of a trainer that a compiled model does not bring. */
export type ParallelOptions = Omit<
  CompiledOptions,
  'optimizer' | 'loss' | 'metrics' | 'weightedMetrics' | 'lossWeights' | 'initialWeights' | 'batchSize'
>;

/**
 * The trainer that computes for a model. The model's own weights are what is true between two calls: they are taken before
 * a call, where they have changed, and given back after it.
 */
export class Companion {
  readonly #model: LayersModel;
  readonly #options: ParallelOptions;
  #opening: Promise<Trainer> | null = null;
  #trainer: Trainer | null = null;
  /** The tensors that were last given to the model's weights, by name: others are a change. */
  readonly #given = new Map<string, Tensor['dataId']>();
  #learningRate = Number.NaN;
  /** Which layers the trainer trains, by name. */
  #trained: ReadonlyMap<string, boolean> = new Map();
  /** Set while hooks run: the model's weights are those of before the last steps. */
  #ahead: FitControl | null = null;
  /** Set while hooks run. */
  #hook: FitControl | null = null;

  constructor(model: LayersModel, options: ParallelOptions) {
    this.#model = model;
    this.#options = options;
  }

  /** Null before the first call that trains. */
  get trainer(): Trainer | null {
    return this.#trainer;
  }

  /** The trainer, with the weights and the learning rate that the model has now. */
  async open(): Promise<Trainer> {
    this.#opening ??= Trainer.create(this.#model, this.#options);
    const opened = await this.#opening.catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    if (this.#trainer === null) {
      this.#trainer = opened;
      this.#trained = trainedLayers(this.#model);
      this.#remember();
      this.#learningRate = this.#theirRate;
    }
    await this.#freeze(opened);
    this.#take(opened);
    if (this.#learningRate !== this.#theirRate) opened.learningRate = this.#learningRate = this.#theirRate;
    return opened;
  }

  /** Gives the model the weights as they are now. */
  give(weights: readonly Weight[]): void {
    applyWeights(this.#model, weights);
    this.#remember();
  }

  /** Does the work of hooks of `fit`: the model has the weights of now when they look, and what they change of it holds. */
  async during(fit: FitControl, work: () => Promise<void>): Promise<void> {
    this.#ahead = fit;
    this.#hook = fit;
    try {
      await work();
    } finally {
      this.#ahead = null;
      this.#hook = null;
    }
    this.#take(fit);
    if (this.#learningRate !== this.#theirRate) fit.learningRate = this.#learningRate = this.#theirRate;
  }

  /** The trainer where it can compute at once: it is there, its kernels are Lockstep's own, and its ranks are at rest. */
  atRest(isTraining: boolean): Trainer | null {
    const trainer = this.#trainer;
    if (trainer === null || !['native', 'reference'].includes(trainer.engine)) return null;
    if (isTraining && this.#hook === null) return null;
    this.#take(this.#hook ?? trainer);
    return trainer;
  }

  /** Within a hook: gives the model the weights of now, once somebody looks at it. */
  catchUp(): void {
    const fit = this.#ahead;
    this.#ahead = null;
    if (fit !== null) this.give(fit.weights());
  }

  /** The model is compiled anew, or no longer needed. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = null;
    this.#trainer = null;
    await (await opening?.catch(() => null))?.close();
  }

  /** Freezes and thaws layers as the model's owner has done since the last call. */
  async #freeze(trainer: Trainer): Promise<void> {
    const now = trainedLayers(this.#model);
    for (const [name, isTrained] of now) {
      if (this.#trained.get(name) !== isTrained) await trainer.setTrainable(name, isTrained);
    }
    this.#trained = now;
  }

  #take(to: Trainer | FitControl): void {
    const changed = this.#model.weights.filter(
      (weight) => this.#given.get(weight.originalName) !== weight.read().dataId,
    );
    if (changed.length === 0) return;
    const values = new Map(changed.map((weight) => [weight.originalName, weight.read().dataSync<'float32'>()]));
    to.setWeights(to.weights().map((weight) => ({ ...weight, values: values.get(weight.name) ?? weight.values })));
    this.#remember();
  }

  #remember(): void {
    for (const weight of this.#model.weights) this.#given.set(weight.originalName, weight.read().dataId);
  }

  get #theirRate(): number {
    return this.#model.optimizer.getConfig().learningRate as number;
  }
}

/** Whether TensorFlow.js would train a layer, by name: each that has weights, also of models within. */
function trainedLayers(model: LayersModel): Map<string, boolean> {
  const trained = compiledWeights(model);
  const layers = leavesOf(model).filter(({ weights }) => weights.length > 0);
  return new Map(layers.map(({ name, weights }) => [name, weights.some((weight) => trained?.has(weight))]));
}
