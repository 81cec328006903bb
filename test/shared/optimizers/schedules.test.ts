import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { schedules, sgd, Trainer } from '../../../src/index.js';
import { realPowerOf } from '../../../src/shared/optimizers/realPowerOf.js';
import { halfCosine, learningRateAt, type Schedule } from '../../../src/shared/optimizers/schedules.js';

/** A schedule over the base rate 0.1, and its rates by step. */
type Table = readonly [string, Schedule, Readonly<Record<number, number>>];

/**
 * Values that Keras 3.15.1 (keras.optimizers.schedules, float32) and PyTorch 2.13.0 (OneCycleLR) return for the same
 * arguments, to within 5e-6: what float32 leaves of 0.96^100. Piecewise rates are given as factors of 0.1 here.
 */
const theirs: readonly Table[] = [
  [
    'ExponentialDecay(0.1, 10, 0.96)',
    schedules.exponentialDecay({ decaySteps: 10, decayRate: 0.96 }),
    { 0: 0.1, 1: 0.09959262, 5: 0.09797959, 10: 0.096, 25: 0.09029799, 1000: 0.001687028 },
  ],
  [
    'ExponentialDecay(0.1, 10, 0.96, staircase=True)',
    schedules.exponentialDecay({ decaySteps: 10, decayRate: 0.96, staircase: true }),
    { 0: 0.1, 9: 0.1, 10: 0.096, 25: 0.09216, 1000: 0.001687028 },
  ],
  [
    'ExponentialDecay(0.1, 2.5, 0.5)',
    schedules.exponentialDecay({ decaySteps: 2.5, decayRate: 0.5 }),
    { 0: 0.1, 1: 0.07578583, 5: 0.025, 6: 0.01894646 },
  ],
  [
    'InverseTimeDecay(0.1, 4, 0.5)',
    schedules.inverseTimeDecay({ decaySteps: 4, decayRate: 0.5 }),
    { 0: 0.1, 1: 0.08888889, 4: 0.06666667, 6: 0.05714286, 100: 0.007407408 },
  ],
  [
    'InverseTimeDecay(0.1, 4, 0.5, staircase=True)',
    schedules.inverseTimeDecay({ decaySteps: 4, decayRate: 0.5, staircase: true }),
    { 0: 0.1, 3: 0.1, 4: 0.06666667, 11: 0.05, 100: 0.007407408 },
  ],
  [
    'CosineDecay(0.1, 7.5, alpha=0.1)',
    schedules.cosineDecay({ decaySteps: 7.5, alpha: 0.1 }),
    { 0: 0.1, 1: 0.09610954, 3: 0.06890576, 7: 0.01098336, 8: 0.01 },
  ],
  [
    'PiecewiseConstantDecay([10, 20], [0.1, 0.05, 0.01])',
    schedules.piecewiseConstant({ boundaries: [10, 20], factors: [1, 0.5, 0.1] }),
    { 0: 0.1, 10: 0.1, 11: 0.05, 20: 0.05, 21: 0.01, 500: 0.01 },
  ],
  [
    'CosineDecay(0.1, 10, alpha=0.1)',
    schedules.cosineDecay({ decaySteps: 10, alpha: 0.1 }),
    { 0: 0.1, 1: 0.09779754, 5: 0.055, 9: 0.01220246, 10: 0.01, 50: 0.01 },
  ],
  [
    'CosineDecayRestarts(0.1, 10, t_mul=2.0, m_mul=0.9, alpha=0.1)',
    schedules.cosineDecayRestarts({ firstDecaySteps: 10, mMul: 0.9, alpha: 0.1 }),
    {
      0: 0.1,
      5: 0.055,
      9: 0.01220246,
      10: 0.091,
      20: 0.0505,
      29: 0.01049862,
      31: 0.08278763,
      50: 0.04645,
      71: 0.0755847,
    },
  ],
  [
    'CosineDecayRestarts(0.1, 10, t_mul=1.0, m_mul=0.5)',
    schedules.cosineDecayRestarts({ firstDecaySteps: 10, tMul: 1, mMul: 0.5 }),
    { 0: 0.1, 5: 0.05, 9: 0.002447176, 10: 0.05, 15: 0.025, 20: 0.025, 35: 0.00625 },
  ],
  [
    'PolynomialDecay(0.1, 10, end_learning_rate=0.01, power=0.5)',
    schedules.polynomialDecay({ decaySteps: 10, endLearningRate: 0.01, power: 0.5 }),
    { 0: 0.1, 1: 0.0953815, 5: 0.07363961, 9: 0.0384605, 10: 0.01, 50: 0.01 },
  ],
  [
    'PolynomialDecay(0.1, 10, end_learning_rate=0.01, power=2.0, cycle=True)',
    schedules.polynomialDecay({ decaySteps: 10, endLearningRate: 0.01, power: 2, cycle: true }),
    { 0: 0.1, 5: 0.0325, 10: 0.01, 11: 0.028225, 20: 0.01, 25: 0.0125 },
  ],
  [
    'CosineDecay(0.01, 10, warmup_target=0.1, warmup_steps=4)',
    schedules.warmUp({ warmupSteps: 4, startFactor: 0.1, after: schedules.cosineDecay({ decaySteps: 10 }) }),
    { 0: 0.01, 1: 0.0325, 3: 0.0775, 4: 0.1, 9: 0.05, 14: 0, 20: 0 },
  ],
  [
    'OneCycleLR(max_lr=0.1, total_steps=10)',
    schedules.oneCycle({ totalSteps: 10 }),
    { 0: 0.004, 1: 0.052, 2: 0.1, 3: 0.09504846, 5: 0.0611262, 8: 0.004951937, 9: 4e-7, 20: 4e-7 },
  ],
  [
    'OneCycleLR(max_lr=0.1, total_steps=8, pct_start=0.5, div_factor=10, final_div_factor=100)',
    schedules.oneCycle({ totalSteps: 8, pctStart: 0.5, divFactor: 10, finalDivFactor: 100 }),
    { 0: 0.01, 1: 0.0325, 2: 0.0775, 3: 0.1, 4: 0.08536998, 5: 0.05005, 6: 0.01473002, 7: 1e-4 },
  ],
];

