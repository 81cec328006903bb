import type { Optimizer, Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { OptimizerSpec } from '../../shared/optimizers/optimizers.js';
import type { EngineName } from '../../shared/protocol/messages.js';
import type { TrainerEvent } from './events.js';
import type { LossName } from './losses.js';
import type { MetricName } from './metrics.js';
import type { ObjectivesOptions } from './objectives.js';
import type { NamedOptimizer } from './optimizers.js';

/**
 * One layer of a Sequential model as a config writes it: `type` is the Keras class name, the other keys are the layer's
 * arguments in camelCase or Keras's snake_case. Keras's own serialised form `{ class_name, config }` is accepted too.
 */
export type LayerConfig = Readonly<Record<string, unknown>>;

/**
 * A functional model as a config writes it. A layer has, beside its own keys, `inputs`: the name of the layer it reads, or
 * a list of names (`lstm:1` is the second output of `lstm`); without it, it reads the layer before it. `{ type: 'Input',
 * name, shape }` is an input; `{ name, shared, inputs }` calls the layer named `shared` once more.
 */
export interface FunctionalConfig {
  readonly layers: readonly LayerConfig[];
  /** Names of the inputs, in order; by default all, as they come. */
  readonly inputs?: readonly string[];
  /** Names of the outputs; by default the last layer. */
  readonly outputs?: string | readonly string[];
}

/** A model as Keras serialises it: what `model.to_json()` holds. */
export interface KerasConfig {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * A model: a tf.LayersModel, the path of a TensorFlow.js `model.json` or of a model that Keras has serialised, that model
 * itself, the layers of a Sequential model, or those of a functional one.
 */
export type ModelSource = LayersModel | string | URL | readonly LayerConfig[] | FunctionalConfig | KerasConfig;

export type { LossName, MetricName };

/**
 * `native` and `reference` run Lockstep's own kernels, `tensorflow` and `tfjs` compute any tf.LayersModel with
 * TensorFlow.js. `auto` takes `native` where it can be loaded, else `reference`; for a model that does not lower to
 * kernels, `tensorflow` where that is installed, else `tfjs`.
 */
export type EngineChoice = 'auto' | EngineName;

/** One weight of the model. */
export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The values of one weight where its place among the others says which it is: a tensor, or numbers in its shape's order. */
export type WeightValues = Tensor | Float32Array | readonly number[];

/** A trainer as another one sees it that shares its ranks and weights; a `Trainer` is one. */
export interface SharingTrainer {
  readonly workers: number;
  weights(): readonly Weight[];
}

export interface TrainerOptions extends ObjectivesOptions {
  /**
   * An optimizer made by `adam()`, `sgd()` or another factory; its name for Keras's defaults, or its name beside options,
   * `{ name: 'adam', learningRate: 0.01 }`; or one of TensorFlow.js, `tf.train.adam()`, whose moments begin anew.
   */
  readonly optimizer: OptimizerSpec | OptimizerSpec['kind'] | NamedOptimizer | Optimizer;
  /**
   * Ranks. `auto` (default) takes as many as a step of the model is fastest on, at most the number of cores and of
   * shards: one for a small model, where meeting costs more than it saves. With TensorFlow.js one a core. No number changes
   * a bit of the result, but with TensorFlow.js unless `shards` is given.
   */
  readonly workers?: number | 'auto';
  /** Rows of the batches to come, for `workers: 'auto'`; default 32. A `fit` with another size chooses again. */
  readonly batchSize?: number;
  /**
   * Shards a batch; default 8, for every number of workers. They decide in which order sums over rows are formed: another
   * number is another run. Workers beyond the shards update parameters, but compute no gradients. With TensorFlow.js, where
   * each shard is a pass of its own, as many as there are workers.
   */
  readonly shards?: number;
  readonly engine?: EngineChoice;
  /**
   * Paths or file URLs of modules that register layers of your own with `tf.serialization.registerClass`; the trainer and
   * every rank import them.
   */
  readonly modules?: readonly (string | URL)[];
  /** Keys every random draw; a non-negative safe integer, default 0. */
  readonly seed?: number;
  /**
   * `model` (default for a tf.LayersModel or a file) keeps the weights the model has, `seed` draws them anew from the
   * seed by each layer's initializer. Layer configs always draw from the seed.
   */
  readonly initialWeights?: 'model' | 'seed';
  /** Keep the time every rank spends in each phase, for `phaseTimes()`; default false. */
  readonly profile?: boolean;
  /**
   * How many times one call (a `fit`, say) may recover from the failure of a rank; default 3. 0 takes no snapshots: the
   * first fault ends the call and loses the weights.
   */
  readonly maxRestarts?: number;
  /**
   * Seconds that a rank may stay in one phase of one step before it counts as stalled and is replaced; default 60.
   * Infinity never replaces one.
   */
  readonly stallLimit?: number;
  /** Most heap of each rank's thread, in MiB; default: Node's. Weights, batches and activations are not on the heap. */
  readonly heapLimit?: number;
  /**
   * Another trainer, whose ranks and whose weights this one shares: weights of the same name are the same to both, whoever
   * trains them, and begin with the other's values. Its number of workers holds for both; every other option is this
   * trainer's own.
   */
  readonly shareWith?: SharingTrainer;
  /** Hears of recoveries, slow ranks and lost threads, for logs. */
  readonly onEvent?: (event: TrainerEvent) => void;
}

/** A model that was perhaps compiled: a tf.LayersModel, the path of a `model.json`, or what Keras has serialised. */
export type CompiledModelSource = LayersModel | string | URL | KerasConfig;

/**
 * As `TrainerOptions`, for a model that TensorFlow.js has compiled, or saved with `includeOptimizer`, or that Keras has
 * serialised with its `compile_config`. An optimizer that is left out is the model's own; that of TensorFlow.js where it stands,
 * with its moments and its count of updates. A loss that is left out is the model's own, with its metrics. A loss that the
 * model has by name alone then has the reduction `sum_over_batch_size`, as it would there.
 */
export type CompiledOptions = Partial<Pick<TrainerOptions, 'optimizer' | 'loss'>> &
  Omit<TrainerOptions, 'optimizer' | 'loss'>;

/** Of `recompile`. */
export type RecompileOptions = Partial<Pick<TrainerOptions, 'optimizer' | keyof ObjectivesOptions>>;

export interface CopyWeightsOptions {
  /** The share of the other trainer's weights, from 0 to 1; default 1. */
  readonly tau?: number;
}

export interface SaveOptions {
  /**
   * Write also what the model is trained for, the optimizer and its moments, so that TensorFlow.js or Keras goes on from here;
   * by default Keras's files have it and those of TensorFlow.js do not. Rejects with `NOT_IN_TENSORFLOWJS` or `NOT_IN_KERAS` where
   * that program has no such optimizer, loss or layer.
   */
  readonly includeOptimizer?: boolean;
}

/** A typed array: Float32Array, Int32Array and Uint8Array are read as they are, others copied. */
export type NumberArray =
  | Float32Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Float64Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/**
 * Numbers of one tensor: a tf.Tensor, a typed array of whole rows, nested arrays (the innermost may be typed), or values
 * with their shape. `scale` multiplies those of a Uint8Array.
 */
export type DataSource =
  | Tensor
  | NumberArray
  | readonly unknown[]
  | {
      readonly values: NumberArray | readonly unknown[];
      readonly shape: readonly number[];
      readonly scale?: number;
    };

/** What one input takes or, for a model of several, a list in their order or a record by their names. */
export type TensorSources = DataSource | readonly DataSource[] | Readonly<Record<string, DataSource>>;

/** Rows with their targets. What `data.csv` returns is taken too. */
export interface LabelledData {
  readonly x: TensorSources;
  readonly y: TensorSources;
  /**
   * How much each row counts in the loss, [rows]; or each step of a sequence, [rows, steps]. The loss is the mean of the
   * rows' losses by these weights, over the whole batch, unless its `reduction` says otherwise: with `sum_over_batch_size`
   * weights may be below 0. For several outputs a list or
   * record, or one that holds for all.
   */
  readonly sampleWeight?: TensorSources;
  /** How much each class counts, by its number; 1 where it is left out. Multiplies with `sampleWeight`. */
  readonly classWeight?: ClassWeights;
}

/** Training rows that are read while training goes on, for data that memory does not hold. */
export interface RowSource {
  /** How many there are. */
  readonly rows: number;
  /**
   * The rows of these numbers, each from 0 to `rows` − 1, in this order, for a pass over them: 0 for the first one of the trainer's
   * life. Called for one batch after another, a little ahead of training. A row must always have the same values in the same
   * pass: a run that is resumed reads it again. When it throws, or what it
   * returns cannot be trained on, `fit` rejects with `DATA_FAILED` after the steps before; the trainer can go on from there.
   */
  read(rows: Int32Array, pass: number): LabelledData | Promise<LabelledData>;
  /** Nothing is read before the next `fit`, if one comes: what the source holds for reading may go. */
  close?(): void | Promise<void>;
}

export type ClassWeights = Readonly<Record<string, number>>;

/** Of calls over all rows of a dataset. */
export interface BatchesOptions {
  /** Rows of one global batch; default 32. */
  readonly batchSize?: number;
}

/** Of `predict`. */
export interface PredictOptions extends BatchesOptions {
  /** Only so many batches, from the first on; default: all. TensorFlow.js's word `batches` is read too. */
  readonly steps?: number;
  readonly batches?: number;
}

/** Weights beside the data of a call: as `LabelledData` has them, and not in both places. */
export interface WeightOptions {
  readonly sampleWeight?: TensorSources;
  readonly classWeight?: ClassWeights;
}

/** Of `evaluate`. */
export interface EvaluateOptions extends PredictOptions, WeightOptions {}

/** What `fit` returns, as in Keras: one value an epoch under each name. */
export interface History {
  readonly epoch: readonly number[];
  readonly history: Readonly<Record<string, readonly number[]>>;
}
