import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { modelFromLayers } from '../../src/coordinator/models/fromLayers.js';
import { type EngineChoice, type LayerConfig, type LossName, sgd, Trainer } from '../../src/index.js';
import { tfc } from '../../src/shared/tfjs/tfjs.js';
import { skipReason } from '../native/nativeCases.js';

/** Weights below 0, as advantages of a policy gradient are: the gradient is Σ w·∇l over the number of rows. */

const ROWS = 13;
const numbers = (size: number, key: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin((key + 2) * i + key));
const x = numbers(ROWS * 4, 1);
/** They cancel: nothing could be divided by their sum. */
const signed = Float32Array.from({ length: ROWS }, (_, row) => [1, -1, 0, 2, -2][row % 5]).fill(0, 10);

interface SignedCase {
  readonly loss: LossName;
  readonly layers: readonly LayerConfig[];
  readonly y: Float32Array | Int32Array;
  /** The loss of each row as TensorFlow.js has it. */
  lossOf(predicted: tfc.Tensor): tfc.Tensor;
}

const classes = Int32Array.from({ length: ROWS }, (_, row) => (row * 2) % 3);
const binary = Float32Array.from({ length: ROWS }, (_, row) => row % 2);
const values = numbers(ROWS * 2, 3);
const columnOf = (given: Float32Array): tfc.Tensor => tfc.tensor(given, [ROWS, given.length / ROWS]);
const ends = (units: number, activation: string): LayerConfig[] => [
  { type: 'Dense', units: 5, activation: 'tanh', inputShape: [4] },
  { type: 'Dense', units, activation },
];

const cases: readonly SignedCase[] = [
  {
    loss: 'sparseCategoricalCrossentropy',
    layers: ends(3, 'softmax'),
    y: classes,
    lossOf: (p) => tfc.neg(tfc.log(tfc.sum(tfc.mul(p, tfc.oneHot(tfc.tensor1d(classes, 'int32'), 3)), 1))),
  },
  {
    loss: 'binaryCrossentropy',
    layers: ends(1, 'sigmoid'),
    y: binary,
    lossOf: (p) => {
      const y = columnOf(binary);
      const likelihood = tfc.add(tfc.mul(y, tfc.log(p)), tfc.mul(tfc.sub(1, y), tfc.log(tfc.sub(1, p))));
      return tfc.neg(tfc.mean(likelihood, 1));
    },
  },
  {
    loss: 'meanSquaredError',
    layers: ends(2, 'linear'),
    y: values,
    lossOf: (p) => tfc.mean(tfc.squaredDifference(p, columnOf(values)), 1),
  },
];

function create({ layers, loss }: SignedCase, engine: EngineChoice, workers: number): Promise<Trainer> {
  const byRows = { name: loss, reduction: 'sum_over_batch_size' } as never;
  return Trainer.create(layers, { optimizer: sgd({ learningRate: 1 }), loss: byRows, engine, workers, shards: 4 });
}

for (const engine of ['reference', 'native', 'tfjs'] as const) {
  describe(`Law 4 for weights below 0 (${engine}): the gradient is that of TensorFlow.js within 1e-6, with`, () => {
    for (const given of cases) {
      test(given.loss, { skip: engine === 'native' && skipReason }, async () => {
        await using trainer = await create(given, engine, 2);
        const data = { x, y: given.y, sampleWeight: signed };
        const gradients = await trainer.gradients(data);
        const { model } = modelFromLayers(given.layers, 'twin');
        model.setWeights(trainer.weights().map(({ values: own, shape }) => tfc.tensor(own, [...shape])));
        const mean = () => {
          const losses = given.lossOf(model.apply(columnOf(x)) as tfc.Tensor);
          return tfc.div(tfc.sum(tfc.mul(losses, tfc.tensor1d(signed))), ROWS) as tfc.Scalar;
        };
        const { value, grads } = tfc.variableGrads(mean);
        const theirs = model.trainableWeights.map((weight) => grads[weight.name].dataSync());
        Object.entries(gradients).forEach(([name, found], i) => {
          found.values.forEach((g, e) => {
            assert.ok(Math.abs(g - theirs[i][e]) < 1e-6, `${name}: ${g}, expected ${theirs[i][e]}`);
          });
          assert.ok(theirs[i].some((g) => Math.abs(g) > 1e-3));
        });
        const { loss } = await trainer.evaluate(data, { batchSize: 5 });
        assert.ok(Math.abs(loss - value.dataSync()[0]) < 1e-6, `${loss}`);
      });
    }
  });
}

test('Law 1 for weights below 0: the number of workers changes no bit', async () => {
  for (const given of cases) {
    const prints = [];
    for (const workers of [1, 2, 5]) {
      await using trainer = await create(given, 'auto', workers);
      await trainer.fit({ x, y: given.y, sampleWeight: signed }, { epochs: 2, batchSize: 6 });
      prints.push(trainer.fingerprint());
    }
    assert.deepEqual(new Set(prints).size, 1, given.loss);
  }
});

test('A weight of -1 is one step back, and weights that are all 0 are no step', async () => {
  const [given] = cases;
  await using trainer = await create(given, 'auto', 2);
  const gradientsFor = (weight: number) =>
    trainer.gradients({ x, y: given.y, sampleWeight: new Float32Array(ROWS).fill(weight) });
  const [ahead, back, none] = [await gradientsFor(1), await gradientsFor(-1), await gradientsFor(0)];
  for (const [name, { values: forward }] of Object.entries(ahead)) {
    forward.forEach((g, e) => {
      assert.equal(back[name].values[e], -g);
      assert.equal(Math.abs(none[name].values[e]), 0);
    });
  }
});

describe('Where something is divided by the weights, one below 0 is refused, and so are weights that are all 0:', () => {
  const [{ layers, loss, y }] = cases;
  const byRows = { name: loss, reduction: 'sum_over_batch_size' } as never;
  const table: Readonly<Record<string, object>> = {
    'by a loss': { loss },
    'by a metric': { loss: byRows, weightedMetrics: ['accuracy'] },
  };
  for (const [title, options] of Object.entries(table)) {
    test(title, async () => {
      await using trainer = await Trainer.create(layers, { optimizer: 'sgd', loss, workers: 1, ...options });
      await assert.rejects(trainer.trainOnBatch({ x, y, sampleWeight: signed }), {
        code: 'INVALID_WEIGHT',
        message:
          /^sampleWeight is -1 at position 1; weights below 0 need the loss option reduction: 'sum_over_batch_size'/,
      });
      const sampleWeight = new Float32Array(ROWS);
      await assert.rejects(trainer.trainOnBatch({ x, y, sampleWeight }), { code: 'NO_WEIGHT' });
    });
  }

  test('NaN is refused by every loss', async () => {
    await using trainer = await create(cases[0], 'auto', 1);
    const sampleWeight = new Float32Array(ROWS).fill(Number.NaN);
    await assert.rejects(trainer.trainOnBatch({ x, y, sampleWeight }), { message: /NaN.*finite number/ });
  });
});
