import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import * as tfc from '@tensorflow/tfjs-core';
import {
  adam,
  callbacks,
  type FitOptions,
  type LabelledData,
  sgd,
  Trainer,
  type TrainerEvent,
} from '../../../src/index.js';

/** Rows 0 to 63 through an identity that never learns, judged by their distance from 0: a loss tells which rows were taken. */
const identity = [{ type: 'Dense', units: 1, inputShape: [1], kernelInitializer: 'ones' }];
const still = { optimizer: sgd({ learningRate: 0 }), loss: 'meanAbsoluteError', workers: 1 } as const;
const x = Float32Array.from({ length: 64 }, (_, row) => row);
const y = new Float32Array(64);

describe("fit does with each of its options what Keras's does", () => {
  // Keras 3.15.1: model.fit(x, y, batch_size=16, shuffle=False, …).history, and History.epoch.
  const table: [title: string, options: FitOptions, epoch: number[], history: Record<string, number[]>][] = [
    ['stepsPerEpoch', { epochs: 5, stepsPerEpoch: 2 }, [0, 1, 2, 3, 4], { loss: [15.5, 47.5, 15.5, 47.5, 15.5] }],
    [
      'stepsPerEpoch that the rows do not fill',
      { epochs: 5, stepsPerEpoch: 3 },
      [0, 1, 2, 3, 4],
      { loss: [23.5, 55.5, 23.5, 55.5, 23.5] },
    ],
    ['stepsPerEpoch beyond the rows', { epochs: 2, stepsPerEpoch: 6 }, [0, 1], { loss: [31.5, 31.5] }],
    ['initialEpoch', { epochs: 5, initialEpoch: 2 }, [2, 3, 4], { loss: [31.5, 31.5, 31.5] }],
    ['initialEpoch behind the last', { epochs: 5, initialEpoch: 7 }, [], {}],
    [
      'validationFreq, a number',
      { epochs: 5, validationSplit: 0.25, validationFreq: 2 },
      [0, 1, 2, 3, 4],
      { loss: [23.5, 23.5, 23.5, 23.5, 23.5], val_loss: [55.5, 55.5] },
    ],
    [
      'validationFreq, a list',
      { epochs: 5, validationSplit: 0.25, validationFreq: [1, 5] },
      [0, 1, 2, 3, 4],
      { loss: [23.5, 23.5, 23.5, 23.5, 23.5], val_loss: [55.5, 55.5] },
    ],
    [
      'validationSteps and validationBatchSize',
      { validationSplit: 0.5, validationSteps: 1, validationBatchSize: 8 },
      [0],
      { loss: [15.5], val_loss: [35.5] },
    ],
    [
      'a learning rate that a callback sets',
      { epochs: 2, callbacks: [callbacks.learningRateScheduler(() => 0)] },
      [0, 1],
      { loss: [31.5, 31.5], learning_rate: [0, 0] },
    ],
    [
      'a learning rate that a callback lowers',
      { epochs: 2, callbacks: [callbacks.reduceLROnPlateau({ monitor: 'loss' })] },
      [0, 1],
      { loss: [31.5, 31.5], learning_rate: [0, 0] },
    ],
    [
      'an epoch that is not validated, for earlyStopping',
      {
        epochs: 3,
        validationSplit: 0.25,
        validationFreq: 2,
        callbacks: [callbacks.earlyStopping({ patience: 1 })],
      },
      [0, 1, 2],
      { loss: [23.5, 23.5, 23.5], val_loss: [55.5] },
    ],
  ];
  for (const [title, options, epoch, history] of table) {
    test(title, async () => {
      await using trainer = await Trainer.create(identity, still);
      const made = await trainer.fit({ x, y }, { batchSize: 16, shuffle: false, ...options });
      assert.deepEqual(made.epoch, epoch);
      assert.deepEqual(Object.keys(made.history).sort(), Object.keys(history).sort());
      for (const [name, values] of Object.entries(history)) assert.deepEqual(made.history[name].map(single), values);
    });
  }

  test('a source is read in the same steps', async () => {
    await using trainer = await Trainer.create(identity, still);
    const source = {
      rows: 64,
      read: (rows: Int32Array) => ({ x: Float32Array.from(rows), y: y.subarray(0, rows.length) }),
    };
    const { history } = await trainer.fit(source, { batchSize: 16, shuffle: false, epochs: 4, stepsPerEpoch: 3 });
    assert.deepEqual(history.loss.map(single), [23.5, 55.5, 23.5, 55.5]);
  });
});

