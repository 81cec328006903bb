import { userError } from '../../shared/errors.js';
import { Draws, seedHalves } from '../../shared/random/rng.js';

/** Row numbers of the two parts of some rows, each in their order. */
export interface Parts {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/**
 * Splits rows so that every class has its share in both parts. As many are validated on as Keras takes of that many rows; each class
 * gives the whole part of its share, and those with the largest remainders one more, the first of equals. Which rows of a class
 * they are is a Fisher–Yates shuffle whose draw for position i is keyed by (seed, split, class, i). A class keeps at least one row to
 * train on.
 */
export function stratifiedSplit(labels: ArrayLike<number>, share: number, seed: number): Parts {
  const classes = rowsByClass(labels);
  const wanted = labels.length - Math.floor(labels.length * (1 - share));
  const counts = quotas(
    classes.map(({ length }) => length),
    wanted,
  );
  const validation = classes.flatMap((rows, number) => shuffled(rows, seed, number).slice(0, counts[number]));
  if (validation.length === 0 || validation.length === labels.length) {
    throw userError(
      'EMPTY_SPLIT',
      `fit.validationSplit ${share} of ${labels.length} rows in ${classes.length} classes leaves ${validation.length} to validate, as every class keeps one to train; give more rows, or another share.`,
    );
  }
  const taken = new Set(validation);
  const train = Array.from({ length: labels.length }, (_, row) => row).filter((row) => !taken.has(row));
  return { train: Int32Array.from(train), validation: Int32Array.from(validation).sort() };
}

function rowsByClass(labels: ArrayLike<number>): number[][] {
  const classes: number[][] = [];
  for (let row = 0; row < labels.length; row++) (classes[labels[row]] ??= []).push(row);
  return Array.from(classes, (rows) => rows ?? []);
}

function quotas(sizes: readonly number[], wanted: number): number[] {
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  const shares = sizes.map((size) => (size * wanted) / rows);
  const counts = shares.map((share, i) => Math.min(Math.floor(share), Math.max(0, sizes[i] - 1)));
  const byRemainder = shares.map((_, i) => i).sort((a, b) => (shares[b] % 1) - (shares[a] % 1) || a - b);
  let left = wanted - counts.reduce((sum, count) => sum + count, 0);
  for (const i of byRemainder) {
    if (left <= 0) break;
    if (counts[i] + 1 >= sizes[i]) continue;
    counts[i]++;
    left--;
  }
  return counts;
}

function shuffled(rows: readonly number[], seed: number, number: number): number[] {
  const order = [...rows];
  const draws = new Draws(seedHalves(seed)).at('split', 0, number, 1);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor((draws.word(i) / 2 ** 32) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
