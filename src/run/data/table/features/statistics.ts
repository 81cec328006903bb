/** Statistics of one column, in float64 and in the order of its rows, so that they are the same on every machine. */

/** Mean and population standard deviation of `count` values; a constant column gets deviation 1. */
export function momentsOf(count: number, at: (i: number) => number): { mean: number; deviation: number } {
  const average = (of: (value: number) => number): number => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += of(at(i));
    return sum / count;
  };
  const rough = average((value) => value);
  // A sum of large numbers is rounded: what its mean misses is the mean of the differences from it.
  const mean = rough + average((value) => value - rough);
  const variance = average((value) => (value - mean) ** 2);
  return { mean, deviation: variance > 0 ? Math.sqrt(variance) : 1 };
}

export function meanOf(values: Float64Array): number {
  return momentsOf(values.length, (i) => values[i]).mean;
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