const single = (value: number): number => Math.round(value * 1e6) / 1e6;

/** A classifier that learns, to tell by its bits what was trained. */
const layers = [
  { type: 'Dense', units: 3, activation: 'relu', inputShape: [2] },
  { type: 'Dense', units: 1, activation: 'sigmoid' },
];
const learning = { optimizer: adam({ learningRate: 0.05 }), loss: 'binaryCrossentropy', seed: 3, workers: 1 } as const;
const pairs = Float32Array.from({ length: 96 }, (_, i) => Math.sin(i * i));
const labels = Float32Array.from({ length: 48 }, (_, i) => (i % 8 === 0 ? 1 : 0));
const weights = labels.map((label) => 1 + 6 * label);
const data: LabelledData = { x: pairs, y: labels };
const fit = { epochs: 2, batchSize: 16 } as const;

async function bitsOf(train: (trainer: Trainer) => Promise<unknown>, options: object = {}): Promise<string> {
  await using trainer = await Trainer.create(layers, { ...learning, ...options });
  await train(trainer);
  return trainer.fingerprint();
}

describe('The same is trained however it is written', () => {
  const js = (train: (trainer: never) => Promise<unknown>) => train as (trainer: Trainer) => Promise<unknown>;
  const weighted = (trainer: Trainer) => trainer.fit({ ...data, classWeight: { 0: 1, 1: 7 } }, fit);
  const plain = (trainer: Trainer) => trainer.fit(data, fit);
  type Train = (trainer: Trainer) => Promise<unknown>;
  const table: [string, Train, Train][] = [
    ['classWeight as an option', (t) => t.fit(data, { ...fit, classWeight: { 0: 1, 1: 7 } }), weighted],
    ["Keras's class_weight", js((t: Trainer) => t.fit(data, { ...fit, class_weight: { 1: 7 } } as never)), weighted],
    ['sampleWeight as an option', (t) => t.fit(data, { ...fit, sampleWeight: weights }), weighted],
    ['classWeight beside a source', (t) => t.fit(source, { ...fit, classWeight: { 1: 7 } }), weighted],
    ['x and y one after the other', (t) => t.fit(pairs, labels, fit), plain],
    ["Keras's batch_size", js((t: Trainer) => t.fit(data, { epochs: 2, batch_size: 16 } as never)), plain],
    ['validationData as a list', (t) => t.fit(data, { ...fit, validationData: [pairs, labels] }), plain],
    ['a callback alone', (t) => t.fit(data, { ...fit, callbacks: { onEpochEnd() {} } }), plain],
    [
      'options of another realm',
      (t) => t.fit(data, runInNewContext('({ epochs: 2, batchSize: 16, callbacks: [{ onEpochEnd() {} }] })')),
      plain,
    ],
    ['data of another realm', (t) => t.fit(foreign, fit), plain],
    [
      'a null that Keras has for nothing',
      js((t: Trainer) => t.fit(data, { ...fit, validationData: null } as never)),
      plain,
    ],
  ];
  const source = {
    rows: 48,
    read: (rows: Int32Array) => ({
      x: [...rows].map((row) => pairs.subarray(2 * row, 2 * row + 2)),
      y: Float32Array.from(rows, (row) => labels[row]),
    }),
  };
  const foreign = runInNewContext('({ x: new Float32Array(pairs), y: Array.from(labels) })', {
    pairs: [...pairs],
    labels: [...labels],
  });
  for (const [title, train, same] of table) {
    test(title, async () => assert.equal(await bitsOf(train), await bitsOf(same)));
  }

  const optimizers: [string, unknown][] = [
    ['a name and options', { name: 'adam', learningRate: 0.05 }],
    ["Keras's form", { class_name: 'Adam', config: { name: 'adam', learning_rate: 0.05 } }],
    ['a kind and options', { kind: 'adam', learningRate: 0.05 }],
    ['an object of another realm', runInNewContext("({ name: 'Adam', lr: 0.05 })")],
  ];
  for (const [title, optimizer] of optimizers) {
    test(`an optimizer as ${title}`, async () => assert.equal(await bitsOf(plain, { optimizer }), await bitsOf(plain)));
  }

  test("an optimizer as TensorFlow.js's object, by its rule", async () => {
    const optimizer = adam({ learningRate: 0.05, epsilonPlacement: 'corrected' });
    const theirs = tfc.train.adam(0.05, 0.9, 0.999, 1e-7);
    assert.equal(await bitsOf(plain, { optimizer: theirs }), await bitsOf(plain, { optimizer }));
  });
});

