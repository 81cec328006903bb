import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { numberClasses } from '../../src/coordinator/data/sampleWeights.js';
import { type LabelledData, type LayerConfig, sgd, Trainer, type TrainerOptions } from '../../src/index.js';

const layers: LayerConfig[] = [{ type: 'Dense', units: 1, inputShape: [1], kernelInitializer: 'ones' }];
const options: TrainerOptions = {
  optimizer: sgd({ learningRate: 0.125 }),
  loss: 'meanSquaredError',
  metrics: ['meanSquaredError'],
  weightedMetrics: ['meanSquaredError'],
  workers: 2,
  seed: 1,
};
// The model is y = x at first, so that row i has the error x − 0 = x.
const x = new Float32Array([1, 2, 3, 4]);
const y = new Float32Array([0, 0, 0, 0]);

const create = (): Promise<Trainer> => Trainer.create(layers, options);

describe('Weights of samples', () => {
  test('the loss is the mean of the losses by weight, a metric counts rows once, a weighted one by weight', async () => {
    await using trainer = await create();
    const logs = await trainer.testOnBatch({ x, y, sampleWeight: [1, 0, 0, 3] });
    assert.deepEqual(logs, {
      loss: (1 + 3 * 16) / 4,
      meanSquaredError: (1 + 4 + 9 + 16) / 4,
      weighted_meanSquaredError: (1 + 3 * 16) / 4,
    });
  });

  test('a dataset in ragged batches is judged as in one: each row by its weight', async () => {
    await using trainer = await create();
    const data = { x, y, sampleWeight: [1, 0, 0, 3] };
    assert.deepEqual(await trainer.evaluate(data, { batchSize: 3 }), await trainer.testOnBatch(data));
  });

  test('weights of 1 leave the bits of no weights at all', async () => {
    await using weighted = await create();
    await using plain = await create();
    const sampleWeight = new Float32Array(4).fill(1);
    const histories = [
      await weighted.fit({ x, y, sampleWeight }, { epochs: 3, batchSize: 3 }),
      await plain.fit({ x, y }, { epochs: 3, batchSize: 3 }),
    ];
    assert.deepEqual(histories[0], histories[1]);
    assert.equal(weighted.fingerprint(), plain.fingerprint());
  });

  test('a row of weight 0 is a row that is not there', async () => {
    await using weighted = await create();
    await using without = await create();
    await weighted.trainOnBatch({ x, y, sampleWeight: [1, 1, 0, 0] });
    await without.trainOnBatch({ x: x.slice(0, 2), y: y.slice(0, 2) });
    assert.deepEqual(weighted.weights(), without.weights());
  });

  test('a batch without weight has the loss 0 and moves nothing, as in Keras', async () => {
    await using trainer = await create();
    const before = trainer.weights();
    const data = { x, y, sampleWeight: [0, 0, 1, 1] };
    const { history } = await trainer.fit(data, { batchSize: 2, shuffle: false });
    assert.equal(history.loss[0], (9 + 16) / 2);
    await using still = await create();
    const { loss } = await still.evaluate(data, { batchSize: 2 });
    assert.equal(loss, (9 + 16) / 2);
    assert.notDeepEqual(trainer.weights(), before);
  });

  test('a validation split takes its part of the weights along', async () => {
    await using trainer = await create();
    const data = { x, y, sampleWeight: [1, 1, 1, 0.5] };
    const { history } = await trainer.fit(data, { batchSize: 2, validationSplit: 0.5, shuffle: false, epochs: 1 });
    const [kernel, bias] = trainer.weights().map(({ values }) => values[0]);
    const losses = [3, 4].map((value) => (kernel * value + bias) ** 2);
    assert.ok(Math.abs(history.val_loss[0] - (losses[0] + 0.5 * losses[1]) / 1.5) < 1e-5);
  });
});

