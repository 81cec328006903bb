import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { openModel, readModel } from '../../../src/coordinator/models/open.js';
import { readObjectives } from '../../../src/coordinator/options/objectives.js';
import { tfc as tf, tfl } from '../../../src/shared/tfjs/tfjs.js';
import { OnnxModel } from '../../helpers/onnxAgreement.js';
import { findOnnxruntime, WITHOUT_ONNXRUNTIME } from '../../helpers/onnxruntime.js';
import { Affine, Attend, Convolution, Mix, RootMeanSquare, Scaled, TwoModes } from '../../helpers/ownLayers.js';

/** Layers of a caller's own classes give TensorFlow.js's numbers in onnxruntime. */

const { layers } = tfl;
const TOLERANCE = 1e-5;
const runtime = findOnnxruntime();

type Function = (x: Tensor) => Tensor;

let current: Function = (x) => x;

/** A layer of its own that applies the function which is current when it is traced. */
class Applied extends layers.Layer {
  static readonly className = 'OnnxApplied';

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tf.tidy(() => current([inputs].flat()[0]));
  }

  override computeOutputShape(shape: number[]): number[] {
    return tf.tidy(() => [null as never, ...current(tf.ones([4, ...shape.slice(1)])).shape.slice(1)]);
  }
}
tf.serialization.registerClass(Applied as never);

/** The function with a gradient of zeros, as comparisons have none in TensorFlow.js. */
const withoutGradient = (f: Function): Function =>
  tf.customGrad(((x: Tensor) => ({ value: f(x), gradFunc: () => tf.zerosLike(x) })) as never) as Function;

const at = (x: Tensor, begin: number[], size: number[]): Tensor => tf.slice(x, [0, ...begin], [-1, ...size]);

/** Functions of rows of shape [4, 3], whose numbers lie between −2 and 2. */
const functions: Readonly<Record<string, Function>> = {
  'signs and powers': (x) => tf.add(tf.neg(tf.abs(x)), tf.square(tf.sign(x))),
  'roots and logarithms': (x) => tf.add(tf.sqrt(tf.abs(x)), tf.log(tf.add(tf.square(x), 1))),
  'numbers near 0 less 1': (x) => tf.concat([tf.expm1(tf.mul(x, 1e-4)), tf.log1p(tf.mul(x, 1e-4)), tf.expm1(x)], 1),
  reciprocals: (x) => tf.add(tf.rsqrt(tf.add(tf.abs(x), 1)), tf.reciprocal(tf.add(tf.abs(x), 0.5))),
  curves: (x) => tf.add(tf.mul(tf.sigmoid(x), tf.tanh(x)), tf.add(tf.softplus(x), tf.erf(x))),
  circles: (x) => tf.add(tf.mul(tf.sin(x), tf.cos(x)), tf.add(tf.sinh(x), tf.sub(tf.cosh(x), tf.atan(x)))),
  rounding: (x) => tf.add(tf.mul(tf.floor(x), 3), tf.add(tf.ceil(x), tf.round(tf.mul(x, 2)))),
  comparisons: (x) => tf.where(tf.greater(x, 0.3), tf.mul(x, 2), tf.sub(1, x)),
  logic: (x) => tf.cast(tf.logicalOr(tf.logicalAnd(tf.less(x, 1), tf.greater(x, 0)), tf.lessEqual(x, -1)), 'float32'),
  'maxima and minima': (x) => tf.maximum(tf.minimum(x, 1), tf.mul(x, 0.25)),
  'sums and means along axes': (x) => tf.add(tf.sum(x, 1, true), tf.mean(x, 2, true)),
  'largest and smallest along axes': (x) => tf.concat([tf.max(x, 1, true), tf.min(x, 1, true)], 1),
  'places of the largest': (x) => tf.cast(tf.argMax(x, 2), 'float32'),
  'slices and strides': (x) =>
    tf.concat([at(x, [1, 0], [2, 3]), tf.stridedSlice(x, [0, 0, 0], [0, 4, 3], [1, 2, 1], 1, 1)], 1),
  'turned axes': (x) => tf.transpose(x, [0, 2, 1]),
  repeated: (x) => tf.tile(x, [1, 2, 3]),
  padded: (x) =>
    tf.pad(x, [
      [0, 0],
      [1, 2],
      [0, 1],
    ]),
  'numbers that are none': (x) =>
    tf.cast(tf.logicalOr(tf.isNaN(tf.log(x)), tf.logicalNot(tf.isFinite(tf.div(1, tf.relu(x))))), 'float32'),
  'equal numbers': (x) => tf.cast(tf.logicalXor(tf.equal(tf.round(x), 1), tf.notEqual(tf.sign(x), 1)), 'float32'),
  softmax: (x) => tf.softmax(x),
  'products of each row’s own matrices': (x) => tf.matMul(x, x, false, true),
  'a constant beside each row': (x) => tf.add(x, tf.tensor2d([[1, 2, 3]])),
  'pooled images': (x) => tf.maxPool(tf.reshape(x, [-1, 4, 3, 1]) as never, 2, 1, 'same'),
  'averaged images': (x) => tf.avgPool(tf.reshape(x, [-1, 4, 3, 1]) as never, 2, 2, 'same'),
};