describe('What nobody reads is refused by the nearest name, and what is meant otherwise by what to write', () => {
  let trainer: Trainer;
  before(async () => {
    trainer = await Trainer.create(layers, learning);
  });
  after(() => trainer.close());

  const dataset = { iterator: async () => [data].values() };
  const table: [string, (t: never) => unknown, string, RegExp][] = [
    [
      'an option of fit',
      (t: Trainer) => t.fit(data, { epoch: 3 } as never),
      'UNKNOWN_OPTION',
      /no option epoch; did you mean epochs\?/,
    ],
    [
      'one that is nothing like any',
      (t: Trainer) => t.fit(data, { xyzzy: 3 } as never),
      'UNKNOWN_OPTION',
      /xyzzy; there are epochs/,
    ],
    [
      'a part of the data',
      (t: Trainer) => t.fit({ ...data, sampleWeights: weights } as never),
      'UNKNOWN_OPTION',
      /sampleWeights; did you mean sampleWeight\?/,
    ],
    [
      'a Map of class weights',
      (t: Trainer) => t.fit({ ...data, classWeight: new Map([[1, 7]]) } as never),
      'INVALID_OPTION',
      /an object of type Map; give a weight for each class/,
    ],
    [
      'a Map of options',
      (t: Trainer) => t.fit(data, new Map([['epochs', 2]]) as never),
      'INVALID_OPTION',
      /an object of type Map/,
    ],
    [
      'a hook',
      (t: Trainer) => t.fit(data, { callbacks: [{ onEpochEnds() {} }] as never }),
      'UNKNOWN_OPTION',
      /onEpochEnds; did you mean onEpochEnd\?/,
    ],
    [
      'an option of evaluate',
      (t: Trainer) => t.evaluate(data, { batchsize: 3 } as never),
      'UNKNOWN_OPTION',
      /batchsize; did you mean batchSize\?/,
    ],
    ['an option of predict', (t: Trainer) => t.predict(data, { verbose: 1 } as never), 'UNKNOWN_OPTION', /verbose/],
    [
      'an option of trainOnBatch',
      (t: Trainer) => t.trainOnBatch(data, { epochs: 1 } as never),
      'UNKNOWN_OPTION',
      /epochs/,
    ],
    [
      'class weights beside a source',
      (t: Trainer) => t.fit({ rows: 2, read: () => data, classWeight: {} } as never),
      'INVALID_DATA',
      /give classWeight as an option/,
    ],
    [
      'sample weights of a source',
      (t: Trainer) => t.fit({ rows: 2, read: () => data }, { sampleWeight: [1, 1] }),
      'INVALID_OPTION',
      /return sampleWeight from read/,
    ],
    [
      'weights in two places',
      (t: Trainer) => t.fit({ ...data, classWeight: {} }, { classWeight: {} }),
      'INVALID_OPTION',
      /in the data and in the options/,
    ],
    [
      'a dataset where rows in memory are needed',
      (t: Trainer) => t.trainOnBatch(dataset as never),
      'INVALID_DATA',
      /takes rows that are in memory; give \{ x, y \}/,
    ],
    [
      'the size of batches that are a dataset’s own',
      (t: Trainer) => t.fit(dataset, { batchSize: 2 }),
      'INVALID_OPTION',
      /fit was given batchSize, but the data are a dataset, whose batches are taken as they come; leave it out/,
    ],
    [
      'sample weights of a dataset',
      (t: Trainer) => t.evaluate(dataset, { sampleWeight: [1] }),
      'INVALID_OPTION',
      /give batches of \[x, y, sampleWeight\]/,
    ],
    [
      'targets beside a dataset',
      (t: Trainer) => t.fit(dataset as never, [1] as never, {}),
      'INVALID_OPTION',
      /a third argument/,
    ],
    [
      'x without y',
      (t: Trainer) => t.fit(pairs as never),
      'INVALID_DATA',
      /there are no targets; write fit\(\{ x, y \}\)/,
    ],
    [
      'an option of the trainer',
      () => Trainer.create(layers, { ...learning, worker: 4 } as never),
      'UNKNOWN_OPTION',
      /worker; did you mean workers\?/,
    ],
    [
      'a function without a tensor as a loss',
      () => Trainer.create(layers, { ...learning, loss: (() => 0) as never }),
      'UNSUPPORTED_FUNCTION',
      /returns number, which is no tensor/,
    ],
  ];
  for (const [title, attempt, code, message] of table) {
    test(title, () => assert.rejects(async () => attempt(trainer as never), { name: 'LockstepError', code, message }));
  }
});

