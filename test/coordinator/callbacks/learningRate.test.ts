import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callbacks } from '../../../src/index.js';
import { FakeFit, runEpochs } from './fakeFit.js';

describe('reduceLROnPlateau lowers the learning rate as Keras 3 does', () => {
  const flat = [1, 1, 1, 1, 1, 1, 1];
  const table: [string, callbacks.ReduceLROnPlateauOptions, readonly number[], readonly number[]][] = [
    ['after `patience` epochs, again and again', { patience: 2 }, flat, [1, 1, 1, 0.5, 0.5, 0.25, 0.25]],
    ['and waits out a cooldown', { patience: 1, cooldown: 2 }, flat, [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125]],
    ['but not below minLr', { patience: 1, minLr: 0.3 }, flat, [1, 1, 0.5, 0.3, 0.3, 0.3, 0.3]],
    ['not while the value improves', { patience: 1 }, [5, 4, 3, 2, 1], [1, 1, 1, 1, 1]],
    ['when improvements are not above minDelta', { patience: 1, minDelta: 1 }, [5, 4, 3.5], [1, 1, 0.5]],
    ['for a value that should rise', { patience: 1, mode: 'max' }, [1, 2, 2, 2], [1, 1, 1, 0.5]],
  ];
  for (const [title, options, values, expected] of table) {
    test(title, async () => {
      const callback = callbacks.reduceLROnPlateau({ monitor: 'loss', factor: 0.5, ...options });
      const { rates } = await runEpochs(callback, 'loss', values);
      assert.deepEqual(rates, expected);
    });
  }

  test('a factor of 1 is refused', () => {
    assert.throws(() => callbacks.reduceLROnPlateau({ factor: 1 }), {
      message: /factor is 1; give a number from 0 up to/,
    });
  });
});

describe('learningRateScheduler', () => {
  test('sets the rate of each epoch from its number and the rate before', async () => {
    const callback = callbacks.learningRateScheduler((epoch, rate) => (epoch < 2 ? rate : rate / 2));
    const { rates } = await runEpochs(callback, 'loss', [1, 1, 1, 1]);
    assert.deepEqual(rates, [1, 1, 0.5, 0.25]);
  });

  test('schedules an epoch once, though it begins twice when a run is resumed', async () => {
    const fit = new FakeFit();
    const first = callbacks.learningRateScheduler((_, rate) => rate / 2);
    await first.onEpochBegin?.(3, fit);
    const second = callbacks.learningRateScheduler((_, rate) => rate / 2);
    await second.restore?.(first.state?.());
    await second.onEpochBegin?.(3, fit);
    assert.equal(fit.learningRate, 0.5);
    await second.onEpochBegin?.(4, fit);
    assert.equal(fit.learningRate, 0.25);
  });

  test('refuses a rate that is none', () => {
    const callback = callbacks.learningRateScheduler(() => Number.NaN);
    assert.throws(() => callback.onEpochBegin?.(0, new FakeFit()), {
      code: 'INVALID_LEARNING_RATE',
      message: /NaN for epoch 0/,
    });
    assert.throws(() => callbacks.learningRateScheduler(0.1 as never), {
      code: 'INVALID_OPTION',
      message: /0.1; give a function/,
    });
  });
});
