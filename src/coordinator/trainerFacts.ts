import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userError } from '../shared/errors.js';
import type { Port } from '../shared/program/program.js';
import type { EngineName } from '../shared/protocol/messages.js';
import { modelFromTopology } from '../shared/tfjs/buildModel.js';
import type { Prediction } from './callbacks/callback.js';
import type { Logs } from './compiler/metrics.js';
import { type Description, describePlan } from './describe.js';
import { applyWeights } from './models/applyWeights.js';
import type { StoredTensor } from './models/compiled/compilation.js';
import { requireOneShape } from './models/openLengths.js';
import { batchesSchema } from './options/fitFields.js';
import { readOptions } from './options/readOptions.js';
import { learningRateSchema } from './options/trainerFields.js';
import type {
  BatchesOptions,
  EvaluateOptions,
  LabelledData,
  LossName,
  TensorSources,
  Weight,
  WeightValues,
} from './options/trainerOptions.js';
import { evaluateSync, predictSync } from './predict.js';
import { optimizerWeights } from './record.js';
import type { TrainerCore } from './trainerCore.js';

/** One input of a model. */
export interface InputFacts {
  readonly name: string;
  /** Of one row. */
  readonly shape: readonly number[];
  /** Its values are whole numbers that an Embedding looks up. */
  readonly takesIndices: boolean;
}

/** One output of a model. */
export interface OutputFacts {
  readonly name: string;
  /** Of one row. */
  readonly shape: readonly number[];
  /** The name of its loss; null where it is not trained. */
  readonly loss: LossName | null;
}

/** What a trainer tells of itself. After `close`, what lies in the ranks' memory is gone: `weights` and `fingerprint` throw `CLOSED`. */
export abstract class TrainerFacts {
  /** Another one after `setTrainable` and `recompile`. */
  protected core: TrainerCore;

  protected constructor(core: TrainerCore) {
    this.core = core;
  }

  /** Ranks that train, at least 1. */
  get workers(): number {
    return this.core.runtime.division.workers;
  }

  /** Shards of a batch: the order in which sums over its rows are formed. */
  get shards(): number {
    return this.core.resolved.shards;
  }

  get engine(): EngineName {
    return this.core.model.engine.name;
  }

  /** Why that engine was taken. */
  get engineReason(): string {
    return this.core.model.engine.reason;
  }

  /** Why there are as many workers as there are. */
  get workersReason(): string {
    return this.core.workers.reason;
  }

  get seed(): number {
    return this.core.resolved.seed;
  }

  /** Updates applied so far. */
  get step(): number {
    return this.core.state.step;
  }

  /** The base learning rate, before `decay` and a schedule. It may be set between calls, to a number of at least 0. */
  get learningRate(): number {
    return this.core.runtime.learningRate;
  }

  set learningRate(rate: number) {
    this.core.requireIdle();
    this.core.runtime.learningRate = readOptions('learningRate', learningRateSchema, {
      learningRate: rate,
    }).learningRate;
  }

  /**
   * Shape of one row of input, without the rows; throws `SEVERAL_TENSORS` for a model of several inputs, `UNKNOWN_SHAPE` for one
   * that leaves lengths open.
   */
  get inputShape(): readonly number[] {
    requireOneShape(this.core.model, 'inputShape');
    return onlyPort('input', this.core.program.inputs).shape;
  }

  /** Shape of one row of output, in the same way. */
  get outputShape(): readonly number[] {
    requireOneShape(this.core.model, 'outputShape');
    return onlyPort('output', this.core.program.outputs).shape;
  }

  /** Each input by its name, in their order; throws `UNKNOWN_SHAPE` where lengths are open. */
  get inputs(): readonly InputFacts[] {
    requireOneShape(this.core.model, 'inputs');
    return this.core.program.inputs.map(({ name, shape, type }) => ({ name, shape, takesIndices: type === 'int32' }));
  }

  /** Each output in the same way. */
  get outputs(): readonly OutputFacts[] {
    requireOneShape(this.core.model, 'outputs');
    const { objectives } = this.core.model;
    return this.core.program.outputs.map(({ name, shape }, i) => ({
      name,
      shape,
      loss: objectives[i]?.loss?.name ?? null,
    }));
  }

