import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sgd, Trainer } from '../../src/index.js';
import { skipReason } from '../native/nativeCases.js';

const engines = ['native', 'reference'] as const;
const skipOf = (engine: string): string | false => engine === 'native' && skipReason;

/** A model that gives its input of `size` numbers. */
const identity = (size: number) => [
  { type: 'Dense', units: size, inputShape: [size], useBias: false, kernelInitializer: 'identity' },
];

type Rows = readonly (readonly [target: readonly number[], prediction: readonly number[]])[];

/** A trainer of that model with the metric, in the form that heeds weights too. */
function trainerOf(engine: (typeof engines)[number], metric: string | object, size = 1, workers = 1): Promise<Trainer> {
  return Trainer.create(identity(size), {
    optimizer: sgd({ learningRate: 0.1 }),
    loss: 'meanSquaredError',
    weightedMetrics: [metric as 'r2Score'],
    workers,
    engine,
  });
}

async function evaluated(trainer: Trainer, rows: Rows, batchSize = 32, sampleWeight?: Float32Array): Promise<number> {
  const column = (part: 0 | 1) => ({
    values: Float32Array.from(rows.flatMap((row) => row[part])),
    shape: [rows.length, rows[0][0].length],
  });
  const data = { y: column(0), x: column(1), ...(sampleWeight !== undefined && { sampleWeight }) };
  const { loss, ...logs } = await trainer.evaluate(data, { batchSize });
  return Object.values(logs)[0];
}

/** Targets that float32 does not hold, that are large beside their differences, and far apart. */
const constants: readonly number[] = [0.7, 99.9, 3.3, -1e-3, 1e30, 16777216, 0, 0.1];

describe('R² of targets that are all equal is 0, over any number of shards, workers and batches', () => {
  for (const [engine, workers] of [
    ['native', 1],
    ['native', 3],
    ['reference', 2],
  ] as const) {
    test(`${engine}, ${workers} workers`, { skip: skipOf(engine) }, async () => {
      await using trainer = await trainerOf(engine, 'r2Score', 1, workers);
      for (const target of constants) {
        for (const [rows, batchSize] of [
          [50, 32],
          [7, 32],
          [61, 10],
        ]) {
          const data = Array.from({ length: rows }, (_, i) => [[target], [target + Math.sin(i)]] as const);
          assert.equal(await evaluated(trainer, data, batchSize), 0, `${rows} rows of ${target}`);
        }
      }
    });
  }
});

/** sklearn's formula with all numbers as fractions, by hand. */
const scores: readonly (readonly [what: string, y: readonly number[], p: readonly number[], score: number])[] = [
  ['near', [1, 2, 4], [1.5, 2, 3], 1 - 1.25 / (14 / 3)],
  ['exact', [1, 2, 4], [1, 2, 4], 1],
  ['one apart in a million', [1e6, 1e6 + 1, 1e6 + 2], [1e6, 1e6 + 1, 1e6 + 3], 0.5],
  ['one unit of float32 apart at 2²⁴', [2 ** 24, 2 ** 24, 2 ** 24 + 2], [2 ** 24, 2 ** 24, 2 ** 24 + 2], 1],
  ['worse than the mean', [1, 2, 3], [3, 2, 1], -3],
];

describe('R² is what the formula says where targets lie close together', () => {
  for (const engine of engines) {
    test(engine, { skip: skipOf(engine) }, async () => {
      await using trainer = await trainerOf(engine, 'r2Score');
      for (const [what, y, p, score] of scores) {
        const data = y.map((target, i) => [[target], [p[i]]] as const);
        for (const batchSize of [1, 2, 32]) {
          const value = await evaluated(trainer, data, batchSize);
          const isRight = Math.abs(value - score) < 1e-9 && value <= 1;
          assert.ok(isRight, `${what}, batches of ${batchSize}: ${value}, not ${score}`);
        }
      }
    });
  }

  test('a row of weight 3 counts as three rows, and one of weight 0 not at all', async () => {
    const rows = [
      [[1], [1.5]],
      [[2], [2]],
      [[4], [3]],
      [[9], [-7]],
    ] as const;
    await using trainer = await trainerOf('reference', 'r2Score');
    const weighted = await evaluated(trainer, rows, 32, Float32Array.of(3, 1, 1, 0));
    const repeated = await evaluated(trainer, [rows[0], rows[0], rows[0], rows[1], rows[2]]);
    assert.ok(Math.abs(weighted - repeated) < 1e-12, `${weighted}, not ${repeated}`);
  });
});

const oneHot = (size: number, at: number): number[] => Array.from({ length: size }, (_, i) => Number(i === at));
const ties = [
  [[0, 1, 0], Array(3).fill(0.5)],
  [[1, 0, 0], Array(3).fill(0.5)],
] as const;
const saturated = Array.from({ length: 5 }, (_, row) => [oneHot(5, row), oneHot(5, 0)] as const);

/** Keras 3.15.1, TensorFlow 2.21.0. */
const tied: readonly (readonly [metric: object, rows: Rows, value: number])[] = [
  [{ name: 'precision', topK: 1 }, ties, 0.5],
  [{ name: 'recall', topK: 1 }, ties, 0.5],
  [{ name: 'recall', topK: 1 }, saturated, 0.2],
  [{ name: 'recall', topK: 2 }, saturated, 0.4],
  [{ name: 'f1Score', average: 'macro' }, ties, 0.44444439],
];

describe('Precision, recall and F1 of predictions that tie are those of Keras', () => {
  for (const engine of engines) {
    for (const [metric, rows, value] of tied) {
      test(`${engine}: ${JSON.stringify(metric)} of ${rows.length} rows`, { skip: skipOf(engine) }, async () => {
        await using trainer = await trainerOf(engine, metric, rows[0][0].length);
        const actual = await evaluated(trainer, rows);
        assert.ok(Math.abs(actual - value) < 1e-6, `${actual}, Keras ${value}`);
      });
    }
  }
});
