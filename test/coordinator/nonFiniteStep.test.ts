import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sgd, Trainer } from '../../src/index.js';
import { skipReason } from '../native/nativeCases.js';

const engines = ['native', 'reference'] as const;
type Options = Parameters<typeof Trainer.create>[1];

const dense = { type: 'Dense', units: 1, inputShape: [2], kernelInitializer: 'ones', useBias: false };
const normalized = [{ type: 'BatchNormalization', inputShape: [2] }, dense];
const plain = sgd({ learningRate: 1e-30 });

const STEPS = 5;
const BAD = 3;
const ROWS = 4;

/** A rate that leaves the weights where they are until step `step`, and throws them far then. */
function leapAt(step: number, more: object = {}): object {
  const schedule = { kind: 'piecewiseConstant', boundaries: [step - 1], factors: [1e-30, 1] };
  return { ...sgd({ learningRate: 1e10 }), ...more, schedule };
}

/** Five batches of four rows of two equal numbers, which keep the weights equal; the first row of batch `BAD` is (value, −value), or small as all others. */
function batches(value: number | null) {
  const x = Float32Array.from({ length: 2 * ROWS * STEPS }, (_, i) => Math.sin(Math.floor(i / 2)));
  if (value !== null) x.set([value, -value], 2 * ROWS * BAD);
  return { x: { values: x, shape: [ROWS * STEPS, 2] }, y: new Float32Array(ROWS * STEPS).fill(0.25) };
}

/** Steps whose loss is finite and whose gradient, or a weight that it leads to, is not. */
const cases: readonly (readonly [what: string, value: number, options: object, layers?: readonly object[]])[] = [
  ['a weight that overflows in the update', 2e30, { optimizer: leapAt(STEPS + BAD) }],
  ['the same with a momentum', 2e30, { optimizer: leapAt(STEPS + BAD, { momentum: 0.9 }) }],
  ['a gradient that overflows', 2e30, { optimizer: plain, lossWeights: [1e10] }],
  ['the same, clipped', 2e30, { optimizer: { ...plain, clipvalue: 1 }, lossWeights: [1e10] }],
  [
    'a gradient that is kept for a later update',
    2e30,
    { optimizer: { ...plain, gradientAccumulationSteps: 2 }, lossWeights: [1e10] },
  ],
  ['a moving variance that overflows', 1e25, { optimizer: plain }, normalized],
];

describe('A step whose gradient or weights are not finite is undone, and the trainer stands before it', () => {
  for (const engine of engines) {
    for (const [what, value, options, layers = [dense]] of cases) {
      test(`${engine}: ${what}`, { skip: engine === 'native' && skipReason }, async () => {
        const given = { loss: 'meanAbsoluteError', workers: 2, engine, seed: 3, ...options } as Options;
        const fitted = { batchSize: ROWS, shuffle: false, epochs: 1 };
        await using trainer = await Trainer.create(layers as never, given);
        await trainer.fit(batches(null), fitted);
        await assert.rejects(trainer.fit(batches(value), fitted), {
          code: 'NON_FINITE_LOSS',
          message: new RegExp(`step ${STEPS + BAD} .*gradient.*not finite; the update was undone`),
        });
        assert.equal(trainer.step, STEPS + BAD);
        await using alike = await Trainer.create(layers as never, given);
        await alike.fit(batches(null), fitted);
        const { x, y } = batches(null);
        const rows = ROWS * BAD;
        await alike.fit({ x: { values: x.values.slice(0, 2 * rows), shape: [rows, 2] }, y: y.slice(0, rows) }, fitted);
        assert.deepEqual(trainer.weights(), alike.weights());
      });
    }
  }

  test('without snapshots the weights are gone, and the error says so', async () => {
    const given = { loss: 'meanAbsoluteError', workers: 1, maxRestarts: 0, optimizer: leapAt(BAD) };
    await using trainer = await Trainer.create([dense] as never, given as Options);
    const fit = trainer.fit(batches(2e30), { batchSize: ROWS, shuffle: false });
    await assert.rejects(fit, { code: 'NON_FINITE_LOSS', message: /maxRestarts 0/ });
    assert.throws(() => trainer.weights(), { code: 'RANKS_LOST' });
  });
});

