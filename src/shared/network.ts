import type { Parameter } from './program.js';

/**
 * A model that TensorFlow.js computes on the ranks, as plain data: what a rank needs to build it, and where its numbers
 * stand. Losses and metrics of its outputs are kernel calls, as in any program.
 */
export interface Network {
  /** The model's topology, as TensorFlow.js serialises it. */
  readonly topology: Readonly<Record<string, unknown>>;
  /** URLs of modules that register the user's own layers; imported before the model is built. */
  readonly modules: readonly string[];
  /** Buffers of the gradients of the loss by each output, in the order of the outputs. */
  readonly gradients: readonly number[];
  /** Weights that a pass in training mode changes by itself, such as moving averages. */
  readonly moving: readonly MovingWeight[];
}

export interface MovingWeight {
  readonly parameter: Parameter;
  /** The first of as many per-shard sums as it has elements: rows of the shard · the change that the shard asks for. */
  readonly sum: number;
}
