import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callbacks } from '../../../src/index.js';
import { FakeFit, runEpochs } from './fakeFit.js';

type Options = callbacks.EarlyStoppingOptions;

describe('earlyStopping ends training as Keras 3 does', () => {
  const falling = [5, 4, 3, 3, 3, 3, 3];
  const table: [string, Options, readonly number[], number][] = [
    ['at the first epoch without improvement when patience is 0', {}, falling, 4],
    ['after `patience` such epochs', { patience: 3 }, falling, 6],
    ['and counts anew after an improvement', { patience: 2 }, [5, 6, 4, 6, 3, 6, 6, 6], 7],
    ['not before the second epoch', {}, [Number.NaN, Number.NaN, Number.NaN], 2],
    ['when improvements are not above minDelta', { minDelta: 1 }, [5, 3.9, 3, 2], 3],
    ['when a rising value falls', { mode: 'max' }, [1, 2, 1], 3],
    ['after patience below the baseline, improvements or not', { baseline: 2, patience: 2 }, [5, 4, 4, 4], 3],
    ['not when the baseline is passed in time', { baseline: 4.5, patience: 2 }, [5, 4, 3, 2], 4],
    ['counting from startFromEpoch', { startFromEpoch: 3 }, [5, 6, 7, 8, 9], 5],
    ['never while the value improves', {}, [5, 4, 3, 2], 4],
  ];
  for (const [title, options, values, expected] of table) {
    test(title, async () => {
      const { epochs } = await runEpochs(callbacks.earlyStopping({ monitor: 'loss', ...options }), 'loss', values);
      assert.equal(epochs, expected);
    });
  }
});

describe('earlyStopping restores the best weights', () => {
  const options: Options = { monitor: 'loss', patience: 2, restoreBestWeights: true };

  test('and says which epoch was the best and which the last', async () => {
    const callback = callbacks.earlyStopping(options);
    const { fit } = await runEpochs(callback, 'loss', [5, 3, 4, 4, 4]);
    assert.equal(fit.weight, 1);
    assert.deepEqual([callback.best, callback.bestEpoch, callback.stoppedEpoch], [3, 1, 3]);
  });

  test('also when training runs to its end', async () => {
    const callback = callbacks.earlyStopping(options);
    const { fit } = await runEpochs(callback, 'loss', [5, 3, 4]);
    assert.equal(fit.weight, 1);
    assert.equal(callback.stoppedEpoch, null);
  });

  test('and begins anew in another fit', async () => {
    const callback = callbacks.earlyStopping(options);
    await runEpochs(callback, 'loss', [1, 2, 3]);
    const { fit } = await runEpochs(callback, 'loss', [9, 8, 7]);
    assert.equal(fit.weight, 2);
  });
});

describe('Wrong options are refused', () => {
  const table: [string, object, string, RegExp][] = [
    ['a negative patience', { patience: -1 }, 'INVALID_OPTION', /earlyStopping: patience is -1; give a whole number/],
    ['a baseline that is not finite', { baseline: Number.NaN }, 'INVALID_OPTION', /baseline is NaN/],
    ['an unknown mode', { mode: 'smallest' }, 'INVALID_OPTION', /"smallest"; give one of auto, min, max/],
    ['a misspelt option', { patiance: 3 }, 'UNKNOWN_OPTION', /no option patiance; did you mean patience\?/],
  ];
  for (const [what, options, code, message] of table) {
    test(what, () => {
      assert.throws(() => callbacks.earlyStopping(options), { code, message });
    });
  }

  test('a value that fit does not log, before the first step', () => {
    const fit = new FakeFit('loss', 'accuracy');
    assert.throws(() => callbacks.earlyStopping().onTrainBegin(fit), {
      code: 'UNKNOWN_MONITOR',
      message: /monitors val_loss.*give fit validation data, or monitor one of loss, accuracy/,
    });
  });
});
