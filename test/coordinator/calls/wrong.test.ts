import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  adam,
  adamW,
  callbacks,
  LockstepError,
  lion,
  rmsprop,
  schedules,
  sgd,
  Trainer,
  train,
} from '../../../src/index.js';

/** Values of every kind that no option, or few of them, take. */
const values: readonly unknown[] = [
  ...[undefined, null, true, 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 5n, '', 'x', 'Adam', Symbol('s')],
  ...[
    {},
    [],
    [null],
    [[]],
    [{}],
    ['mse'],
    { name: 5 },
    { a: 'mse' },
    { className: 'x', config: 5 },
    Object.create(null),
  ],
  ...[new Map([[0, 1]]), new Set([1]), new Date(0), /x/, new (class Odd {})(), Promise.resolve(1), () => 1],
  ...[new Float32Array(2), new DataView(new ArrayBuffer(4)), new Error('e'), new WeakMap(), Buffer.from('x')],
];

/** An object that contains itself. */
const loop: Record<string, unknown> = {};
loop.loop = loop;

const layers = [{ type: 'Dense', units: 1, inputShape: [2] }];
const good = { optimizer: 'sgd', loss: 'mse', workers: 1 };
const x = Float32Array.of(1, 2, 3, 4);
const y = Float32Array.of(1, 2);

/** Calls with a wrong value, by name. */
type Attempt = (wrong: unknown) => unknown;

const optionNames = {
  'Trainer.create': [
    ...['optimizer', 'loss', 'metrics', 'weightedMetrics', 'lossWeights', 'workers', 'batchSize', 'shards', 'engine'],
    ...[
      'modules',
      'seed',
      'initialWeights',
      'profile',
      'maxRestarts',
      'stallLimit',
      'heapLimit',
      'shareWith',
      'onEvent',
    ],
  ],
  fit: [
    ...['epochs', 'initialEpoch', 'batchSize', 'stepsPerEpoch', 'shuffle', 'callbacks', 'verbose', 'signal'],
    ...['validationSplit', 'validationData', 'validationFreq', 'validationSteps', 'validationBatchSize'],
    ...['sampleWeight', 'classWeight'],
  ],
  evaluate: ['batchSize', 'steps', 'sampleWeight', 'classWeight'],
};

async function refusesOrTakes(attempt: Attempt, wrong: unknown, title: string): Promise<void> {
  try {
    await attempt(wrong);
  } catch (error) {
    assert.ok(error instanceof LockstepError, `${title}: ${(error as Error)?.stack ?? String(error)}`);
    assert.ok(!['CALLBACK_FAILED', 'NON_FINITE_LOSS'].includes(error.code), `${title}: ${error.message}`);
    assert.match(error.message, /[a-z]/, title);
  }
}

describe('Whatever a caller in JavaScript gives, it is taken or refused by an error of Lockstep', () => {
  let trainer: Trainer;
  before(async () => {
    trainer = await Trainer.create(layers, good as never);
  });
  after(() => trainer.close());

  const sweep = (title: string, attempt: Attempt): void => {
    test(title, async () => {
      for (const wrong of [...values, loop]) await refusesOrTakes(attempt, wrong, title);
    });
  };

  // As `create` reads them, without starting ranks.
  const create = (model: unknown, options: unknown): unknown => Trainer.describe(model as never, options as never);
  sweep('as a model', (wrong) => create(wrong, good));
  sweep('as a layer', (wrong) => create([wrong], good));
  sweep('as the options of Trainer.create', (wrong) => create(layers, wrong));
  for (const name of optionNames['Trainer.create']) {
    sweep(`as ${name} of Trainer.create`, (wrong) => {
      return create(layers, { ...good, [name]: wrong });
    });
  }
  sweep('as data of fit', (wrong) => trainer.fit(wrong as never));
  sweep('as x', (wrong) => trainer.fit({ x: wrong, y } as never));
  sweep('as y', (wrong) => trainer.fit({ x, y: wrong } as never));
  sweep('as the second argument of fit', (wrong) => trainer.fit(x, wrong as never));
  sweep('as the options of fit', (wrong) => trainer.fit({ x, y }, wrong as never));
  for (const name of optionNames.fit) {
    sweep(`as ${name} of fit`, (wrong) => trainer.fit({ x, y }, { batchSize: 2, [name]: wrong } as never));
  }
  sweep('as sampleWeight beside x', (wrong) => trainer.trainOnBatch({ x, y, sampleWeight: wrong } as never));
  sweep('as classWeight beside x', (wrong) => trainer.trainOnBatch({ x, y, classWeight: wrong } as never));
  sweep('as rows of a source', (wrong) => trainer.fit({ rows: wrong, read: () => ({ x, y }) } as never));
  sweep('as what read returns', (wrong) => trainer.fit({ rows: 2, read: () => wrong } as never));
  sweep('as data of evaluate', (wrong) => trainer.evaluate(wrong as never));
  for (const name of optionNames.evaluate) {
    sweep(`as ${name} of evaluate`, (wrong) => trainer.evaluate({ x, y }, { [name]: wrong } as never));
  }
  sweep('as data of predict', (wrong) => trainer.predict(wrong as never));
  sweep('as the options of predict', (wrong) => trainer.predict({ x }, wrong as never));
  sweep('as rows of predictOnBatch', (wrong) => trainer.predictOnBatch(wrong as never));
  sweep('as rows of trainOnBatch', (wrong) => trainer.trainOnBatch(wrong as never));
  sweep('as rows of testOnBatch', (wrong) => trainer.testOnBatch(wrong as never));
  sweep('as workers of resize', (wrong) => trainer.resize(wrong as never));
  sweep('as options of describe', (wrong) => Promise.resolve().then(() => trainer.describe(wrong as never)));
  sweep('as options of save', (wrong) => trainer.save(join(tmpdir(), 'never'), { includeOptimizer: wrong } as never));
  sweep('as the path of resume', (wrong) => (wrong instanceof Buffer ? undefined : Trainer.resume(wrong as never)));
  sweep('as the options of resume', (wrong) => Trainer.resume('nowhere.ckpt', wrong as never));
  sweep('as a config of train', (wrong) => train(wrong as never));
  sweep('as the options of train', (wrong) => train('nowhere.yaml', wrong as never));
  for (const [name, make] of Object.entries({ ...callbacks, ...schedules })) {
    sweep(`as what ${name} is given`, (wrong) => Promise.resolve().then(() => (make as Attempt)(wrong)));
  }
  for (const [name, make] of Object.entries({ adam, sgd, rmsprop, lion, adamW })) {
    sweep(`as what ${name} is given`, (wrong) => Promise.resolve().then(() => (make as Attempt)(wrong)));
  }
});
