import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permuted } from '../../../src/coordinator/models/onnx/arrange.js';
import { tfc as tf } from '../../../src/shared/tfjs/tfjs.js';

const cases: readonly (readonly [shape: number[], order: number[]])[] = [
  [
    [3, 2, 4, 5],
    [3, 2, 0, 1],
  ],
  [
    [3, 2, 4, 5],
    [2, 3, 0, 1],
  ],
  [
    [2, 3, 4, 5, 6],
    [4, 3, 0, 1, 2],
  ],
  [
    [1, 3, 1, 2],
    [3, 2, 0, 1],
  ],
  [
    [4, 3],
    [1, 0],
  ],
  [[5], [0]],
  [
    [1, 1],
    [1, 0],
  ],
  [
    [2, 3, 4],
    [0, 2, 1],
  ],
  [
    [2, 3, 4],
    [0, 1, 2],
  ],
];

for (const [shape, order] of cases) {
  test(`weights of [${shape}] with their axes in the order ${order} are TensorFlow.js’s`, () => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);
    const wanted = tf.transpose(tf.tensor(values, shape), order).dataSync();
    assert.deepEqual(permuted(values, shape, order), new Float32Array(wanted));
  });
}
