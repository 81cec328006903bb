import type { Starter } from './starter.js';

/** Steps that a small network needs until it has learned something, wherever there are few rows. */
const LEAST_STEPS = 600;

/** How a starter config trains a model that tells classes apart, by how many rows there are. */
export function classFit(rows: number): Pick<Starter, 'compile' | 'fit'> {
  const batchSize = rows < 2000 ? 16 : 64;
  const epochs = Math.max(15, Math.min(100, Math.ceil(LEAST_STEPS / Math.max(1, (rows * 0.8) / batchSize))));
  return {
    compile: [
      { key: 'optimizer', value: { name: 'adam', learningRate: 0.001 } },
      { key: 'loss', value: 'sparseCategoricalCrossentropy' },
      { key: 'metrics', value: ['accuracy'] },
    ],
    fit: [
      { key: 'epochs', value: epochs },
      { key: 'batchSize', value: batchSize },
      {
        key: 'validationSplit',
        value: 0.2,
        why: ['A fifth of every class, chosen by the seed, tells how well it does on what it was not trained on.'],
      },
      {
        key: 'restoreBest',
        value: true,
        why: ['The model that is kept is that of the epoch with the lowest val_loss.'],
      },
    ],
  };
}
