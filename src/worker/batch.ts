import type { Run } from '../shared/protocol/messages.js';
import { type OpenColumn, openColumn } from './columns.js';

/** A command's dataset as a rank reads it. */
export interface Feed {
  readonly inputs: readonly OpenColumn[];
  readonly targets: readonly OpenColumn[];
  /** Empty where no row has a weight. */
  readonly weights: readonly OpenColumn[];
  readonly order: Int32Array | null;
  readonly rows: number;
  readonly batchSize: number;
}

export function openFeed(run: Run): Feed {
  return {
    inputs: run.inputs.map(openColumn),
    targets: run.targets.map(openColumn),
    weights: run.weights.map(openColumn),
    order: run.order === null ? null : new Int32Array(run.order),
    rows: run.rows,
    batchSize: run.batchSize,
  };
}

/** First row of a batch in the feed's order. */
export function batchStart(feed: Feed, batch: number): number {
  return batch * feed.batchSize;
}

/** Rows of a batch; the last one may be ragged. */
export function batchRows(feed: Feed, batch: number): number {
  return Math.min(feed.batchSize, feed.rows - batchStart(feed, batch));
}

/** Whether rows count by weights. */
export function isWeighted(feed: Feed): boolean {
  return feed.weights.length > 0;
}