  /**
   * A copy of every weight, float32, each with its name and shape, in the order of `model.weights` of TensorFlow.js: those
   * that are trained, then the others.
   */
  weights(): Weight[] {
    return this.core.vectors.weights();
  }

  /**
   * Replaces every weight: by name, as `weights()` gives them, or by their order there, as `model.getWeights()` of
   * TensorFlow.js gives tensors. The optimizer's own vectors stay.
   *
   * @throws LockstepError `WEIGHTS_MISMATCH` where one is missing or has another shape; nothing is replaced then. `BUSY` during
   * another call: hooks of `fit` have a `setWeights` of their own.
   */
  setWeights(weights: readonly (Weight | WeightValues)[]): void {
    this.core.requireIdle();
    this.core.vectors.setWeights(weights);
  }

  /**
   * Writes the weights into a tf.LayersModel of the same layers, by name, or by order where its names are others.
   *
   * @throws LockstepError `INVALID_MODEL`, `WEIGHTS_MISMATCH`; nothing is written then.
   */
  applyTo(model: LayersModel): void {
    applyWeights(model, this.weights());
  }

  /** A new tf.LayersModel with the trainer's layers and weights, not compiled. Whoever asked for it disposes of it. */
  async toLayersModel(): Promise<LayersModel> {
    const model = await modelFromTopology(this.core.model.topology);
    this.applyTo(model);
    return model;
  }

  /**
   * As `predict`, computed on the calling thread: nothing is awaited and no rank is woken, which is quickest for few rows.
   * The bits are the same. Within hooks of `fit` it may be called too.
   *
   * @throws LockstepError Those of `predict`; `BUSY` while ranks work; `UNSUPPORTED_ENGINE` where TensorFlow.js computes.
   */
  predictSync<P extends Prediction | Prediction[] = Prediction>(
    data: { readonly x: TensorSources } | TensorSources,
    options?: BatchesOptions,
  ): P {
    return predictSync(this.core, [data, options]) as P;
  }

  /** As `evaluate`, computed on the calling thread in the same way, with the same errors. */
  evaluateSync(data: LabelledData, options?: EvaluateOptions): Logs;
  evaluateSync(x: TensorSources, y: TensorSources, options?: EvaluateOptions): Logs;
  evaluateSync(...given: unknown[]): Logs {
    return evaluateSync(this.core, given);
  }

  /**
   * What the optimizer keeps, as TensorFlow.js stores it: the count of updates, then each vector for every trained weight.
   * `model.optimizer.setWeights` takes them as tensors.
   *
   * @throws LockstepError `NOT_IN_TENSORFLOWJS` where TensorFlow.js has no such optimizer.
   */
  optimizerWeights(): StoredTensor[] {
    return optimizerWeights(this.core);
  }

  /** Leaves out what is left of a `fit` that was interrupted: the next one begins anew, with the weights as they are. */
  forgetFit(): void {
    this.core.requireIdle();
    this.core.forgetFit();
  }

  /** sha256 over all weights and optimizer vectors, in hex: equal exactly when the bits are. */
  fingerprint(): string {
    return this.core.vectors.fingerprint();
  }

  /** Layers, parameters, memory in bytes and plan, for a batch of `batchSize` rows (default 32). */
  describe(options?: BatchesOptions): Description {
    const { batchSize } = readOptions('describe', batchesSchema, options);
    const { optimizer, shards } = this.core.resolved;
    return describePlan(this.core.model, {
      optimizer,
      shards,
      workers: this.workers,
      workersReason: this.workersReason,
      batchSize,
    });
  }

  /** Milliseconds each rank has spent in each phase; all zero unless created with `profile`. */
  phaseTimes(): Record<string, number>[] {
    return this.core.runtime.clocks;
  }
}

/** The input or output of a model that has one; throws `SEVERAL_TENSORS` for a model of several. */
export function onlyPort(kind: string, ports: readonly Port[]): Port {
  if (ports.length === 1) return ports[0];
  const names = ports.map(({ name }) => name).join(', ');
  throw userError(
    'SEVERAL_TENSORS',
    `The model has ${ports.length} ${kind}s (${names}), but a table gives one; name a module of rows in data.source, or use the library: there x and y are records by name.`,
  );
}
