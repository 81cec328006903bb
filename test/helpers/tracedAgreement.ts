import assert from 'node:assert/strict';
import { Refusal } from '../../src/coordinator/tracing/refusal.js';
import { type TensorFunction, trace } from '../../src/coordinator/tracing/trace.js';
import { tfc as tf } from '../../src/shared/tfjs/tfjs.js';
import { createReferenceEngine } from '../../src/worker/engines/reference.js';
import { createWith, supported } from '../native/nativeCases.js';
import { assertSameBits, runCase } from './kernelLaws.js';
import { bits } from './kernelMemory.js';
import { tracedCase } from './tracedCase.js';

const ROWS = 29;

/** How far a traced loss and its gradient are from TensorFlow.js's, relative to the largest value of each. */
export interface Agreement {
  readonly loss: number;
  readonly gradient: number;
}

/**
 * Runs a loss as kernels, on every instruction set and on 1, 2, 5 and 13 ranks with the same bits, and compares it with
 * TensorFlow.js's own gradient; why it cannot be traced, where it cannot.
 */
export function agreementOf(
  loss: TensorFunction,
  shape: readonly number[],
  range?: [number, number],
): Agreement | string {
  let traced: ReturnType<typeof tracedCase>;
  try {
    traced = tracedCase('a traced loss', trace(loss, shape, true), shape, range);
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  const run = (engine: Parameters<typeof runCase>[0], workers: number) =>
    runCase(engine, traced, ROWS, workers, (arena) => traced.prepare(arena));
  const reference = run(createReferenceEngine, 1);
  const outcomes = supported.length === 0 ? [reference] : [reference, run(createWith(supported[0]), 1)];
  const expected = outcomes[outcomes.length - 1];
  for (const isa of supported) {
    for (const workers of isa === supported[0] ? [2, 5, 13] : [2]) {
      const other = run(createWith(isa), workers);
      assert.deepEqual(bits(other.buffers.gradient), bits(expected.buffers.gradient), `${isa}, ${workers} ranks`);
      assert.deepEqual(bits(other.sums), bits(expected.sums), `${isa}, ${workers} ranks`);
    }
  }
  assertSameBits(run(createReferenceEngine, 5), reference, 'the reference kernels on 5 ranks');
  const theirs = ofTensorflow(loss, [ROWS, ...shape], reference.buffers);
  const ours = outcomes.map(({ buffers, sums }) => ({
    loss: distance([sums.reduce((a, b) => a + b, 0) / ROWS], theirs.loss),
    gradient: distance(buffers.gradient, theirs.gradient),
  }));
  return {
    loss: Math.max(...ours.map(({ loss }) => loss)),
    gradient: Math.max(...ours.map(({ gradient }) => gradient)),
  };
}

/** The mean of what the function returns, as `tf.LayersModel` takes it, and its gradient. */
function ofTensorflow(loss: TensorFunction, shape: number[], buffers: Readonly<Record<string, Float32Array>>) {
  const [yTrue, yPred] = [buffers.target, buffers.prediction].map((values) => tf.tensor(values, shape));
  const { value, grad } = tf.valueAndGrad((x) => tf.mean(loss(yTrue, x)))(yPred);
  return { loss: value.dataSync(), gradient: grad.dataSync() };
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
