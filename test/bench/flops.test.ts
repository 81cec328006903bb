import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flopsPerStep } from '../../src/bench/flops.js';
import { chooseWorkloads } from '../../src/bench/workloads.js';

test('a dense layer costs two products, and three when something before it is trained', () => {
  const first = { type: 'Dense', units: 5, inputShape: [7] };
  assert.equal(flopsPerStep([first], 3), 2 * 3 * (2 * 7 * 5));
  assert.equal(flopsPerStep([first, { type: 'Dense', units: 2 }], 3), 2 * 3 * (2 * 7 * 5 + 3 * 5 * 2));
});

test('a convolution costs its kernel at every position, on the image that pooling leaves', () => {
  const layers = [
    { type: 'Conv2D', filters: 4, kernelSize: 3, inputShape: [9, 8, 2] },
    { type: 'MaxPooling2D', poolSize: 2 },
    { type: 'Conv2D', filters: 5, kernelSize: [2, 1] },
    { type: 'Flatten' },
    { type: 'Dense', units: 3 },
  ];
  const multiplyAdds = 2 * (7 * 6 * 4) * (3 * 3 * 2) + 3 * (2 * 3 * 5) * (2 * 1 * 4) + 3 * 30 * 3;
  assert.equal(flopsPerStep(layers, 1), 2 * multiplyAdds);
});

test('an LSTM needs the gradient of its state even as the first layer', () => {
  const gates = 4 * 6 * 5;
  assert.equal(flopsPerStep([{ type: 'LSTM', units: 6, inputShape: [5, 3] }], 1), 2 * (2 * 3 * gates + 3 * 6 * gates));
});

test('the workloads have the work that the performance budget states', () => {
  const gigaflop = (name: string): number => {
    const [{ layers, batchSize }] = chooseWorkloads(name);
    return flopsPerStep(layers, batchSize) / 1e9;
  };
  assert.ok(Math.abs(gigaflop('mlp') - 0.82) < 0.01);
  assert.ok(Math.abs(gigaflop('cnn') - 3.94) < 0.01);
  assert.ok(Math.abs(gigaflop('lstm') - 3.23) < 0.01);
  assert.ok(gigaflop('tiny') < 0.001);
});

test('a layer without a formula is an error that names it', () => {
  assert.throws(() => flopsPerStep([{ type: 'Conv3D', inputShape: [1] }], 1), /Conv3D/);
});
