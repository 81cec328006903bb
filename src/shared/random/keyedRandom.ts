import type { Draws } from './rng.js';

/**
 * Whatever TensorFlow.js draws without a seed it draws from Math.random. Here that function is keyed while `work` runs,
 * which must be synchronous: draw i is a whole number of 53 bits over 2^53, made of words 2i and 2i + 1 of `draws`.
 */
export function withKeyedRandom<T>(draws: Draws, work: () => T): T {
  const own = Math.random;
  let drawn = 0;
  Math.random = () => {
    const high = draws.word(drawn) >>> 5;
    const low = draws.word(drawn + 1) >>> 6;
    drawn += 2;
    return (high * 2 ** 26 + low) / 2 ** 53;
  };
  try {
    return work();
  } finally {
    Math.random = own;
  }
}
