/**
 * A loss or metric that is a function of the caller's and cannot become kernels, as plain data: the coordinator calls it for each
 * batch, once all ranks have come to the end of the forward pass, and leaves its sum and the gradients in the arena.
 */
export interface CalledMeasure {
  /** The name under which the coordinator has the function. */
  readonly name: string;
  /** The outputs that it is over. */
  readonly outputs: readonly CalledOutput[];
  /** The per-shard sum that its value is left in, times what the measure is divided by. */
  readonly sum: number;
  /** The per-shard sum that the measure is divided by; null where that is the number of rows. */
  readonly divisor: number | null;
  /** The buffer of the weights of its rows, which are there where the data has any; null where each row counts once. */
  readonly weight: number | null;
  /** Whether weighted values are divided by their number rather than by the sum of the weights. */
  readonly byRows: boolean;
  /** How much it counts in the loss of the model; null for a metric. */
  readonly lossWeight: number | null;
}

/** Buffers of an output that a function is over. */
export interface CalledOutput {
  /** Shape of one row. */
  readonly shape: readonly number[];
  readonly target: number;
  /** Where the predictions are, in training mode and at inference. */
  readonly trained: number;
  readonly inferred: number;
  /** What its gradient is left in. */
  readonly gradient: number;
}
