import { userError } from '../../shared/errors.js';
import { Draws, seedHalves } from '../../shared/random/rng.js';

/** Rows of `size` numbers each. */
export interface Rows {
  readonly values: Float32Array | Float64Array | Int32Array;
  readonly size: number;
}

/**
 * Shuffles rows in place, the same way in every array: a Fisher–Yates shuffle whose draw for position i is keyed by
 * (seed, split, i).
 */
export function shuffleRows(arrays: readonly Rows[], rows: number, seed: number): void {
  const draws = new Draws(seedHalves(seed)).at('split', 0, 0, 0);
  for (let i = rows - 1; i > 0; i--) {
    const j = Math.floor((draws.word(i) / 2 ** 32) * (i + 1));
    for (const array of arrays) swapRows(array, i, j);
  }
}

/** The first row of the validation part when its share is taken from the end, as Keras does. */
export function splitRow(rows: number, share: number): number {
  const at = Math.floor(rows * (1 - share));
  if (at > 0 && at < rows) return at;
  throw userError(
    'EMPTY_SPLIT',
    `fit.validationSplit ${share} of ${rows} rows leaves ${at} rows to train and ${rows - at} to validate; both need at least one.`,
  );
}

function swapRows({ values, size }: Rows, i: number, j: number): void {
  const held = values.slice(i * size, (i + 1) * size);
  values.copyWithin(i * size, j * size, (j + 1) * size);
  values.set(held, j * size);
}