describe('That the rows end within an epoch is told once', () => {
  // Keras 3.15.1 warns "Your input ran out of data" in the epochs of the first three and in none of the others.
  const table: [stepsPerEpoch: number, epochs: number, told: boolean][] = [
    [3, 3, true],
    [3, 2, true],
    [7, 3, true],
    [4, 3, false],
    [2, 3, false],
    [3, 1, false],
  ];
  for (const [stepsPerEpoch, epochs, told] of table) {
    test(`${epochs} epochs of ${stepsPerEpoch} steps over 4 batches`, async () => {
      const events: TrainerEvent[] = [];
      await using trainer = await Trainer.create(identity, { ...still, onEvent: (event) => void events.push(event) });
      await trainer.fit({ x, y }, { epochs, stepsPerEpoch, batchSize: 16 });
      const event = { event: 'shortEpochs', stepsPerEpoch, steps: 4, batchSize: 16 };
      assert.deepEqual(events, told ? [event] : []);
    });
  }
});

describe('A fit of so many steps an epoch that is interrupted and resumed has the same bits', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  });
  after(() => rm(folder, { recursive: true }));

  const steps = { epochs: 5, batchSize: 8, stepsPerEpoch: 4 } as const;
  for (const stop of [1, 4, 5, 6, 9]) {
    test(`after step ${stop}`, async () => {
      const path = join(folder, `${stop}.ckpt`);
      const undisturbed = await bitsOf((t) => t.fit(data, steps));
      await using first = await Trainer.create(layers, learning);
      const controller = new AbortController();
      const callback = {
        onBatchEnd: (_: number, __: object, { step }: { step: number }) => void (step === stop && controller.abort()),
      };
      await assert.rejects(first.fit(data, { ...steps, callbacks: [callback], signal: controller.signal }), {
        code: 'ABORTED',
      });
      await first.checkpoint(path);
      await using second = await Trainer.resume(path, { workers: 2 });
      await assert.rejects(second.fit(data, { ...steps, stepsPerEpoch: 2 }), { code: 'RESUME_MISMATCH' });
      await second.fit(data, steps);
      assert.equal(second.fingerprint(), undisturbed);
    });
  }
});
