import { columnArray } from '../shared/memory/dataset.js';
import type { Run } from '../shared/protocol/messages.js';
import type { ColumnSource } from './engines/engine.js';

/** A command's dataset as a rank reads it. */
export interface Feed {
  readonly inputs: readonly ColumnSource[];
  readonly targets: readonly ColumnSource[];
  /** Empty where no row has a weight. */
  readonly weights: readonly ColumnSource[];
  readonly order: Int32Array | null;
  readonly rows: number;
  readonly batchSize: number;
}

export function openFeed(run: Run): Feed {
  const open = (column: Run['inputs'][number]): ColumnSource => ({ column, values: columnArray(column) });
  return {
    inputs: run.inputs.map(open),
    targets: run.targets.map(open),
    weights: run.weights.map(open),
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
