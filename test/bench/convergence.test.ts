import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchConvergence } from '../../src/bench/convergence/convergence.js';
import { digitsCase } from '../../src/bench/convergence/digits.js';
import { type Racer, race } from '../../src/bench/convergence/race.js';
import { renderConvergence } from '../../src/bench/convergence/render.js';

/** A racer whose epochs take `seconds`, and that has learned after so many. */
function racer(seconds: number, learns: number): Racer & { epochs: number } {
  return {
    name: '',
    epochs: 0,
    async round() {
      this.epochs++;
      return { seconds, steps: 1, loss: 0 };
    },
    async accuracy() {
      return this.epochs >= learns ? 1 : 0.5;
    },
    async close() {},
  };
}

test('a racer stops at the target; its seconds are those of its epochs until then', async () => {
  const racers = [racer(2, 3), racer(1, 1), racer(1, 99)];
  assert.deepEqual(await race(racers, 0.9, 4), [
    { epochs: 3, seconds: 6, accuracy: 1 },
    { epochs: 1, seconds: 1, accuracy: 1 },
    { epochs: null, seconds: 4, accuracy: 0.5 },
  ]);
  assert.deepEqual(
    racers.map(({ epochs }) => epochs),
    [3, 1, 4],
  );
});

test('no digit that is validated is trained on, and another seed validates others', async () => {
  const [first, second] = [await digitsCase(1), await digitsCase(2)];
  assert.deepEqual(first.data.x.shape, [1408, 8, 8, 1]);
  assert.deepEqual(first.validation.x.shape, [389, 8, 8, 1]);
  assert.notDeepEqual(first.validation.y.values, second.validation.y.values);
});

test('digits are classified with the accuracy asked for, and the table says after how long', async () => {
  const options = { peers: [], workers: [1], engine: 'auto' as const, repeats: 1, target: 0.6 };
  const benchmark = await benchConvergence(options);
  assert.ok((benchmark.rows[0].epochs[0] ?? 99) < 10);
  assert.match(renderConvergence(benchmark), /seconds of training to 60 % validation accuracy, median of 1 trainings/);
});