const embedded = [
  { type: 'Embedding', inputDim: 3, outputDim: 2, inputLength: 2, maskZero: true },
  { type: 'GlobalAveragePooling1D' },
  { type: 'Dense', units: 1 },
];
const huge = [
  { type: 'Dense', units: 3, inputShape: [2], kernelInitializer: 'ones' },
  { type: 'Dense', units: 1, kernelInitializer: 'ones' },
];

type Rows = { readonly x: Int32Array | { values: Float32Array; shape: number[] }; readonly y: Float32Array };

/** Data of which row 1 weighs 0 and is no number in what the model makes of it; and the same without it. */
const unweighted: readonly (readonly [what: string, layers: readonly object[], with_: Rows, without: Rows])[] = [
  [
    'a row of padding before a mean over the steps',
    embedded,
    { x: Int32Array.of(1, 2, 0, 0), y: Float32Array.of(1, 1) },
    { x: Int32Array.of(1, 2), y: Float32Array.of(1) },
  ],
  [
    'a row that overflows in a layer',
    huge,
    { x: { values: Float32Array.of(0.5, 1, 3e38, 3e38), shape: [2, 2] }, y: Float32Array.of(1, 1) },
    { x: { values: Float32Array.of(0.5, 1), shape: [1, 2] }, y: Float32Array.of(1) },
  ],
  [
    'a row that overflows before a relu',
    [{ ...huge[0], activation: 'relu' }, huge[1]],
    { x: { values: Float32Array.of(0.5, 1, 3e38, 3e38), shape: [2, 2] }, y: Float32Array.of(1, 1) },
    { x: { values: Float32Array.of(0.5, 1), shape: [1, 2] }, y: Float32Array.of(1) },
  ],
  [
    'a row that overflows in the loss',
    [huge[0]],
    { x: { values: Float32Array.of(0.5, 1, 1e30, 0), shape: [2, 2] }, y: Float32Array.of(1, 1, 1, 0, 0, 0) },
    { x: { values: Float32Array.of(0.5, 1), shape: [1, 2] }, y: Float32Array.of(1, 1, 1) },
  ],
  [
    'a row that overflows before a layer norm',
    [huge[0], { type: 'LayerNormalization' }, huge[1]],
    { x: { values: Float32Array.of(0.5, 1, 3e38, 3e38), shape: [2, 2] }, y: Float32Array.of(1, 1) },
    { x: { values: Float32Array.of(0.5, 1), shape: [1, 2] }, y: Float32Array.of(1) },
  ],
];

describe('A row of weight 0 adds nothing to a step, whatever its values', () => {
  for (const engine of engines) {
    for (const [what, layers, data, without] of unweighted) {
      test(`${engine}: ${what}`, { skip: engine === 'native' && skipReason }, async () => {
        const trained = async (rows: Rows, more: object): Promise<number[]> => {
          const options = {
            optimizer: sgd({ learningRate: 0.1 }),
            loss: 'meanSquaredError',
            workers: 1,
            engine,
            seed: 1,
          };
          await using trainer = await Trainer.create(layers as never, options as Options);
          await trainer.fit({ ...rows, ...more } as never, { batchSize: 2, epochs: 2, shuffle: false });
          return trainer.weights().flatMap(({ values }) => [...values]);
        };
        const weights = await trained(data, { sampleWeight: Float32Array.of(1, 0) });
        const expected = await trained(without, {});
        for (const [i, value] of weights.entries()) {
          assert.ok(Math.abs(value - expected[i]) < 1e-6, `${value}, not ${expected[i]}`);
        }
      });
    }
  }
});