/** Computed by hand from the formulas in the docstrings. */
const byHand: readonly Table[] = [
  ['a warm-up to the base rate', schedules.warmUp({ warmupSteps: 4 }), { 0: 0, 1: 0.025, 2: 0.05, 4: 0.1, 90: 0.1 }],
  [
    'a warm-up before a staircase that counts from its end',
    schedules.warmUp({
      warmupSteps: 2,
      startFactor: 0.5,
      after: schedules.exponentialDecay({ decaySteps: 3, decayRate: 0.5, staircase: true }),
    }),
    { 0: 0.05, 1: 0.075, 2: 0.1, 4: 0.1, 5: 0.05, 8: 0.025 },
  ],
  ['one cycle without a rise', schedules.oneCycle({ totalSteps: 4, pctStart: 0.25 }), { 0: 0.1, 3: 4e-7 }],
];

for (const [title, tables] of [
  ['Schedules give the rates of Keras and PyTorch', theirs],
  ['Schedules give the rates computed by hand', byHand],
] as const) {
  describe(title, () => {
    for (const [name, schedule, rates] of tables) {
      test(name, () => {
        for (const [step, expected] of Object.entries(rates)) {
          const rate = learningRateAt(schedule, 0.1, Number(step));
          assert.ok(Math.abs(rate - expected) <= 5e-6 * expected + 1e-9, `step ${step}: ${rate}, expected ${expected}`);
        }
      });
    }
  });
}

