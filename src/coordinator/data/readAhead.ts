import type { EpochBatches } from './batchSource.js';
import type { Dataset } from './dataset.js';
import { LEAVE_AFTER_MS, settledWithin } from './settledWithin.js';

/** Batches that are read ahead of the one that is trained on. */
const AHEAD = 2;

/** Batches that cannot be had; whoever asked says where it stands and how to go on. */
export class UnreadableRows extends Error {
  override readonly name = 'UnreadableRows';
}

/** What is read, and where it is kept. */
interface Reading {
  /** Rows of the largest batch, as far as it is known. */
  readonly batchSize?: number;
  readonly firstBatch: number;
  readonly endBatch: number;
  /** The batch of that number; null where there is none any more. */
  read(batch: number): Promise<Dataset | null>;
  /** A copy in memory that holds no batch in use: none ahead, and none that a recovery may need. */
  keep(batch: Dataset, isAhead: (dataset: Dataset) => boolean): Dataset;
}

/** Batches one after another, read a little ahead of the ranks. Each is a dataset of its own, that stays as long as a recovery may need it. */
export function readAhead({ batchSize = 0, firstBatch, endBatch, read, keep }: Reading): EpochBatches {
  const ahead: Promise<Dataset | null>[] = [];
  /** Those that are read and not trained on yet, the one that the ranks are at included. */
  const waiting: Dataset[] = [];
  let taken = 0;
  let largest = batchSize;
  let last: Promise<unknown> = Promise.resolve();
  let next = firstBatch;
  let closed = false;
  let ended = false;
  const requireOpen = (): void => {
    if (closed) throw new Error('The epoch has ended.');
  };
  const readNext = async (batch: number): Promise<Dataset | null> => {
    requireOpen();
    const rows = ended ? null : await read(batch);
    requireOpen();
    if (rows === null) {
      ended = true;
      return null;
    }
    const kept = keep(rows, (dataset) => waiting.includes(dataset));
    waiting.push(kept);
    return kept;
  };
  const request = (): void => {
    while (ahead.length < AHEAD && next < endBatch && !ended) {
      const batch = next++;
      const reading = last.then(() => readNext(batch));
      // Whoever takes the batch hears of it.
      reading.catch(() => {});
      last = reading;
      ahead.push(reading);
    }
  };
  return {
    most: 1,
    take: async () => {
      if (taken++ > 0) waiting.shift();
      request();
      const dataset = (await ahead.shift()) ?? null;
      request();
      if (dataset === null) return null;
      largest = Math.max(largest, dataset.rows);
      return { dataset, order: null, batchSize: largest, firstBatch: 0, endBatch: 1 };
    },
    close: async () => {
      closed = true;
      await settledWithin(LEAVE_AFTER_MS, last);
    },
  };
}
