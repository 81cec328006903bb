/** JSON for Python, which tells 1 from 1.0: optimizers of Keras refuse a rate that is a whole number. */

/** A number that is to be written with a point. */
interface Float {
  readonly $float: string;
}

/** A number as a float of Python's; other values as they are. */
export function float<T>(value: T): T | Float {
  return Number.isInteger(value) ? { $float: `${value}.0` } : value;
}

export function pythonJson(value: unknown): string {
  return JSON.stringify(value).replace(/\{"\$float":"(-?\d+(?:\.\d+)?)"\}/g, '$1');
}
