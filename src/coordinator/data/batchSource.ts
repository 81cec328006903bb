import type { Dataset } from './dataset.js';

/** Batches [firstBatch, endBatch) of an epoch, or less of them, as the ranks take them. */
export interface Batches {
  readonly dataset: Dataset;
  readonly order: SharedArrayBuffer | null;
  readonly batchSize: number;
  readonly firstBatch: number;
  readonly endBatch: number;
  /** The dataset lies in memory of the caller's, who may write to it when the call has returned. */
  readonly borrowed?: boolean;
}

/** The training rows of one epoch. */
export interface EpochBatches {
  /** Batches that can be had at once. */
  readonly most: number;
  take(firstBatch: number, endBatch: number): Promise<Batches>;
  /** No more is taken. */
  close(): Promise<void>;
}

/** Training rows, wherever they are. */
export interface BatchSource {
  readonly rows: number;
  /**
   * Those of an epoch, in batches from `firstBatch` on. `order`: Int32 row numbers, or null for their own order. `isHeld`:
   * whether a recovery may need a dataset that was taken before.
   */
  epoch(
    order: SharedArrayBuffer | null,
    batchSize: number,
    firstBatch: number,
    isHeld: (dataset: Dataset) => boolean,
  ): EpochBatches;
}

/** Rows that are in memory already; `borrowed` where it is the caller's. */
export function batchesOf(dataset: Dataset, borrowed: boolean): BatchSource {
  return {
    rows: dataset.rows,
    epoch: (order, batchSize) => ({
      most: Number.POSITIVE_INFINITY,
      take: async (firstBatch, endBatch) => ({ dataset, order, batchSize, firstBatch, endBatch, borrowed }),
      close: async () => {},
    }),
  };
}
