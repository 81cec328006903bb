import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialize } from '../../src/shared/random/initializers.js';
import { readGolden } from './cases.js';
import { sizeOf } from './formula.js';

/** Initializers draw from the distributions that Keras draws from; the draws themselves are Lockstep's own. */

/** What many draws of Keras look like. */
interface Observed {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
  readonly mean: number;
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
  /** Squared length of an orthogonal weight's vectors. */
  readonly gram?: number;
}

/** Numbers drawn for an initializer, at least; with as many the moments are known within 1 %. */
const DRAWS = 400_000;
const TOLERANCE = 0.01;

const { made, cases } = readGolden<{ made: Record<string, string>; cases: Observed[] }>('data/initializers.json');

test("initializers: means, deviations and ends are Keras's within 1 %", async (t) => {
  let worst = 0;
  for (const given of cases) {
    await t.test(`${given.name} ${JSON.stringify(given.config)} over [${given.shape}]`, () => {
      const error = momentError(given, draw(given));
      assert.ok(error < TOLERANCE, `relative error ${error}`);
      worst = Math.max(worst, error);
      if (given.gram !== undefined) assertOrthogonal(given, given.gram);
    });
  }
  t.diagnostic(`worst relative error ${worst.toExponential(1)} (Keras ${made.keras})`);
});

/** Weights of as many keys as are needed, one after the other. */
function draw({ name, config, shape }: Observed): Float64Array {
  const size = sizeOf(shape);
  const count = Math.ceil(DRAWS / size);
  const values = new Float64Array(count * size);
  for (let key = 0; key < count; key++) {
    values.set(initialize({ className: name, config }, shape, [11, 0], key), key * size);
  }
  return values;
}

/** The largest error of mean, deviation and, where they are sharp, ends, over the deviation or the size of the values. */
function momentError({ mean, deviation, low, high }: Observed, values: Float64Array): number {
  const found = momentsOf(values);
  const scale = deviation || Math.abs(mean) || 1;
  const isBounded = high - low < 6 * deviation;
  const ends = isBounded ? [found.low - low, found.high - high] : [];
  return Math.max(...[found.mean - mean, found.deviation - deviation, ...ends].map((d) => Math.abs(d) / scale));
}

function momentsOf(values: Float64Array): Pick<Observed, 'mean' | 'deviation' | 'low' | 'high'> {
  const found = { sum: 0, squares: 0, low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
  for (const value of values) {
    found.sum += value;
    found.low = Math.min(found.low, value);
    found.high = Math.max(found.high, value);
  }
  const mean = found.sum / values.length;
  for (const value of values) found.squares += (value - mean) ** 2;
  return { mean, deviation: Math.sqrt(found.squares / values.length), low: found.low, high: found.high };
}

/** The vectors along the shorter side of the matrix are at right angles and of the given squared length. */
function assertOrthogonal({ name, config, shape }: Observed, squaredLength: number): void {
  const weight = initialize({ className: name, config }, shape, [11, 0], 0);
  const columns = shape[shape.length - 1];
  const rows = weight.length / columns;
  const wide = rows < columns;
  const at = (vector: number, i: number): number => weight[wide ? vector * columns + i : i * columns + vector];
  for (let a = 0; a < Math.min(rows, columns); a++) {
    for (let b = 0; b <= a; b++) {
      let product = 0;
      for (let i = 0; i < Math.max(rows, columns); i++) product += at(a, i) * at(b, i);
      assert.ok(Math.abs(product - (a === b ? squaredLength : 0)) < 1e-5, `vectors ${a} and ${b}: ${product}`);
    }
  }
}
