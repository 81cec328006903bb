/** The least normal number of float32. */
const LEAST_NORMAL = 2 ** -126;

/** A denormal is 0 of its sign, as every native kernel takes it. */
export function flushed(value: number): number {
  return Math.abs(value) < LEAST_NORMAL ? 0 * value : value;
}
