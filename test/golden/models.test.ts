import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type EngineChoice, LockstepError, type Trainer, type Weight } from '../../src/index.js';
import { inLayerOrder } from '../helpers/layerOrder.js';
import { type Golden, type GoldenCase, metricNamesOf, readFamilies } from './cases.js';
import { gradientScales, numberError, tensorError, Worst } from './compare.js';
import { type dataOf, inGoldenOrder, openSubject, RATE, weightedDataOf } from './subject.js';

/** Every model of cases/ gives the numbers that Keras gives; README.md tells how those were made. */

/** Relative: error over the largest value of the tensor. */
const TOLERANCE = 1e-5;

const engines: readonly EngineChoice[] = ['reference', 'native'];

const families = readFamilies();

for (const { name, cases, made } of families) {
  test(`${name}: outputs, losses, metrics and gradients are Keras's within ${TOLERANCE}`, async (t) => {
    const worst = new Worst();
    for (const { given, expected } of cases) {
      for (const engine of engines) {
        await t.test(`${given.title} (${engine})`, (t) => check(t, given, expected, engine, worst));
      }
    }
    t.diagnostic(`${name}: worst relative error ${worst} (Keras ${made.keras}, TensorFlow ${made.tensorflow})`);
  });
}

async function check(
  t: TestContext,
  given: GoldenCase,
  expected: Golden,
  engine: EngineChoice,
  family: Worst,
): Promise<void> {
  const opened = await open(given, expected, engine);
  if (opened === null) return t.skip('there are no native kernels here');
  await using trainer = opened;
  const worst = await compare(trainer, given, expected);
  family.see(worst.error, `${given.title} (${engine}): ${worst.where}`);
  assert.ok(worst.error < TOLERANCE, `relative error ${worst}`);
}

/** A trainer of the case; null where a machine without a compiler has no native kernels. */
async function open(given: GoldenCase, expected: Golden, engine: EngineChoice): Promise<Trainer | null> {
  try {
    return await openSubject(given, expected, engine);
  } catch (error) {
    if (error instanceof LockstepError && error.code === 'NATIVE_MISSING') return null;
    throw error;
  }
}

/** Prediction and evaluation, then one step of training where the case trains. */
async function compare(trainer: Trainer, given: GoldenCase, expected: Golden): Promise<Worst> {
  const worst = new Worst();
  const data = weightedDataOf(given, expected);
  await compareInference(worst, trainer, given, expected, data);
  if (expected.after === undefined) return worst;
  const before = inLayerOrder(trainer);
  const logs = await trainer.trainOnBatch(data);
  worst.see(numberError(logs.loss, expected.trainingLoss ?? Number.NaN), 'the loss in training');
  compareWeights(worst, given, expected, { before, after: inLayerOrder(trainer) });
  return worst;
}

async function compareInference(
  worst: Worst,
  trainer: Trainer,
  given: GoldenCase,
  expected: Golden,
  data: ReturnType<typeof dataOf>,
): Promise<void> {
  const predictions = [await trainer.predict(data)].flat();
  assert.deepEqual(
    predictions.map(({ shape }) => shape),
    expected.outputs.map(({ shape }) => shape),
  );
  predictions.forEach(({ values }, i) => {
    worst.see(tensorError(values, expected.outputs[i]), `output ${i}`);
  });
  const logs = await trainer.testOnBatch(data);
  worst.see(numberError(logs.loss, expected.loss), 'the loss');
  metricNamesOf(given, expected.outputs[0].shape.at(-1) ?? 1).forEach((name, i) => {
    worst.see(numberError(logs[name], expected.metrics[i]), name);
  });
}

/** Gradients of what is trained, new values of what is not. */
function compareWeights(
  worst: Worst,
  given: GoldenCase,
  expected: Golden,
  weights: { before: readonly Weight[]; after: readonly Weight[] },
): void {
  const [before, after] = [inGoldenOrder(given, weights.before), inGoldenOrder(given, weights.after)];
  const golden = expected.after ?? [];
  const gradients = gradientScales(golden.map((tensor, i) => (expected.weights[i].trainable ? tensor : NOTHING)));
  assert.equal(after.length, golden.length);
  golden.forEach((tensor, i) => {
    const { name } = expected.weights[i];
    if (expected.weights[i].trainable) {
      const gradient = before[i].values.map((value, e) => (value - after[i].values[e]) / RATE);
      worst.see(tensorError(gradient, tensor, gradients[i]), `the gradient of weight ${i}, ${name}`);
    } else {
      worst.see(tensorError(after[i].values, tensor), `weight ${i}, ${name}, after the step`);
    }
  });
}

const NOTHING = { shape: [], scale: 0, sum: 0, norm: 0, values: [] };
