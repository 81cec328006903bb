import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as tfc from '@tensorflow/tfjs-core';
import * as tfd from '@tensorflow/tfjs-data';
import { modelFromLayers } from '../../src/coordinator/models/fromLayers.js';
import {
  type DatasetBatch,
  type DatasetSource,
  type FitOptions,
  type LabelledData,
  sgd,
  Trainer,
  type TrainerOptions,
} from '../../src/index.js';
import type { Fault } from '../../src/shared/protocol/faults.js';
import { Choices, FaultPlan, faultyOptions, RandomSnapshots } from '../helpers/faults.js';
import { dataFor, dropoutCase as given } from '../helpers/models.js';

/** Laws 1 to 4 for data that come as batches. */

const ROWS = 25;
const BATCH = 6;
const options: TrainerOptions = { optimizer: 'adam', loss: given.loss, metrics: given.metrics, seed: 11 };
const data: Data = dataFor(given, ROWS);
const held: Data = dataFor(given, 7, 2);
const [, ...rowShape] = data.x.shape;
const rowSize = data.x.values.length / ROWS;

type Data = ReturnType<typeof dataFor>;

/** Rows [from, to) as numbers. */
const rowsOf = ({ x, y }: Data, from: number, to: number) => ({
  x: { values: (x.values as Float32Array).slice(from * rowSize, to * rowSize), shape: [to - from, ...rowShape] },
  y: (y as Int32Array).slice(from, to),
});

/** The same as tensors. */
function tensorsOf(all: Data, from: number, to: number) {
  const { x, y } = rowsOf(all, from, to);
  return { xs: tfc.tensor(x.values, x.shape), ys: tfc.tensor(Float32Array.from(y), [to - from, 1]) };
}

/** The first and last rows of the batches, with a smaller one at the end. */
const bounds = (rows: number) =>
  Array.from({ length: Math.ceil(rows / BATCH) }, (_, i) => [i * BATCH, Math.min((i + 1) * BATCH, rows)] as const);

function* numbers(): Generator<DatasetBatch> {
  for (const [from, to] of bounds(ROWS)) yield rowsOf(data, from, to);
}

function* tensors(all: Data = data, rows = ROWS): Generator<ReturnType<typeof tensorsOf>> {
  for (const [from, to] of bounds(rows)) yield tensorsOf(all, from, to);
}

/** A `tf.data.Dataset` of rows, batched by TensorFlow.js. */
const batched = (all: Data, rows: number) =>
  tfd
    .generator(function* () {
      for (let row = 0; row < rows; row++) {
        const { x, y } = rowsOf(all, row, row + 1);
        yield { xs: tfc.tensor(x.values, rowShape), ys: tfc.tensor1d(Float32Array.from(y)) };
      }
    })
    .batch(BATCH);

const create = (workers: number) => Trainer.create(given.layers, { ...options, workers });

async function outcomeOf(trainer: Trainer, source: LabelledData | DatasetSource, more: FitOptions = {}) {
  const { history } = await trainer.fit(source, { epochs: 2, ...more });
  return { fingerprint: trainer.fingerprint(), step: trainer.step, history };
}

type Outcome = Awaited<ReturnType<typeof outcomeOf>>;

/** What `fit` does with the same rows in memory. */
async function inMemory(more: FitOptions = {}): Promise<Outcome> {
  await using trainer = await create(2);
  return await outcomeOf(trainer, data, { batchSize: BATCH, shuffle: false, validationData: held, ...more });
}

/** What a process warns of meanwhile. */
async function warningsOf<T>(work: () => Promise<T>): Promise<[T, string[]]> {
  const heard: string[] = [];
  const hear = ({ message }: Error): void => void heard.push(message);
  process.on('warning', hear);
  try {
    const done = await work();
    await new Promise((resolve) => setImmediate(resolve));
    return [done, heard];
  } finally {
    process.off('warning', hear);
  }
}

let folder: string;
let undisturbed: Outcome;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  undisturbed = await inMemory();
});
after(() => rm(folder, { recursive: true }));