describe('The arithmetic of schedules', () => {
  test('a real power is within rounding of Math.pow', () => {
    const base = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(base, fc.double({ min: 0, max: 50, noNaN: true }), (x, y) => {
        assert.ok(Math.abs(realPowerOf(x, y) - x ** y) <= 1e-13 * x ** y + 1e-300);
      }),
    );
    assert.deepEqual(
      [realPowerOf(0, 0), realPowerOf(0, 0.5), realPowerOf(4, 1.5), realPowerOf(0.5, 3)],
      [1, 0, 8, 0.125],
    );
  });

  test('half a cosine runs from exactly 1 to exactly 0 and is within rounding of Math.cos', () => {
    assert.deepEqual([halfCosine(0), halfCosine(1)], [1, 0]);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (x) => {
        assert.ok(Math.abs(halfCosine(x) - (1 + Math.cos(Math.PI * x)) / 2) < 4e-16);
      }),
    );
  });

  test('linear scaling multiplies the rate by the batch over the reference batch', () => {
    assert.equal(schedules.linearScaling({ learningRate: 0.1, batchSize: 1024 }), 0.4);
    assert.equal(schedules.linearScaling({ learningRate: 0.1, batchSize: 16, referenceBatch: 32 }), 0.05);
  });
});

describe('A schedule in a run', () => {
  const layers = [{ type: 'Dense', units: 1, useBias: false, inputShape: [1], kernelInitializer: 'zeros' }];
  const data = { x: Float32Array.of(1), y: Float32Array.of(1) };
  const weightsAfter = async (schedule: Schedule | undefined, workers: number, decay = 0): Promise<number> => {
    const optimizer = { ...sgd({ learningRate: 0.25, decay }), ...(schedule !== undefined && { schedule }) };
    await using trainer = await Trainer.create(layers, { optimizer, loss: 'meanSquaredError', workers });
    await trainer.fit(data, { epochs: 3 });
    return trainer.weights()[0].values[0];
  };

  test('shapes every update, on any number of ranks', async () => {
    // w += 2·rate·(1 − w) with rates 0.25, 0.125, 0.125: 0.5, 0.625, 0.71875.
    const halved = schedules.piecewiseConstant({ boundaries: [0], factors: [1, 0.5] });
    for (const workers of [1, 3]) assert.equal(await weightsAfter(halved, workers), 0.71875);
    assert.equal(await weightsAfter(undefined, 2), 0.875);
  });

  test("comes before the optimizer's own decay", async () => {
    // Rates 0.25, 0.125 / 2, 0.125 / 3.
    const halved = schedules.piecewiseConstant({ boundaries: [0], factors: [1, 0.5] });
    const expected = 1 - 0.5 * (1 - 0.125) * (1 - 0.25 / 3);
    assert.ok(Math.abs((await weightsAfter(halved, 2, 1)) - expected) < 1e-7);
  });

  test('is refused when it is none', async () => {
    const decaySteps = { decaySteps: 0, decayRate: 0.5 };
    assert.throws(() => schedules.exponentialDecay(decaySteps), {
      message: /exponentialDecay: decaySteps is 0; give a number above 0/,
    });
    assert.throws(() => schedules.oneCycle({} as never), { message: /oneCycle: totalSteps is missing/ });
    const uneven = { boundaries: [5], factors: [1] };
    assert.throws(() => schedules.piecewiseConstant(uneven), { message: /1 factors for 1 boundaries/ });
    assert.throws(() => schedules.piecewiseConstant({ boundaries: [5, 5], factors: [1, 1, 1] }), {
      message: /that rise/,
    });
    const kind = { kind: 'cosine' } as never;
    await assert.rejects(weightsAfter(kind, 1), {
      code: 'UNKNOWN_SCHEDULE',
      message: /"cosine"; give one of exponentialDecay/,
    });
    assert.throws(() => schedules.warmUp({ warmupSteps: 2, after: kind }), { code: 'UNKNOWN_SCHEDULE' });
  });
});
