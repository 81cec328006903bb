import { Draws, type Seed } from '../../shared/random/rng.js';

/**
 * The order in which epoch number `epoch` of a run takes the rows: a Fisher–Yates shuffle whose draw for position i is
 * keyed by (seed, shuffle, epoch, i), in shared memory for the ranks.
 */
export function permutation(rows: number, seed: Seed, epoch: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(rows * 4);
  const order = new Int32Array(memory);
  for (let i = 0; i < rows; i++) order[i] = i;
  const draws = new Draws(seed).at('shuffle', 0, epoch, 0);
  for (let i = rows - 1; i > 0; i--) {
    const j = Math.floor((draws.word(i) / 2 ** 32) * (i + 1));
    const held = order[i];
    order[i] = order[j];
    order[j] = held;
  }
  return memory;
}
