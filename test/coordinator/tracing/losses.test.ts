import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { TensorFunction } from '../../../src/coordinator/tracing/trace.js';
import { tfc as tf } from '../../../src/shared/tfjs/tfjs.js';
import { randomLoss } from '../../helpers/randomLosses.js';
import { agreementOf } from '../../helpers/tracedAgreement.js';

/** Laws 1, 4 and 6 for losses of the caller's: the value and the gradient are TensorFlow.js's own, whoever computes them. */

const TOLERANCE = 1e-5;

interface LossCase {
  readonly shape: readonly number[];
  /** Where targets and predictions lie; [−1, 1] where nothing is said. */
  readonly range?: [number, number];
  readonly loss: TensorFunction;
}

const limit = 0.5;
const quantiles = tf.tensor1d([0.1, 0.5, 0.9]);
const distances = tf.tensor2d([0, 1, 2, 1, 0, 1, 2, 1, 0], [3, 3]);
const edgeFilter = tf.tensor4d(
  Array.from({ length: 54 }, (_, i) => Math.sin(i)),
  [3, 3, 2, 3],
);
/** Its gradient is no derivative of it, so that whoever differentiates it anew is found out. */
const reversed = tf.customGrad((x) => ({ value: tf.square(x as Tensor), gradFunc: (dy) => tf.mul(dy, -3) }));

