import type { LabelledData, TensorSources } from './trainerOptions.js';

/**
 * One batch of a dataset: its rows are one step's. `{ xs, ys }` as TensorFlow.js has it, `{ x, y }`, or `[x, y]`, each with
 * weights of the rows where they have some. Tensors are disposed of once they are read.
 */
export type DatasetBatch =
  | Pick<LabelledData, 'x' | 'y' | 'sampleWeight'>
  | { readonly xs: TensorSources; readonly ys: TensorSources; readonly sampleWeight?: TensorSources }
  | readonly [x: TensorSources, y: TensorSources, sampleWeight?: TensorSources];

/** One batch after another, until `done`. */
export interface BatchIterator {
  next(): BatchResult | Promise<BatchResult>;
  return?(value?: unknown): unknown;
}

/** What `next` of an iterator gives: of TensorFlow.js, or of JavaScript. */
export interface BatchResult {
  readonly value?: unknown;
  readonly done?: boolean | undefined;
}

/** Batches in a row: a `tf.data.Dataset`, an iterable (a generator or a stream, say), or an iterator alone. */
export type BatchSequence<B = DatasetBatch> =
  | { iterator(): BatchIterator | Promise<BatchIterator>; readonly size?: number }
  | Iterable<B>
  | AsyncIterable<B>
  | BatchIterator;

/**
 * Data that come as batches, finite or endless. They are gone through once in each epoch, from their beginning, or from one
 * epoch to the next with `stepsPerEpoch`. An iterator, and what a generator function returns, can be gone through once; a
 * function is called for each pass, with its number from 0, and gives the batches of that pass.
 */
export type DatasetSource<B = DatasetBatch> =
  | BatchSequence<B>
  | ((pass: number) => BatchSequence<B> | Promise<BatchSequence<B>>);
