import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Callback, callbacks, type FitControl, Trainer, type TrainerOptions } from '../../../src/index.js';

/** Callbacks within a real `fit`: a line through points, which one weight can learn. */

const layers = [{ type: 'Dense', units: 1, inputShape: [1], kernelInitializer: 'zeros' }];
const options: TrainerOptions = { optimizer: 'sgd', loss: 'meanSquaredError', workers: 2, seed: 1 };
const x = Float32Array.from({ length: 12 }, (_, i) => i / 12);
const data = { x: { values: x, shape: [12, 1] }, y: { values: x.map((value) => 2 * value + 1), shape: [12, 1] } };

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
});
after(() => rm(folder, { recursive: true }));

describe('What fit offers to callbacks', () => {
  test('a checkpoint that a callback asks for holds the states of those that come after it', async () => {
    await using trainer = await Trainer.create(layers, options);
    let heard = -1;
    const counting: Callback = {
      name: 'counting',
      onEpochEnd: (epoch) => {
        heard = epoch;
      },
      state: () => heard,
      restore: (state) => {
        heard = state as number;
      },
    };
    const filepath = join(folder, 'state-{epoch}.ckpt');
    await trainer.fit(data, { epochs: 3, callbacks: [callbacks.modelCheckpoint({ filepath }), counting] });
    await using again = await Trainer.resume(join(folder, 'state-2.ckpt'));
    const restored: number[] = [];
    const looking: Callback = { onEpochBegin: () => void restored.push(heard) };
    heard = -1;
    await again.fit(data, { epochs: 3, callbacks: [callbacks.modelCheckpoint({ filepath }), counting, looking] });
    assert.deepEqual(restored, [1]);
    assert.equal(again.fingerprint(), trainer.fingerprint());
  });

  test('weights can be copied and put back', async () => {
    await using trainer = await Trainer.create(layers, options);
    const before = trainer.weights();
    await trainer.fit(data, {
      callbacks: [
        {
          onTrainEnd: (_logs, fit) => {
            assert.notDeepEqual(fit.weights(), before);
            fit.setWeights(before);
          },
        },
      ],
    });
    assert.deepEqual(trainer.weights(), before);
    const lacking: Callback = { onTrainBegin: (fit) => fit.setWeights(before.slice(1)) };
    await assert.rejects(trainer.fit(data, { callbacks: [lacking] }), {
      code: 'WEIGHTS_MISMATCH',
      message: /dense\/kernel/,
    });
  });

  test('every hook is called in its place, and batches are told of before and after', async () => {
    await using trainer = await Trainer.create(layers, options);
    const calls: string[] = [];
    const call = (name: string) => (): void => void calls.push(name);
    const names = ['onTrainBegin', 'onEpochBegin', 'onBatchBegin', 'onBatchEnd', 'onEpochEnd', 'onTrainEnd'];
    const hooks = Object.fromEntries(names.map((name) => [name, call(name)]));
    await trainer.fit(data, { batchSize: 6, callbacks: [callbacks.lambdaCallback(hooks)] });
    const batch = ['onBatchBegin', 'onBatchEnd'];
    assert.deepEqual(calls, ['onTrainBegin', 'onEpochBegin', ...batch, ...batch, 'onEpochEnd', 'onTrainEnd']);
    assert.throws(() => callbacks.lambdaCallback({ onEpochStart: () => {} } as never), {
      message: /no option onEpochStart; did you mean onEpoch/,
    });
  });

  test('the names of the logs are known before the first step', async () => {
    await using trainer = await Trainer.create(layers, options);
    const seen: (readonly string[])[] = [];
    const looking = { onTrainBegin: ({ logNames }: FitControl) => void seen.push(logNames) };
    await trainer.fit(data, { callbacks: [looking] });
    const { history } = await trainer.fit(data, { validationData: data, callbacks: [looking] });
    assert.deepEqual(seen, [['loss'], Object.keys(history)]);
  });

  test('a fit that a callback refuses leaves nothing to go on with', async () => {
    await using trainer = await Trainer.create(layers, options);
    const refusing = trainer.fit(data, { batchSize: 4, callbacks: [callbacks.earlyStopping()] });
    await assert.rejects(refusing, { code: 'UNKNOWN_MONITOR' });
    const { epoch } = await trainer.fit(data, { batchSize: 6 });
    assert.deepEqual(epoch, [0]);
  });
});

describe('Keras callbacks in a fit', () => {
  test('a custom class is a callback', async () => {
    class Halving implements Callback {
      onEpochEnd(_epoch: number, _logs: unknown, fit: FitControl): void {
        fit.learningRate /= 2;
      }
    }
    await using trainer = await Trainer.create(layers, options);
    await trainer.fit(data, { epochs: 3, callbacks: [new Halving()] });
    assert.equal(trainer.learningRate, 0.01 / 8);
  });

  test('csvLogger writes the history', async () => {
    await using trainer = await Trainer.create(layers, options);
    const filename = join(folder, 'history.csv');
    const { history } = await trainer.fit(data, { epochs: 2, callbacks: [callbacks.csvLogger({ filename })] });
    assert.equal(
      await readFile(filename, 'utf8'),
      `epoch,loss,val_loss\n0,${history.loss[0]},NA\n1,${history.loss[1]},NA\n`,
    );
  });

  test('terminateOnNaN returns the history up to the loss that is not finite, and keeps the weights from before it', async () => {
    const wide = [{ type: 'Dense', units: 1, inputShape: [2], kernelInitializer: 'ones' }];
    // Two of the largest float32 values in row 9 add up to infinity.
    const values = new Float32Array(24).fill(3e38, 18, 20);
    const overflowing = { ...data, x: { values, shape: [12, 2] } };
    await using trainer = await Trainer.create(wide, options);
    const fitted = { epochs: 3, batchSize: 4, shuffle: false };
    const { history, epoch } = await trainer.fit(overflowing, { ...fitted, callbacks: [callbacks.terminateOnNaN()] });
    assert.deepEqual([epoch, history.loss], [[0], [Number.POSITIVE_INFINITY]]);
    assert.equal(trainer.step, 2);
    assert.ok(trainer.weights().every(({ values }) => values.every(Number.isFinite)));
    await assert.rejects(trainer.fit(overflowing, fitted), { code: 'NON_FINITE_LOSS' });
  });
});

describe('One batch', () => {
  test('testOnBatch equals an evaluation of those rows and changes nothing', async () => {
    await using trainer = await Trainer.create(layers, options);
    const before = trainer.fingerprint();
    const logs = await trainer.testOnBatch(data);
    assert.deepEqual(logs, await trainer.evaluate(data, { batchSize: 12 }));
    assert.deepEqual([trainer.fingerprint(), trainer.step], [before, 0]);
  });

  test('predictOnBatch equals a prediction of those rows', async () => {
    await using trainer = await Trainer.create(layers, options);
    await trainer.trainOnBatch(data);
    const prediction = await trainer.predictOnBatch(data.x);
    assert.deepEqual(prediction, await trainer.predict(data, { batchSize: 5 }));
    assert.deepEqual(prediction.shape, [12, 1]);
  });
});