describe('The batches of a dataset train to the bits of the same rows in memory', () => {
  const kinds: [what: string, make: () => DatasetSource][] = [
    ['a tf.data.Dataset', () => batched(data, ROWS)],
    ['a generator function of records of numbers', () => numbers],
    ['a generator function of tensors', () => () => tensors()],
    [
      'an async generator function of lists',
      () =>
        async function* () {
          for (const { x, y } of numbers() as Iterable<{ x: Data['x']; y: Int32Array }>) yield [x, y] as const;
        },
    ],
    ['a function that returns a promise of a dataset', () => async () => batched(data, ROWS)],
    ['an object with iterator()', () => ({ iterator: async () => numbers() })],
    ['an iterable', () => new Set(numbers())],
    ['an async iterable', () => ({ [Symbol.asyncIterator]: () => batchesLater() })],
  ];
  async function* batchesLater() {
    for (const batch of numbers()) {
      await new Promise((resolve) => setImmediate(resolve));
      yield batch;
    }
  }
  for (const [what, make] of kinds) {
    test(`from ${what}`, async () => {
      await using trainer = await create(2);
      assert.deepEqual(await outcomeOf(trainer, make(), { validationData: held }), undisturbed);
    });
  }

  for (const workers of [1, 2, 5]) {
    test(`with ${workers} workers, and validation by batches`, async () => {
      await using trainer = await create(workers);
      const outcome = await outcomeOf(trainer, batched(data, ROWS), {
        validationData: () => tensors(held, 7),
        validationBatchSize: BATCH,
      });
      assert.deepEqual(outcome, await inMemory({ validationBatchSize: BATCH }));
    });
  }

  // What an epoch of so many steps has is Keras's rule, which the rows in memory follow.
  for (const stepsPerEpoch of [1, 3, 5, 7]) {
    test(`in epochs of ${stepsPerEpoch} steps, that go on where the last one ended and begin anew at the end`, async () => {
      const more = { epochs: 4, stepsPerEpoch };
      await using trainer = await create(2);
      const { stepsPerEpoch: batchesPerEpoch, ...rest } = more;
      const [outcome, warnings] = await warningsOf(() =>
        outcomeOf(trainer, numbers, { ...rest, batchesPerEpoch, validationData: held }),
      );
      assert.deepEqual(outcome, await inMemory(more));
      // Passes of 5 batches: epochs of 3 steps are cut short by their end, and those of 7.
      const isShort = stepsPerEpoch === 3 || stepsPerEpoch === 7;
      assert.equal(warnings.length, isShort ? 1 : 0, warnings.join());
      if (isShort) assert.match(warnings[0], /^The dataset ended after \d of the \d steps of epoch \d/);
    });
  }

  test('whatever the order of their sizes: room for a batch grows with them', async () => {
    const sizes = [2, 1, 7, 3, 12];
    const parts = sizes.map((size, i) => {
      const from = sizes.slice(0, i).reduce((a, b) => a + b, 0);
      return rowsOf(data, from, from + size);
    });
    await using one = await create(2);
    await using other = await create(3);
    await one.fit(parts.values(), { epochs: 1 });
    for (const part of parts) await other.trainOnBatch(part);
    assert.equal(one.fingerprint(), other.fingerprint());
  });

  test('with weights of rows and of classes', async () => {
    const sampleWeight = Float32Array.from({ length: ROWS }, (_, row) => (row % 3) / 2);
    const classWeight = { 0: 2, 2: 0.5 };
    const weighted = function* () {
      for (const [from, to] of bounds(ROWS)) {
        const { x, y } = rowsOf(data, from, to);
        yield [x, y, sampleWeight.slice(from, to)] as const;
      }
    };
    await using trainer = await create(2);
    const outcome = await outcomeOf(trainer, weighted, { classWeight, validationData: held });
    assert.deepEqual(outcome, await inMemory({ sampleWeight, classWeight }));
    assert.notEqual(outcome.fingerprint, undisturbed.fingerprint);
  });

  test('whatever faults befall the ranks', async () => {
    const plan = new FaultPlan();
    const faulty = faultyOptions({ ...options, workers: 2, maxRestarts: 9 }, plan, new RandomSnapshots(new Choices(5)));
    await using trainer = await Trainer.create(given.layers, faulty);
    plan.arm(
      [1, 4, 5, 9].map((step): Fault => ({ kind: step % 2 ? 'throw' : 'exit', rank: step % 2, step, phase: 'update' })),
    );
    assert.deepEqual(await outcomeOf(trainer, () => tensors(), { validationData: held }), undisturbed);
    assert.equal(plan.pending, 0);
  });
});