describe('Weights of classes', () => {
  const classifier: LayerConfig[] = [{ type: 'Dense', units: 3, activation: 'softmax', inputShape: [1] }];
  const sparse: TrainerOptions = {
    ...options,
    loss: 'sparseCategoricalCrossentropy',
    metrics: [],
    weightedMetrics: [],
  };
  const labels = new Int32Array([0, 2, 1, 2]);

  test('are the weights of the rows of each class, times those of the samples', async () => {
    await using trainer = await Trainer.create(classifier, sparse);
    const sampleWeight = [1, 2, 1, 0.5];
    const byClass = await trainer.testOnBatch({ x, y: labels, sampleWeight, classWeight: { 0: 3, 2: 2 } });
    assert.deepEqual(byClass, await trainer.testOnBatch({ x, y: labels, sampleWeight: [3, 4, 1, 1] }));
  });

  test('do not reach the validation split, as in Keras', async () => {
    await using trainer = await Trainer.create(classifier, { ...sparse, optimizer: sgd({ learningRate: 0 }) });
    const fit = { validationSplit: 0.5, batchSize: 2 } as const;
    const plain = await trainer.fit({ x, y: labels }, fit);
    const byClass = await trainer.fit({ x, y: labels, classWeight: { 2: 9 } }, fit);
    assert.deepEqual(byClass.history.val_loss, plain.history.val_loss);
    assert.notDeepEqual(byClass.history.loss, plain.history.loss);
  });

  test('a confusion matrix counts each row once', async () => {
    await using trainer = await Trainer.create(classifier, sparse);
    const matrix = await trainer.confusionMatrix({ x, y: labels }, { batchSize: 3 });
    assert.deepEqual(
      matrix.map((counts) => counts.reduce((sum, count) => sum + count)),
      [1, 1, 2],
    );
    const { values } = await trainer.predict({ x });
    const predicted = labels.map((_, row) => {
      const group = values.subarray(3 * row, 3 * row + 3);
      return group.indexOf(Math.max(...group));
    });
    for (const [row, truth] of labels.entries()) assert.ok(matrix[truth][predicted[row]] > 0);
  });
});

describe('Weights that cannot be are one clear sentence', () => {
  const table: [string, Partial<LabelledData>, string, RegExp][] = [
    ['too few', { sampleWeight: [1, 1] }, 'SHAPE_MISMATCH', /shape \[2\], but there are 4 rows/],
    ['a negative one', { sampleWeight: [1, -1, 1, 1] }, 'INVALID_WEIGHT', /-1 at position 1/],
    ['NaN', { sampleWeight: [1, 1, Number.NaN, 1] }, 'INVALID_WEIGHT', /NaN at position 2/],
    ['none above 0', { sampleWeight: [0, 0, 0, 0] }, 'NO_WEIGHT', /all|Every/],
    ['an unknown class', { classWeight: { 7: 1 } }, 'INVALID_OPTION', /class 7, but there are classes 0 to 1/],
    ['a negative class weight', { classWeight: { 1: -2 } }, 'INVALID_OPTION', /class 1 is -2/],
  ];
  for (const [what, weights, code, message] of table) {
    test(what, async () => {
      await using trainer = await create();
      await assert.rejects(trainer.trainOnBatch({ x, y, ...weights }), { code, message });
    });
  }

  test('a confusion matrix of a regression', async () => {
    await using trainer = await create();
    await assert.rejects(trainer.confusionMatrix({ x, y }), { code: 'NO_CLASSES', message: /meanSquaredError/ });
  });
});

describe('Weights of classes go by their names', () => {
  const words = ['cat', 'dog', 'owl'];
  const digits = ['3', '4', '5'];
  const table: readonly [string, Record<string, number>, readonly string[], Record<string, number>][] = [
    ['where these are words', { dog: 5 }, words, { 1: 5 }],
    ['or by their numbers where these cannot be taken for names', { 2: 5, cat: 2 }, words, { 2: 5, 0: 2 }],
    ['where these are numbers', { 4: 5, 3: 2 }, digits, { 1: 5, 0: 2 }],
    ['where these are numbers below the count of classes', { 1: 5, 2: 3 }, ['2', '1', '0'], { 1: 5, 0: 3 }],
    ['or by their numbers where there are none', { 1: 5 }, [], { 1: 5 }],
  ];
  for (const [title, given, names, expected] of table) {
    test(title, () => assert.deepEqual(numberClasses(given, names), expected));
  }

  test('and a number that is not among names that are numbers is refused', () => {
    assert.throws(() => numberClasses({ 1: 5 }, digits), {
      code: 'INVALID_OPTION',
      message: /names the class "1", but the classes are named 3, 4, 5/,
    });
  });
});
