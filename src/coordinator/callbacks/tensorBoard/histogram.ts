import type { Histogram } from './event.js';

const BUCKETS = 30;

/** Numbers in 30 buckets of one width, as `tf.summary.histogram` has them; null where one is not finite, or there is none. */
export function histogram(values: ArrayLike<number>): Histogram | null {
  let [min, max, sum, sumOfSquares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumOfSquares += value * value;
  }
  if (!Number.isFinite(sumOfSquares) || values.length === 0) return null;
  const spread = { min, max, count: values.length, sum, sumOfSquares };
  if (min === max) return { ...spread, limits: [max], counts: [values.length] };
  const width = (max - min) / BUCKETS;
  const counts = new Array<number>(BUCKETS).fill(0);
  for (let i = 0; i < values.length; i++) counts[Math.min(BUCKETS - 1, Math.floor((values[i] - min) / width))]++;
  const limits = counts.map((_, i) => (i === BUCKETS - 1 ? max : min + width * (i + 1)));
  return { ...spread, limits, counts };
}
