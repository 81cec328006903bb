import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import * as tfc from '@tensorflow/tfjs-core';
import * as tfd from '@tensorflow/tfjs-data';
import { type DatasetBatch, type DatasetSource, sgd, Trainer } from '../../../src/index.js';

/** How a dataset is read: what it gives, what becomes of its tensors, where it ends, and what is refused. */

const layers = [{ type: 'Dense', units: 1, inputShape: [2], kernelInitializer: 'ones' }];
const options = { optimizer: sgd({ learningRate: 0.01 }), loss: 'meanSquaredError', workers: 1 } as const;
const create = () => Trainer.create(layers, options);

/** Batch number `i`, of two rows. */
const rows = (i: number) => ({
  x: [
    [i, 1],
    [i, 2],
  ],
  y: [[i], [1]],
});

/** So many batches. */
function* batches(count: number): Generator<DatasetBatch> {
  for (let i = 0; i < count; i++) yield rows(i);
}

/** The same as tensors. */
function* tensors(count: number) {
  for (let i = 0; i < count; i++) yield { xs: tfc.tensor2d(rows(i).x), ys: tfc.tensor2d(rows(i).y) };
}

/** What a process warns of meanwhile. */
async function warningsOf(work: () => Promise<unknown>): Promise<string[]> {
  const heard: string[] = [];
  const hear = ({ message }: Error): void => void heard.push(message);
  process.on('warning', hear);
  try {
    await work();
    await new Promise((resolve) => setImmediate(resolve));
    return heard;
  } finally {
    process.off('warning', hear);
  }
}

describe('A batch may be given', () => {
  const { x, y } = rows(3);
  const sampleWeight = [1, 1];
  const forms: [what: string, batch: () => unknown][] = [
    ['as { x, y }', () => ({ x, y })],
    ['as { xs, ys }', () => ({ xs: x, ys: y })],
    ['as { xs, ys, sampleWeight }', () => ({ xs: x, ys: y, sampleWeight })],
    ['as [x, y]', () => [x, y]],
    ['as [x, y, sampleWeight]', () => [x, y, sampleWeight]],
    ['as typed arrays', () => [Float32Array.from(x.flat()), Float32Array.from(y.flat())]],
    [
      'as values with their shape',
      () => ({ x: { values: x.flat(), shape: [2, 2] }, y: { values: y.flat(), shape: [2, 1] } }),
    ],
    ['as tensors', () => ({ xs: tfc.tensor2d(x), ys: tfc.tensor2d(y) })],
    ['as records by name', () => ({ xs: { dense_input: tfc.tensor2d(x) }, ys: { dense: tfc.tensor2d(y) } })],
    ['in lists of tensors', () => [[tfc.tensor2d(x)], [tfc.tensor2d(y)]]],
  ];
  for (const [what, batch] of forms) {
    test(what, async () => {
      await using trainer = await Trainer.create([{ ...layers[0], name: 'dense' }], options);
      await using other = await create();
      const source = (): DatasetSource => [batch()].values() as DatasetSource;
      await trainer.fit(source());
      await other.trainOnBatch({ x, y });
      assert.deepEqual(trainer.weights()[0].values, other.weights()[0].values);
      const predicted = await other.predict({ x });
      assert.deepEqual(await trainer.predict(source()), predicted);
    });
  }

  test('as inputs alone to predict', async () => {
    await using trainer = await create();
    const expected = await trainer.predict({ x });
    for (const inputs of [x, tfc.tensor2d(x), { x }, { xs: x }, [x], Float32Array.from(x.flat())]) {
      assert.deepEqual(await trainer.predict([inputs].values()), expected);
    }
  });
});

