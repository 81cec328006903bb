import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ParallelModel } from '../../src/parallel/parallel.js';
import { type tfc, tfl } from '../../src/shared/tfjs/tfjs.js';
import { farthest, numbers, pairOf, tableModel } from './models.js';

const opened: ParallelModel[] = [];
after(() => Promise.all(opened.map((model) => model.close())));

function pair() {
  const made = pairOf(tableModel);
  opened.push(made.ours);
  return made;
}

const x = numbers([20, 4], 1);
const y = numbers([20, 1], 2);
type Logs = Readonly<Record<string, number>>;
const rounded = (logs: Logs = {}) =>
  Object.fromEntries(
    Object.entries(logs)
      .map(([name, value]) => [name, value.toFixed(4)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

describe('Callbacks hear what TensorFlow.js tells them', () => {
  test('functions of an object, in order, with their logs', async () => {
    const { theirs, ours } = pair();
    const heard = async (model: LayersModel): Promise<unknown[]> => {
      const story: unknown[] = [];
      await model.fit(x, y, {
        ...{ epochs: 2, batchSize: 8, shuffle: false, verbose: 0, validationSplit: 0.2 },
        callbacks: {
          onTrainBegin: (logs) => void story.push(['train begins', rounded(logs as Logs)]),
          onEpochBegin: (epoch, logs) => void story.push(['epoch begins', epoch, rounded(logs as Logs)]),
          onBatchBegin: (batch, logs) => void story.push(['batch begins', batch, rounded(logs as Logs)]),
          onBatchEnd: (batch, logs) => void story.push(['batch ends', batch, rounded(logs as Logs)]),
          onEpochEnd: (epoch, logs) => void story.push(['epoch ends', epoch, rounded(logs as Logs)]),
          onTrainEnd: (logs) => void story.push(['train ends', rounded(logs as Logs)]),
        },
      });
      return story;
    };
    assert.deepEqual(await heard(ours), await heard(theirs));
  });

  test('a list of objects, and onYield at every batch', async () => {
    const { ours } = pair();
    const heard: string[] = [];
    await ours.fit(x, y, {
      ...{ epochs: 1, batchSize: 10, yieldEvery: 'batch' },
      callbacks: [{ onEpochEnd: () => void heard.push('first') }, { onEpochEnd: () => void heard.push('second') }],
    });
    assert.deepEqual(heard, ['first', 'second']);
  });

  test('an object of a class, which is given the model and its parameters', async () => {
    const { ours } = pair();
    class Own extends tfl.Callback {
      readonly seen: unknown[] = [];
      override async onEpochEnd(epoch: number): Promise<void> {
        this.seen.push(epoch, this.model === ours, this.params.epochs, this.params.batchSize);
      }
    }
    const own = new Own();
    await ours.fit(x, y, { epochs: 1, batchSize: 4, callbacks: [own] });
    assert.deepEqual(own.seen, [0, true, 1, 4]);
  });

  test('an error of a callback is what fit rejects with; the next fit begins anew', async () => {
    const { ours } = pair();
    const mine = new RangeError('mine');
    const callbacks = {
      onEpochEnd: () => {
        throw mine;
      },
    };
    await assert.rejects(ours.fit(x, y, { epochs: 3, callbacks }), (error) => error === mine);
    assert.deepEqual((await ours.fit(x, y, { epochs: 2 })).epoch, [0, 1]);
  });
});

describe('Callbacks act on training as in TensorFlow.js', () => {
  test('earlyStopping of TensorFlow.js ends it, and the next fit is not stopped', async () => {
    const { ours } = pair();
    const stop = tfl.callbacks.earlyStopping({ monitor: 'val_loss', minDelta: 1e9, patience: 1 });
    const args = { epochs: 9, validationData: [x, y] as [Tensor, Tensor] };
    assert.deepEqual((await ours.fit(x, y, { ...args, callbacks: stop })).epoch, [0, 1]);
    assert.equal((await ours.fit(x, y, args)).epoch.length, 9);
  });

  test('stopTraining ends it after the batch', async () => {
    const { theirs, ours } = pair();
    const batches = async (model: LayersModel): Promise<number> => {
      let count = 0;
      const onBatchEnd = (batch: number): void => {
        count++;
        if (batch === 1) model.stopTraining = true;
      };
      await model.fit(x, y, { epochs: 2, batchSize: 4, verbose: 0, callbacks: { onBatchEnd } });
      return count;
    };
    assert.equal(await batches(ours), await batches(theirs));
  });

  test('predict within a hook sees the weights of now, on what parallel returned and on the model itself', async () => {
    const base = tableModel();
    const { ours } = pairOf(() => base);
    opened.push(ours);
    const seen: Tensor[] = [];
    const look = (): void => void seen.push(ours.predict(x) as Tensor, base.predict(x) as Tensor);
    await ours.fit(x, y, { epochs: 2, batchSize: 5, callbacks: { onEpochEnd: look } });
    assert.ok(farthest([seen[0], seen[2]], [seen[1], seen[3]]) < 1e-5);
    assert.ok(farthest([seen[0]], [seen[2]]) > 1e-4, 'the second epoch has changed them');
  });

  test('weights and learning rate that a hook sets are trained on', async () => {
    const { theirs, ours } = pair();
    for (const model of [theirs, ours]) {
      const onEpochEnd = (epoch: number): void => {
        if (epoch > 0) return;
        model.layers[0].setWeights([numbers([4, 8], 9), numbers([8], 10)]);
        (model.optimizer as ReturnType<typeof tfc.train.sgd>).setLearningRate(0.01);
      };
      await model.fit(x, y, { epochs: 3, batchSize: 5, shuffle: false, verbose: 0, callbacks: { onEpochEnd } });
    }
    assert.ok(farthest(ours.getWeights(), theirs.getWeights()) < 1e-5);
  });
});