test('A function is called for each pass with its number, which a resumed run goes on with', async () => {
  const passes: number[] = [];
  const source = (pass: number) => {
    passes.push(pass);
    return numbers();
  };
  await using trainer = await create(1);
  await trainer.fit(source, { epochs: 2 });
  await trainer.fit(source, { epochs: 1 });
  assert.deepEqual(passes, [0, 1, 2]);
});

describe('A run that is interrupted after any step goes on to the same bits', () => {
  /** Trains until `step`, then from a checkpoint with other workers; each part is given a source of its own. */
  async function resumed(step: number, make: () => DatasetSource, more: FitOptions): Promise<Outcome> {
    const controller = new AbortController();
    const onBatchEnd = (_: number, __: unknown, control: { readonly step: number }): void => {
      if (control.step === step) controller.abort();
    };
    const path = join(folder, `${step}.ckpt`);
    await using first = await create(2);
    const stopped = first.fit(make(), { epochs: 2, ...more, callbacks: [{ onBatchEnd }], signal: controller.signal });
    await assert.rejects(stopped, { code: 'ABORTED' });
    assert.equal(first.step, step);
    await first.checkpoint(path);
    await using second = await Trainer.resume(path, { workers: 1 + (step % 3) });
    return await outcomeOf(second, make(), more);
  }

  const held2 = { validationData: held };
  for (const [what, make] of [
    ['a dataset', () => batched(data, ROWS)],
    ['a generator function', () => numbers],
  ] as const) {
    test(`through ${what}`, async () => {
      for (const step of [1, 4, 5, 6, 9])
        assert.deepEqual(await resumed(step, make, held2), undisturbed, `step ${step}`);
    });
  }

  test('through a function that gives other batches in each pass', async () => {
    const make = () => (pass: number) => (pass % 2 === 0 ? [...numbers()] : [...numbers()].reverse());
    await using trainer = await create(2);
    const expected = await outcomeOf(trainer, make());
    assert.notEqual(expected.fingerprint, undisturbed.fingerprint);
    for (const step of [3, 5, 8]) assert.deepEqual(await resumed(step, make, {}), expected, `step ${step}`);
  });

  test('in epochs of some steps, and through an iterator that is given anew from its beginning', async () => {
    const more = { ...held2, epochs: 2, stepsPerEpoch: 2 };
    const expected = await inMemory(more);
    for (const step of [1, 2, 3]) assert.deepEqual(await resumed(step, numbers, more), expected, `step ${step}`);
  });

  test('but not through an iterator that was read from before, nor with other data', async () => {
    const controller = new AbortController();
    const onBatchEnd = (): void => controller.abort();
    await using trainer = await create(1);
    const source = numbers();
    const { signal } = controller;
    await assert.rejects(trainer.fit(source, { callbacks: [{ onBatchEnd }], signal }), { code: 'ABORTED' });
    await assert.rejects(trainer.fit(source), {
      code: 'DATA_FAILED',
      message:
        /Batch 2 of the dataset cannot be read: training stands in the middle of it, but it is an iterator.*give a function that returns it anew/,
    });
    await assert.rejects(trainer.fit(data), {
      code: 'RESUME_MISMATCH',
      message: /with rows of a dataset, but fit was called with rows 25/,
    });
    await assert.rejects(
      trainer.fit(() => []),
      {
        code: 'DATA_FAILED',
        message: /it has ended after 0 batches, but training stands after batch 1 of it/,
      },
    );
    await trainer.fit(numbers);
    assert.equal(trainer.step, 5);
  });
});