describe('Tensors of a dataset are disposed of', () => {
  let trainer: Trainer;
  before(async () => {
    trainer = await create();
  });
  after(() => trainer.close());

  /** Tensors that are left behind. */
  async function leftBy(work: () => Promise<unknown>): Promise<number> {
    const { numTensors } = tfc.memory();
    await work();
    return tfc.memory().numTensors - numTensors;
  }
  const dataset = () => tfd.generator(() => tensors(5));
  const stop = { onBatchEnd: (_: number, __: unknown, fit: { stopTraining(): void }) => fit.stopTraining() };
  function* breaking() {
    yield* tensors(2);
    yield { xs: tfc.zeros([2, 3]), ys: tfc.zeros([2, 1]) };
  }

  const table: [what: string, work: () => Promise<unknown>][] = [
    ['after fit', () => trainer.fit(dataset(), { epochs: 2, validationData: dataset() })],
    ['after epochs of some steps', () => trainer.fit(dataset(), { epochs: 3, stepsPerEpoch: 2 })],
    ['after evaluate', () => trainer.evaluate(dataset())],
    ['after some batches', () => trainer.evaluate(dataset(), { steps: 1 })],
    ['after predict', () => trainer.predict(() => tensors(3))],
    ['where training is stopped', () => trainer.fit(() => tensors(5), { epochs: 2, callbacks: stop })],
    [
      'where a batch does not fit the model',
      () =>
        assert.rejects(trainer.evaluate(breaking), { code: 'DATA_FAILED', message: /Batch 3 .* x has shape \[2, 3\]/ }),
    ],
    [
      'where training is aborted, and goes on behind the batches that it passes over',
      async () => {
        const controller = new AbortController();
        const abort = { onBatchEnd: (batch: number) => batch === 2 && controller.abort() };
        const callbacks = abort as never;
        await assert.rejects(
          trainer.fit(() => tensors(5), { callbacks, signal: controller.signal }),
          { code: 'ABORTED' },
        );
        const step = trainer.step;
        await trainer.fit(() => tensors(5));
        assert.equal(trainer.step, step + 2);
      },
    ],
  ];
  for (const [what, work] of table) test(what, async () => assert.equal(await leftBy(work), 0));
});

describe('Where a dataset ends', () => {
  test('an iterator that can be gone through once ends training, with a warning', async () => {
    const sources: [DatasetSource, warns: boolean][] = [
      [batches(3), true],
      [Readable.from(batches(3)), true],
      [() => batches(3), false],
      [{ [Symbol.iterator]: () => batches(3) }, false],
    ];
    for (const [source, warns] of sources) {
      await using trainer = await create();
      const warnings = await warningsOf(async () => {
        const { epoch } = await trainer.fit(source, { epochs: 2 });
        assert.deepEqual(epoch, warns ? [0] : [0, 1]);
      });
      assert.equal(warnings.length, warns ? 1 : 0, warnings.join());
      if (warns)
        assert.match(
          warnings[0],
          /^The dataset ended after epoch 1 of 2, and training ends with it\. .*give a function/,
        );
    }
  });

  test('no batch is read behind the last epoch, so that another fit goes on there', async () => {
    const source = batches(6);
    await using trainer = await create();
    await trainer.fit(source, { epochs: 2, stepsPerEpoch: 2 });
    assert.equal(trainer.step, 4);
    assert.deepEqual(source.next().value, rows(4));
    await trainer.fit(source, { stepsPerEpoch: 1 });
    assert.equal(trainer.step, 5);
  });

  test('a generator is left in order when training ends before it', async () => {
    let left = 0;
    const source = function* () {
      try {
        for (let i = 0; ; i++) yield rows(i);
      } finally {
        left++;
      }
    };
    await using trainer = await create();
    await trainer.fit(source, { epochs: 3, stepsPerEpoch: 2 });
    await trainer.evaluate(source, { steps: 2 });
    assert.equal(left, 2);
    assert.equal(trainer.step, 6);
  });

  test('one that never answers is left when training is aborted or the trainer is closed', async () => {
    const silent = { next: () => new Promise<never>(() => {}) };
    await using trainer = await create();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    await assert.rejects(trainer.fit(silent, { signal: controller.signal }), { code: 'ABORTED' });
    for (const call of ['evaluate', 'predict'] as const) {
      const closed = await create();
      setTimeout(() => void closed.close(), 50);
      await assert.rejects(closed[call](silent), { code: 'CLOSED' });
    }
  });

  test('it is read two batches ahead, one after another', async () => {
    let read = 0;
    let ahead = 0;
    let reading = 0;
    const source = async function* () {
      for (let i = 0; i < 6; i++) {
        assert.equal(++reading, 1);
        await new Promise((resolve) => setImmediate(resolve));
        reading--;
        read++;
        yield rows(i);
      }
    };
    await using trainer = await create();
    const onBatchEnd = async (batch: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      ahead = Math.max(ahead, read - batch - 1);
    };
    await trainer.fit(source, { callbacks: { onBatchEnd } });
    assert.equal(ahead, 2);
  });
});

