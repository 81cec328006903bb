/** Statistics of one column, in float64 and in the order of its rows, so that they are the same on every machine. */

/** Mean and population standard deviation; a constant column gets deviation 1. */
export function momentsOf(values: Float64Array): { mean: number; deviation: number } {
  const count = values.length;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i];
  const rough = sum / count;
  // A sum of large numbers is rounded: what its mean misses is the mean of the differences from it.
  let missed = 0;
  for (let i = 0; i < count; i++) missed += values[i] - rough;
  const mean = rough + missed / count;
  let squares = 0;
  for (let i = 0; i < count; i++) squares += (values[i] - mean) ** 2;
  const variance = squares / count;
  return { mean, deviation: variance > 0 ? Math.sqrt(variance) : 1 };
}

export function meanOf(values: Float64Array): number {
  return momentsOf(values).mean;
}

/** The middle value, or the mean of the two in the middle. */
export function medianOf(values: Float64Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The smallest of those that most rows have. */
export function mostFrequentOf(values: Float64Array): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = values[0];
  for (const [value, count] of counts) {
    const most = counts.get(best) ?? 0;
    if (count > most || (count === most && value < best)) best = value;
  }
  return best;
}