const cases: Readonly<Record<string, LossCase>> = {
  'a loss like Huber': {
    shape: [7],
    loss: (t, p) => {
      const error = tf.abs(tf.sub(t, p));
      const near = tf.minimum(error, limit);
      return tf.mean(tf.add(tf.mul(0.5, tf.square(near)), tf.mul(limit, tf.sub(error, near))), -1);
    },
  },
  'quantiles that a tensor from outside holds': {
    shape: [3],
    loss: (t, p) => {
      const error = tf.sub(t, p);
      return tf.mean(tf.maximum(tf.mul(quantiles, error), tf.mul(tf.sub(quantiles, 1), error)));
    },
  },
  'a contrastive loss of distances': {
    shape: [1],
    range: [0, 1],
    loss: (t, p) => {
      const apart = tf.square(tf.relu(tf.sub(0.7, p)));
      return tf.mean(tf.add(tf.mul(t, tf.square(p)), tf.mul(tf.sub(1, t), apart)));
    },
  },
  'a policy gradient, with advantages as targets': {
    shape: [4],
    loss: (t, p) => tf.neg(tf.mean(tf.sum(tf.mul(t, tf.logSoftmax(p)), -1))),
  },
  'dice, a ratio of sums within a row': {
    shape: [4, 5, 1],
    range: [0, 1],
    loss: (t, p) => {
      const axes = [1, 2, 3];
      const both = tf.sum(tf.mul(t, p), axes);
      return tf.sub(1, tf.div(tf.add(tf.mul(2, both), 1), tf.add(tf.add(tf.sum(t, axes), tf.sum(p, axes)), 1)));
    },
  },
  'boxes and classes in one output': {
    shape: [6],
    range: [0.1, 0.9],
    loss: (t, p) => {
      const [boxes, classes] = tf.split(p, [4, 2], 1);
      const [wanted, labels] = tf.split(t, [4, 2], 1);
      const places = tf.mean(tf.square(tf.sub(boxes, wanted)), -1);
      return tf.add(tf.mul(5, places), tf.neg(tf.sum(tf.mul(labels, tf.log(tf.softmax(classes))), -1)));
    },
  },
  'a loss a step of a sequence': {
    shape: [5, 3],
    loss: (t, p) => tf.mean(tf.abs(tf.sub(t, p)), -1),
  },
  'smoothness from step to step': {
    shape: [5, 3],
    loss: (t, p) => {
      const step = tf.sub(tf.slice(p, [0, 1, 0], [-1, -1, -1]), tf.slice(p, [0, 0, 0], [-1, 4, -1]));
      return tf.add(tf.mean(tf.square(tf.sub(t, p))), tf.mul(0.1, tf.mean(tf.square(step))));
    },
  },
  'an earth mover’s distance of sums': {
    shape: [9],
    loss: (t, p) => tf.mean(tf.square(tf.sub(tf.cumsum(tf.softmax(t), 1), tf.cumsum(tf.softmax(p), 1))), -1),
  },
  'costs of taking one class for another': {
    shape: [3],
    loss: (t, p) => tf.sum(tf.mul(tf.matMul(tf.softmax(t), distances), tf.softmax(p)), -1),
  },
  'a table by the class of the target': {
    shape: [1],
    range: [0, 3],
    loss: (t, p) => {
      const weight = tf.gather(tf.tensor1d([1, 10, 3]), tf.cast(tf.reshape(t, [-1]), 'int32'));
      return tf.mul(weight, tf.square(tf.squeeze(tf.sub(p, t), [1])));
    },
  },
  'classes that a target numbers': {
    shape: [4],
    range: [0, 3.9],
    loss: (t, p) => {
      const label = tf.cast(tf.squeeze(tf.slice(t, [0, 0], [-1, 1]), [1]), 'int32');
      return tf.neg(tf.sum(tf.mul(tf.oneHot(label, 4), tf.logSoftmax(p)), -1));
    },
  },
  'a mean and a variance of a normal distribution': {
    shape: [2],
    loss: (t, p) => {
      const [mean, logVariance] = tf.unstack(p, 1);
      const [wanted] = tf.unstack(t, 1);
      return tf.mean(tf.add(logVariance, tf.div(tf.square(tf.sub(wanted, mean)), tf.exp(logVariance))));
    },
  },
  'a divergence from a normal distribution': {
    shape: [8],
    loss: (_, p) => {
      const [mean, logVariance] = tf.split(p, 2, 1);
      const inner = tf.sub(tf.sub(tf.add(1, logVariance), tf.square(mean)), tf.exp(logVariance));
      return tf.mul(-0.5, tf.mean(tf.sum(inner, -1)));
    },
  },
  'edges of images, by a filter that is constant, and pooled differences': {
    shape: [6, 5, 2],
    loss: (t, p) => {
      const error = tf.sub(t, p) as Tensor4D;
      const edges = tf.conv2d(error, edgeFilter, 1, 'same');
      const means = tf.avgPool(tf.square(error) as Tensor4D, 2, 2, 'valid');
      const most = tf.maxPool(tf.abs(error) as Tensor4D, [3, 2], 1, 'valid');
      const each = [tf.mean(tf.square(edges), [1, 2, 3]), tf.sum(means, [1, 2, 3]), tf.mean(most, [1, 2, 3])];
      return tf.addN(each);
    },
  },
  'a gradient of the caller’s own': { shape: [3], loss: (t, p) => tf.mean(reversed(tf.sub(t, p)), -1) },
  'tf.losses.hingeLoss': { shape: [3], range: [0, 1], loss: (t, p) => tf.losses.hingeLoss(tf.round(t), p) },
  'tf.losses.logLoss': { shape: [3], range: [0.1, 0.9], loss: (t, p) => tf.losses.logLoss(t, p) },
  'tf.losses.cosineDistance': { shape: [3], loss: (t, p) => tf.losses.cosineDistance(t, p, 1) as Tensor },
  'a sum over the rows by their number': {
    shape: [3],
    loss: (t, p) => tf.div(tf.sum(tf.square(tf.sub(t, p))), p.shape[0]),
  },
  'two means and a constant': {
    shape: [3],
    loss: (t, p) => tf.add(tf.add(tf.mean(tf.square(tf.sub(t, p))), tf.mul(0.01, tf.mean(tf.abs(p)))), 2),
  },
  'columns first': {
    shape: [3],
    loss: (t, p) => {
      const columns = tf.transpose(tf.sub(t, p));
      return tf.mean(tf.square(tf.mul(columns, tf.tensor2d([1, 2, 3], [3, 1]))), 0);
    },
  },
  'predictions that nothing depends on': { shape: [2], loss: (t, p) => tf.mean(tf.add(t, tf.mul(0, p)), -1) },
  'rests of divisions, by numbers of either sign': {
    shape: [5],
    range: [-3, 3],
    loss: (t, p) => tf.mean(tf.add(tf.square(tf.mod(tf.sub(t, p), 0.7)), tf.mul(0.1, tf.mod(p, tf.add(t, 4)))), -1),
  },
  'angles all around': { shape: [7], loss: (t, p) => tf.mean(tf.square(tf.atan2(p, t)), -1) },
  'a gradient that is 0': { shape: [2], loss: (t, p) => tf.mean(tf.abs(tf.sub(t, tf.floor(tf.mul(p, 5)))), -1) },
};

describe('A loss of the caller’s is the same mathematics for every number of ranks and on all instruction sets', () => {
  for (const [title, { loss, shape, range }] of Object.entries(cases)) {
    test(title, () => {
      const agreement = agreementOf(loss, shape, range);
      assert.ok(typeof agreement === 'object', `refused: ${agreement}`);
      assert.ok(agreement.loss < TOLERANCE, `the loss is ${agreement.loss} away`);
      assert.ok(agreement.gradient < TOLERANCE, `the gradient is ${agreement.gradient} away`);
    });
  }

  test('so are 27 of the first 30 that a generator writes', () => {
    const drawn = Array.from({ length: 30 }, (_, seed) => randomLoss(seed));
    const results = drawn.map((one) => ({ ...one, agreement: agreementOf(one.loss, one.shape) }));
    for (const { text, agreement } of results) {
      if (typeof agreement === 'string') continue;
      assert.ok(agreement.loss < TOLERANCE && agreement.gradient < TOLERANCE, `${text}: ${JSON.stringify(agreement)}`);
    }
    const native = results.filter(({ agreement }) => typeof agreement === 'object').length;
    assert.ok(native >= 27, `${native} of 30 became kernels`);
  });
});
