import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { isTracedGraph } from '../../../src/coordinator/tracing/graph.js';
import { type TensorFunction, trace } from '../../../src/coordinator/tracing/trace.js';
import { tfc as tf } from '../../../src/shared/tfjs/tfjs.js';

const refused: Readonly<Record<string, readonly [TensorFunction, RegExp]>> = {
  'reads the numbers of a tensor': [(t, p) => (p.dataSync()[0] > 0 ? p : t), /reads the numbers of a tensor/],
  'returns a promise': [(async (_: Tensor, p: Tensor) => tf.tensor(await p.data())) as never, /returns a promise/],
  'returns no tensor': [(() => 3) as never, /returns number, which is no tensor/],
  'subtracts the mean of the batch': [
    (_, p) => tf.mean(tf.abs(tf.sub(p, tf.mean(p)))),
    /mixes rows: Sub takes a mean over rows and a row/,
  ],
  'takes the root of the mean': [(t, p) => tf.sqrt(tf.mean(tf.square(tf.sub(t, p)))), /mixes rows: Sqrt is not linear/],
  'squares the mean': [(_, p) => tf.mul(tf.mean(p), tf.mean(p)), /mixes rows: Multiply is not linear/],
  'takes the largest of the batch': [(_, p) => tf.max(p), /mixes rows: Max over axis 0/],
  'compares rows with each other': [
    (_, p) => tf.mean(tf.matMul(p, p, false, true), -1),
    /mixes rows: it has a tensor of shape \[4, 4\]/,
  ],
  'multiplies columns over rows': [
    (_, p) => tf.mean(tf.matMul(p, p, true)),
    /sums over the rows of a batch; take the mean/,
  ],
  'takes some of the rows': [(_, p) => tf.mean(tf.slice(p, [0, 0], [2, 3])), /takes some rows of the batch/],
  'reverses the rows by pieces': [
    (_, p) =>
      tf.concat(
        tf
          .unstack(p)
          .map((row) => tf.expandDims(row, 0))
          .toReversed(),
      ),
    /takes a batch apart|something else/,
  ],
  'runs along the batch': [(_, p) => tf.mean(tf.cumsum(tf.sum(p, -1), 0)), /Cumsum runs along the batch/],
  'moves elements across rows': [
    (_, p) => tf.mean(tf.square(tf.reshape(tf.transpose(p), [-1, 3])), -1),
    /moves elements across the batch/,
  ],
  'sums over rows': [(t, p) => tf.sum(tf.square(tf.sub(t, p))), /sums over the rows of a batch; take the mean/],
  'draws random numbers by a seed': [
    (_, p) => tf.mean(tf.mul(p, tf.randomUniform(p.shape, 0, 1, 'float32', 3)), -1),
    /by a seed of its own/,
  ],
  'draws a random number': [
    (_, p) => tf.mean(tf.mul(p, tf.randomUniform([1])), -1),
    /random numbers that all rows of a batch share/,
  ],
  'draws of another distribution': [
    (_, p) => tf.mean(tf.mul(p, tf.randomGamma(p.shape, 2)), -1),
    /differ from row to row/,
  ],
  'weighs rows by their place': [
    (_, p) => tf.mean(tf.mul(p, tf.expandDims(tf.range(0, p.shape[0]), 1)), -1),
    /differ from row to row/,
  ],
  'knows one size of batches': [
    (_, p) => tf.mul(p, tf.ones([32, 3])),
    /for a batch of 4 rows it ends with: .*broadcast/,
  ],
  'does something else for larger batches': [
    (_, p) => (p.shape[0] > 5 ? tf.abs(p) : tf.abs(tf.abs(p))),
    /something else for another number of rows/,
  ],
  'asks for a kernel without a form': [
    (_, p) => {
      const [zeros, ones] = [tf.tensor1d([0, 0, 0]), tf.tensor1d([1, 1, 1])];
      return tf.mean(tf.batchNorm(p as Tensor2D, zeros, ones, zeros, ones), -1);
    },
    /no form of the kernel FusedBatchNorm/,
  ],
  'ignores the predictions': [(t) => tf.mean(t, -1), /Cannot compute gradient/],
  throws: [
    () => {
      throw new Error('no way');
    },
    /ends with: no way/,
  ],
};

