import type { Parameter } from './parameter.js';

/**
 * A model that TensorFlow.js computes on the ranks, as plain data: what a rank needs to build it, and where its numbers
 * stand. Losses and metrics of its outputs are kernel calls, as in any program.
 */
export interface Network {
  /** The model's topology, as TensorFlow.js serialises it. */
  readonly topology: Readonly<Record<string, unknown>>;
  /** URLs of modules that register the user's own layers and export losses and metrics; imported before the model is built. */
  readonly modules: readonly string[];
  /** Buffers of the gradients of the loss by each output, in their order; −1 where the loss is a function of a module, or there is none. */
  readonly gradients: readonly number[];
  /** Weights that a pass in training mode changes by itself, such as moving averages. */
  readonly moving: readonly MovingWeight[];
  /** Losses and metrics that are functions of modules. */
  readonly functions: readonly ModuleFunction[];
}

export interface MovingWeight {
  readonly parameter: Parameter;
  /** The first of as many per-shard sums as it has elements: rows of the shard · the change that the shard asks for. */
  readonly sum: number;
}

/**
 * A loss or metric that a module exports: a function of targets and predictions, both of the output's shape, to one number
 * for each row, or for each step of an output of sequences.
 */
export interface ModuleFunction {
  readonly name: string;
  /** The number of the output that it measures. */
  readonly output: number;
  /** The per-shard sum that its values are added to. */
  readonly sum: number;
  /** The per-shard sum that its weighted values are divided by; null where all count alike. */
  readonly weights: number | null;
  /** How much it counts in the loss of the model; absent for a metric. */
  readonly lossWeight?: number;
}