async function assertAgrees(model: LayersModel, shape: readonly number[]): Promise<void> {
  if (runtime === null) return;
  const objectivesOf = (outputs: readonly { readonly name: string }[]) =>
    readObjectives(
      { loss: 'meanSquaredError', metrics: [] },
      outputs.map(({ name }) => name),
    );
  using given = await readModel(model, []);
  const open = await openModel(given, undefined, { seed: 1, engine: 'reference', modules: [], objectivesOf });
  const onnx = await OnnxModel.open(runtime, open.description, open.weights);
  for (const rows of [1, 7]) {
    const size = shape.reduce((a, b) => a * b, rows);
    const values = Float32Array.from({ length: size }, (_, i) => 2 * Math.sin(1 + i * 1.7));
    const [got] = await onnx.run([{ values, shape: [rows, ...shape] }], rows);
    const wanted = (model.predict(tf.tensor(values, [rows, ...shape])) as Tensor).dataSync() as Float32Array;
    const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    assert.equal(got.data.length, wanted.length);
    got.data.forEach((value, i) => {
      assert.ok(Math.abs(value - wanted[i]) <= TOLERANCE * scale, `${i} of ${rows} rows: ${value}, not ${wanted[i]}`);
    });
  }
  await onnx.release();
}

describe('A traced layer in onnxruntime gives TensorFlow.js’s numbers', {
  skip: runtime === null && WITHOUT_ONNXRUNTIME,
}, () => {
  for (const [title, f] of Object.entries(functions)) {
    test(title, async () => {
      current = withoutGradient(f);
      await assertAgrees(tfl.sequential({ layers: [new Applied({ inputShape: [4, 3] })] }), [4, 3]);
    });
  }

  const models: Readonly<Record<string, () => LayersModel>> = {
    'weights and products': () =>
      tfl.sequential({ layers: [new Affine({ units: 5, inputShape: [4] }), new Scaled({}), new RootMeanSquare({})] }),
    'two modes, of which inference is taken': () => tfl.sequential({ layers: [new TwoModes({ inputShape: [4] })] }),
    'attention over steps': () =>
      tfl.sequential({
        layers: [layers.reshape({ targetShape: [2, 2], inputShape: [4] }), new Affine({ units: 6 }), new Attend({})],
      }),
    'convolutions and what is largest around': () =>
      tfl.sequential({
        layers: [layers.reshape({ targetShape: [2, 2, 1], inputShape: [4] }), new Convolution({}), layers.flatten()],
      }),
    'two inputs, and a layer that is called twice': () => {
      const input = tfl.input({ shape: [4] });
      const scaled = new Scaled({});
      const branches = ['tanh', 'linear'].map((activation) => {
        const made = layers.dense({ units: 3, activation: activation as never }).apply(input);
        return scaled.apply(made) as never;
      });
      return tfl.model({ inputs: input, outputs: new Mix({}).apply(branches) as never });
    },
  };
  for (const [title, make] of Object.entries(models)) test(title, () => assertAgrees(make(), [4]));
});
