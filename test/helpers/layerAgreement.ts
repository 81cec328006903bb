import assert from 'node:assert/strict';
import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import { LockstepError, Trainer } from '../../src/index.js';
import { tfc as tf } from '../../src/shared/tfjs/tfjs.js';
import { randomLayerModel } from './randomLayers.js';
import { Draw } from './randomLosses.js';

const ROWS = 29;
const WORKERS = [2, 5, 13];

export interface LayerAgreement {
  readonly text: string;
  /** The largest error of the predictions, and of a gradient, relative to the largest value of each; or why there are no kernels. */
  readonly agreement: { readonly value: number; readonly gradient: number } | string;
}

/**
 * The gradients of a model with the random layer of a seed, with the same bits on 1, 2, 5 and 13 ranks, beside those of
 * TensorFlow.js. `hear` gets each gradient.
 */
export async function layerAgreementOf(
  seed: number,
  hear: (values: Float32Array) => void = () => {},
): Promise<LayerAgreement> {
  const { model, text, shape } = randomLayerModel(seed);
  const draw = new Draw(1000 + seed);
  const uniform = (length: number): Float32Array => Float32Array.from({ length }, () => draw.uniform(-1, 1));
  const x = tf.tensor(uniform(ROWS * shape.reduce((a, b) => a * b, 1)), [ROWS, ...shape]);
  const y = tf.tensor(uniform(ROWS), [ROWS, 1]);
  const loss = (): Scalar => tf.losses.meanSquaredError(y, model.apply(x, { training: true }) as Tensor);
  const options = { optimizer: 'sgd', loss: 'meanSquaredError', workers: 1 } as const;
  const opened = await Trainer.create(model, options).catch((error: unknown) => {
    if (error instanceof LockstepError) return error;
    throw error;
  });
  if (opened instanceof LockstepError) return { text, agreement: opened.message.replace(/\d+/g, 'n') };
  await using trainer = opened;
  const ours = await trainer.gradients({ x, y });
  for (const workers of WORKERS) {
    await trainer.resize(workers);
    const again = await trainer.gradients({ x, y });
    for (const [name, { values }] of Object.entries(ours)) {
      assert.deepEqual(again[name].values, values, `seed ${seed}, ${name}, ${workers} ranks`);
    }
  }
  const { grads } = tf.variableGrads(
    loss,
    model.trainableWeights.map((weight) => weight.read() as Variable),
  );
  const byName = new Map(
    model.trainableWeights.map((weight) => [weight.originalName, grads[(weight.read() as Variable).name]]),
  );
  const errors = Object.entries(ours).map(([name, { values }]) => {
    hear(values);
    assert.ok(byName.has(name), `${name} of ${[...byName.keys()]}`);
    // What no output reads has no gradient there.
    return distance(values, byName.get(name)?.dataSync() ?? new Float32Array(values.length));
  });
  const { values } = (await trainer.predict({ x })) as { values: Float32Array };
  const expected = (model.predict(x) as Tensor).dataSync();
  return { text, agreement: { value: distance(values, expected), gradient: Math.max(...errors) } };
}

/** The largest difference relative to the largest value. */
function distance(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [worst, scale] = [0, 1e-6];
  for (let e = 0; e < expected.length; e++) {
    scale = Math.max(scale, Math.abs(expected[e]));
    worst = Math.max(worst, Math.abs(got[e] - expected[e]));
    if (Number.isNaN(got[e]) !== Number.isNaN(expected[e])) return Number.POSITIVE_INFINITY;
  }
  return worst / scale;
}
