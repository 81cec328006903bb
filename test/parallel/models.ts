import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { parallel } from '../../src/index.js';
import type { ParallelModel } from '../../src/parallel/parallel.js';
import { tfc, tfl } from '../../src/shared/tfjs/tfjs.js';

const { layers } = tfl;

/** Two equal models: one that TensorFlow.js trains, and one that Lockstep trains in its place. */
export interface Pair {
  readonly theirs: LayersModel;
  readonly ours: LayersModel & ParallelModel;
}

/** Both models of a builder, with equal weights; `ours` ends with the test. */
export function pairOf(build: () => LayersModel, workers = 2): Pair {
  const [theirs, model] = [build(), build()];
  model.setWeights(theirs.getWeights());
  return { theirs, ours: parallel(model, { workers }) };
}

/** A table through Dense and BatchNormalization. */
export function tableModel(): LayersModel {
  const model = tfl.sequential({
    layers: [
      layers.dense({ units: 8, inputShape: [4], activation: 'relu' }),
      layers.batchNormalization(),
      layers.dense({ units: 1 }),
    ],
  });
  model.compile({ optimizer: tfc.train.sgd(0.05), loss: 'meanSquaredError', metrics: ['mae', 'mse'] });
  return model;
}

/** Two inputs, two outputs of different kinds. */
export function twoOutputs(): LayersModel {
  const [a, b] = [tfl.input({ shape: [4], name: 'a' }), tfl.input({ shape: [2], name: 'b' })];
  const joined = layers.concatenate().apply([a, layers.dense({ units: 3 }).apply(b) as typeof a]) as typeof a;
  const size = layers.dense({ units: 1, name: 'size' }).apply(joined) as typeof a;
  const kind = layers.dense({ units: 3, activation: 'softmax', name: 'kind' }).apply(joined) as typeof a;
  const model = tfl.model({ inputs: [a, b], outputs: [size, kind] });
  model.compile({
    optimizer: tfc.train.momentum(0.05, 0.9),
    loss: ['meanSquaredError', 'categoricalCrossentropy'],
    metrics: { size: 'mae', kind: 'accuracy' },
  });
  return model;
}

/** Numbers of a shape that look random and are always the same. */
export function numbers(shape: number[], seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tfc.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin((i + 1) * 12.9898 * (seed + 1)) * 1.5),
    shape,
  );
}

/** One-hot rows. */
export function classes(rows: number, count: number, seed: number): Tensor {
  const numbers = Array.from({ length: rows }, (_, i) => Math.abs(Math.floor(Math.sin(i * 7.7 + seed) * 100)) % count);
  return tfc.cast(tfc.oneHot(tfc.tensor1d(numbers, 'int32'), count), 'float32');
}

/** The largest difference between two lists of tensors. */
export function farthest(a: readonly Tensor[], b: readonly Tensor[]): number {
  const each = a.map((tensor, i) => tfc.max(tfc.abs(tfc.sub(tensor, b[i]))).dataSync()[0]);
  return a.length === b.length ? Math.max(...each) : Number.POSITIVE_INFINITY;
}