describe('A function cannot become kernels, for a reason that is told, when it', () => {
  for (const [title, [loss, message]] of Object.entries(refused)) {
    test(title, () => {
      assert.throws(() => trace(loss, [3], true), { message });
    });
  }
});

test('A tensor without a shape, as TensorFlow.js makes for an axis of -1, is refused', () => {
  const metric: TensorFunction = (_, p) => tf.mean(tf.cumsum(p, -1));
  assert.throws(() => trace(metric, [3], false), {
    message: /Cumsum makes a tensor of shape \[undefined, 4\]/,
  });
});

describe('Tracing leaves TensorFlow.js as it was', () => {
  /** What a caller may notice. */
  const state = () => ({ backend: tf.getBackend(), ...tf.memory(), tape: tf.engine().isTapeOn() });

  test('after a loss, and after one that is refused', () => {
    trace((t, p) => tf.mean(tf.square(tf.sub(t, p)), -1), [3], true);
    const before = state();
    trace((t, p) => tf.mean(tf.abs(tf.sub(t, p)), -1), [3], true);
    for (const [loss] of Object.values(refused)) assert.throws(() => trace(loss, [3], true));
    assert.deepEqual(state(), before);
  });

  test('so that tensors from outside stay where they are', () => {
    const outside = tf.tensor1d([1, 2, 3]);
    const variable = tf.variable(tf.scalar(0.5));
    const { nodes } = trace((t, p) => tf.mul(variable, tf.mean(tf.mul(outside, tf.abs(tf.sub(t, p))), -1)), [3], true);
    assert.deepEqual(
      nodes.filter(({ op }) => op === 'constant').map((node) => 'values' in node && node.values),
      [[1, 2, 3]],
    );
    assert.deepEqual([...outside.dataSync()], [1, 2, 3]);
    assert.ok(tf.engine().backend.refCount(outside.dataId) > 0, 'its data are with the caller’s backend');
    outside.dispose();
    variable.dispose();
  });

  test('within a tidy and a gradient of the caller’s', () => {
    const before = tf.memory().numTensors;
    const gradient = tf.tidy(() => {
      const grad = tf.grad((x) => {
        trace((t, p) => tf.mean(tf.abs(tf.sub(t, p)), -1), [3], true);
        return tf.square(x);
      });
      return [...grad(tf.scalar(3)).dataSync()];
    });
    assert.deepEqual(gradient, [6]);
    assert.equal(tf.memory().numTensors, before);
  });
});

describe('A graph from a file is refused where', () => {
  const graph = trace((t, p) => tf.mean(tf.mul(tf.tensor1d([1, 2, 3]), tf.abs(tf.sub(t, p))), -1), [3], true);
  const node = (change: object) => ({
    ...graph,
    nodes: graph.nodes.with(-1, { ...graph.nodes.at(-1), ...change } as never),
  });
  const damaged: Readonly<Record<string, unknown>> = {
    'it is nothing': undefined,
    'it has no nodes': { ...graph, nodes: 3 },
    'its value is no node': { ...graph, value: 1e15 },
    'its gradient is no node': { ...graph, gradients: [graph.nodes.length] },
    'it has no gradients': { ...graph, gradients: undefined },
    'a node reads itself': node({ x: graph.nodes.length - 1 }),
    'a node reads half a node': node({ x: 0.5 }),
    'a node has no elements': node({ size: 0 }),
    'a node has more elements than any memory': node({ size: 1e18 }),
    'a constant lacks numbers': node({ op: 'constant', values: [1] }),
  };
  test('it is as a trace has made it: it is not', () => assert.ok(isTracedGraph(JSON.parse(JSON.stringify(graph)))));
  for (const [title, given] of Object.entries(damaged)) test(title, () => assert.ok(!isTracedGraph(given)));
});