describe('What is refused', () => {
  const row = { xs: [1, 2], ys: 1 };
  const table: [what: string, work: (trainer: Trainer) => Promise<unknown>, code: string, message: RegExp][] = [
    [
      'a dataset without batches',
      (t) => t.fit(() => batches(0)),
      'EMPTY_DATA',
      /^The dataset has no batches; give at least one/,
    ],
    ['none to evaluate', (t) => t.evaluate(() => batches(0)), 'EMPTY_DATA', /no batches/],
    ['none to predict', (t) => t.predict(() => batches(0)), 'EMPTY_DATA', /no batches/],
    [
      'validation data that were gone through before',
      (t) => t.fit(() => batches(1), { epochs: 2, validationData: batches(1) }),
      'EMPTY_DATA',
      /a function that returns them anew/,
    ],
    [
      'rows that are not batched',
      (t) => t.fit(tfd.array([row, row])),
      'DATA_FAILED',
      /^Batch 1 of the dataset cannot be read: it is one row, not a batch of rows; make batches of them first, as dataset\.batch\(32\) does\./,
    ],
    [
      'an endless dataset without a number of steps',
      (t) => t.fit(tfd.array([row]).batch(1).repeat()),
      'INVALID_OPTION',
      /^fit was given a dataset without an end; give stepsPerEpoch/,
    ],
    [
      'endless validation data',
      (t) => t.fit(() => batches(1), { validationData: tfd.array([row]).batch(1).repeat() }),
      'INVALID_OPTION',
      /give validationSteps/,
    ],
    ['endless data to evaluate', (t) => t.evaluate(tfd.array([row]).batch(1).repeat()), 'INVALID_OPTION', /give steps/],
    [
      'a function that returns nothing',
      (t) => t.fit((() => {}) as never),
      'DATA_FAILED',
      /it gives undefined to go through; give a tf\.data\.Dataset/,
    ],
    [
      'an iterator that gives no results',
      (t) => t.fit({ next: () => 5 } as never),
      'DATA_FAILED',
      /its iterator gave 5; give \{ value, done \}/,
    ],
    [
      'a batch that is none',
      (t) => t.fit(() => ['x'] as never),
      'DATA_FAILED',
      /Batch 1 .*the data are "x"; give \{ x, y \}/,
    ],
    [
      'a part that nobody reads',
      (t) => t.fit(() => [{ ...rows(1), sampleWeights: [1, 1] }]),
      'DATA_FAILED',
      /sampleWeights; did you mean sampleWeight\?/,
    ],
  ];
  for (const [what, work, code, message] of table) {
    test(what, async () => {
      await using trainer = await create();
      await assert.rejects(work(trainer), { name: 'LockstepError', code, message });
      // Nothing is left to go on with where nothing was trained.
      if (code !== 'DATA_FAILED' && trainer.step === 0) await trainer.fit(rows(1));
    });
  }
});

test('A batch of which no row counts is one of many, as in memory', async () => {
  const weights = [
    [0, 0],
    [1, 2],
  ];
  await using trainer = await create();
  await trainer.fit(() => weights.map((sampleWeight, i) => ({ ...rows(i), sampleWeight })));
  await using other = await create();
  const [a, b] = [rows(0), rows(1)];
  const all = { x: [...a.x, ...b.x], y: [...a.y, ...b.y], sampleWeight: weights.flat() };
  await other.fit(all, { batchSize: 2, shuffle: false });
  assert.equal(trainer.fingerprint(), other.fingerprint());
});