describe('As TensorFlow.js trains', () => {
  /** Without the dropout, which draws otherwise there. */
  const layers = given.layers.filter(({ type }) => type !== 'Dropout');

  for (const [what, more] of [
    ['passes over the dataset', { epochs: 3 }],
    ['epochs of some batches of a dataset that repeats', { epochs: 3, batchesPerEpoch: 4 }],
    ['validation on some batches', { epochs: 2, validationBatches: 1 }],
  ] as const) {
    test(`${what}: weights and losses within 1e-4 of those of model.fitDataset`, async () => {
      const dataset = 'batchesPerEpoch' in more ? batched(data, ROWS).repeat() : batched(data, ROWS);
      const { model } = modelFromLayers(layers, 'twin');
      const options = { optimizer: sgd({ learningRate: 0.1 }), loss: given.loss, workers: 2 } as const;
      await using trainer = await Trainer.create(model, options);
      model.compile({ optimizer: tfc.train.sgd(0.1), loss: given.loss });
      const validationData = batched(held, 7);
      const theirs = await model.fitDataset(dataset, { ...more, validationData, verbose: 0 });
      const ours = await trainer.fit(dataset, { ...more, validationData });
      const weights = model.layers.flatMap((layer) => layer.weights);
      trainer.weights().forEach(({ values, name }, i) => {
        const expected = weights[i].read().dataSync();
        values.forEach((value, at) => {
          assert.ok(Math.abs(value - expected[at]) <= 1e-4, `${name}[${at}]: ${value}, not ${expected[at]}`);
        });
      });
      for (const name of ['loss', 'val_loss']) {
        const far = theirs.history[name].map((loss, i) => Math.abs((loss as number) - ours.history[name][i]));
        assert.ok(far.length === more.epochs && Math.max(...far) < 1e-4, `${name}: ${far.join()}`);
      }
      model.dispose();
    });
  }

  test('a dataset that is shuffled by a seed gives the same batches', async () => {
    const order = async (train: (dataset: tfd.Dataset<tfc.TensorContainer>) => Promise<unknown>): Promise<number[]> => {
      const seen: number[] = [];
      const rows = tfd.array([0, 1, 2, 3, 4, 5, 6, 7]).shuffle(8, 'seed');
      const xs = rows.map((row) => {
        seen.push(row as unknown as number);
        return { xs: tfc.tensor1d([row as unknown as number]), ys: tfc.tensor1d([0]) };
      });
      await train(xs.batch(2));
      return seen;
    };
    const line = [{ type: 'Dense', units: 1, inputShape: [1] }];
    const { model } = modelFromLayers(line, 'line');
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await using trainer = await Trainer.create(line, {
      optimizer: sgd({ learningRate: 1e-3 }),
      loss: 'meanSquaredError',
    });
    const theirs = await order((dataset) => model.fitDataset(dataset, { epochs: 2, verbose: 0 }));
    assert.deepEqual(await order((dataset) => trainer.fit(dataset, { epochs: 2 })), theirs);
  });
});

describe('evaluate and predict go through a dataset', () => {
  let trainer: Trainer;
  before(async () => {
    trainer = await create(2);
  });
  after(() => trainer.close());

  test('with the values and bits of the same rows in memory', async () => {
    assert.deepEqual(await trainer.evaluate(batched(data, ROWS)), await trainer.evaluate(data, { batchSize: BATCH }));
    const predicted = await trainer.predict(data, { batchSize: BATCH });
    for (const source of [batched(data, ROWS), numbers, () => tensors()]) {
      assert.deepEqual(await trainer.predict(source), predicted);
    }
    const inputs = function* () {
      for (const { xs } of tensors()) yield xs;
    };
    assert.deepEqual(await trainer.predict(inputs()), predicted);
  });

  test('or its first batches', async () => {
    const first = rowsOf(data, 0, 2 * BATCH);
    const endless = batched(data, ROWS).repeat();
    assert.deepEqual(
      await trainer.evaluate(endless, { batches: 2 }),
      await trainer.evaluate(first, { batchSize: BATCH }),
    );
    assert.deepEqual(await trainer.predict(endless, { steps: 2 }), await trainer.predict(first));
    assert.deepEqual(await trainer.predict(data, { steps: 2, batchSize: BATCH }), await trainer.predict(first));
  });

  test('and tell of a batch that cannot be read', async () => {
    const broken = function* () {
      yield* numbers();
      throw new Error('the disk is gone');
    };
    for (const call of ['evaluate', 'predict'] as const) {
      await assert.rejects(trainer[call](broken), {
        code: 'DATA_FAILED',
        message: `Batch 6 of the dataset cannot be read: the disk is gone. Mend the dataset and call ${call} again.`,
      });
    }
  });
});
