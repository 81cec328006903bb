import type { Prediction } from '../../coordinator/callbacks/callback.js';
import type { Logs } from '../../coordinator/compiler/metrics.js';
import type { ConfusionMatrix } from '../../coordinator/confusion.js';
import type { DatasetSource } from '../../coordinator/options/datasets.js';
import type { Trainer } from '../../coordinator/trainer.js';
import type { BatchedRows, CountedRows, LoadedRows } from './format.js';

/** Calls of a trainer over rows that are in memory, or that are read batch by batch because it does not hold them. */

/** Rows as `fit` validates on them. */
export function validationOf(rows: CountedRows | BatchedRows, batchSize: number): CountedRows | DatasetSource {
  return 'batches' in rows ? rows.batches(batchSize) : rows;
}

export async function evaluateRows(
  trainer: Trainer,
  rows: CountedRows | BatchedRows,
  batchSize: number,
): Promise<Logs> {
  return 'batches' in rows ? trainer.evaluate(rows.batches(batchSize)) : trainer.evaluate(rows, { batchSize });
}

/** One prediction for each output of the model. */
export async function predictRows(
  trainer: Trainer,
  rows: LoadedRows | BatchedRows,
  batchSize: number,
): Promise<readonly Prediction[]> {
  const made: Prediction | Prediction[] =
    'batches' in rows
      ? await trainer.predict(rows.batches(batchSize))
      : await trainer.predict({ x: rows.x }, { batchSize });
  return [made].flat();
}

/** Confusions of all batches, added. */
export async function countRows(
  trainer: Trainer,
  rows: CountedRows | BatchedRows,
  batchSize: number,
): Promise<ConfusionMatrix> {
  if (!('batches' in rows)) return trainer.confusionMatrix(rows, { batchSize });
  let sums: ConfusionMatrix = [];
  for await (const batch of rows.batches(batchSize)()) {
    const counts = await trainer.confusionMatrix(batch, { batchSize });
    sums = counts.map((row, truth) => row.map((count, taken) => count + (sums[truth]?.[taken] ?? 0)));
  }
  return sums;
}
