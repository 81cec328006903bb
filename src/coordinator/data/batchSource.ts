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

/** The rows of one epoch. */
export interface EpochBatches {
  /** Batches that can be had at once. */
  readonly most: number;
  /** Those, or as many of them as there are; null where the pass over the data has ended before the first. */
  take(firstBatch: number, endBatch: number): Promise<Batches | null>;
  /** No more is taken. */
  close(): Promise<void>;
}

/** Which rows an epoch has. */
export interface EpochRequest {
  /** How many passes over the data came before. */
  readonly pass: number;
  /** Int32 row numbers, or null for their own order. */
  readonly order: SharedArrayBuffer | null;
  /** Rows of a batch; the batches of a dataset have their own. */
  readonly batchSize: number;
  /** The batches of the pass: none before these is taken, and none behind them is read. */
  readonly firstBatch: number;
  readonly endBatch: number;
  /** Whether a recovery may need a dataset that was taken before. */
  isHeld(dataset: Dataset): boolean;
}

/** Rows, wherever they are. */
export interface BatchSource {
  /** How many there are; null for the batches of a dataset, which are not known before they are read. */
  readonly rows: number | null;
  epoch(request: EpochRequest): EpochBatches;
  /** Whether that pass over the data has a batch of this number. */
  hasBatch(pass: number, batch: number): Promise<boolean>;
  /** No epoch comes any more. */
  close(): Promise<void>;
}

/** What a source of rows that have numbers has in common. */
export const numberedRows: Pick<BatchSource, 'hasBatch' | 'close'> = {
  hasBatch: async () => true,
  close: async () => {},
};

/** Rows that are in memory already; `borrowed` where it is the caller's. */
export function sourceOf(dataset: Dataset, borrowed = false): BatchSource {
  const { rows } = dataset;
  return {
    rows,
    ...numberedRows,
    epoch: ({ order, batchSize }) => ({
      most: Number.POSITIVE_INFINITY,
      take: async (firstBatch, last) => {
        const endBatch = Math.min(last, Math.ceil(rows / batchSize));
        return firstBatch < endBatch ? { dataset, order, batchSize, firstBatch, endBatch, borrowed } : null;
      },
      close: async () => {},
    }),
  };
}
