import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorFunction } from '../../src/coordinator/tracing/trace.js';
import { Draws } from '../../src/shared/random/rng.js';
import { tfc as tf } from '../../src/shared/tfjs/tfjs.js';

/** Losses written of TensorFlow.js's operations by a generator: the same seed writes the same one. */

export interface RandomLoss {
  readonly loss: TensorFunction;
  /** As source text, for messages. */
  readonly text: string;
  /** Shape of one row of the output. */
  readonly shape: readonly number[];
}

/** An expression: how it is computed, and how it is written. All have the shape of the output. */
export interface Expression {
  readonly text: string;
  of(t: Tensor, p: Tensor): Tensor;
}

type Make = (draw: Draw, inner: () => Expression) => Expression;

/** Draws one number after the other. */
export class Draw {
  readonly #draws: ReturnType<Draws['at']>;
  #next = 0;

  constructor(seed: number) {
    this.#draws = new Draws([seed, 0]).at('split', 0, 0, 0);
  }

  uniform(low = 0, high = 1): number {
    return low + (high - low) * this.#draws.uniform(this.#next++);
  }

  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)];
  }
}

const unary =
  (name: string, f: (x: Tensor) => Tensor): Make =>
  (_, inner) => {
    const x = inner();
    return { text: `${name}(${x.text})`, of: (t, p) => f(x.of(t, p)) };
  };

const binary =
  (name: string, f: (a: Tensor, b: Tensor) => Tensor): Make =>
  (_, inner) => {
    const [a, b] = [inner(), inner()];
    return { text: `${name}(${a.text}, ${b.text})`, of: (t, p) => f(a.of(t, p), b.of(t, p)) };
  };

/** A choice by the targets: TensorFlow.js has no gradient of a comparison of predictions. */
const chosen =
  (name: string, condition: (t: Tensor) => Tensor): Make =>
  (_, inner) => {
    const [a, b] = [inner(), inner()];
    return {
      text: `${name}(${a.text}, ${b.text})`,
      of: (t, p) => tf.where(condition(t), a.of(t, p), b.of(t, p)),
    };
  };

/** A binary operation with a number, or with numbers along the last axis. */
const scaled =
  (name: string, f: (a: Tensor, b: Tensor) => Tensor, low: number, high: number): Make =>
  (draw, inner) => {
    const x = inner();
    const isScalar = draw.below(2) === 0;
    const key = draw.uniform(low, high);
    const numbers = (length: number): number[] =>
      Array.from({ length }, (_, i) => low + ((key - low + i * 0.37 * (high - low)) % (high - low)));
    return {
      text: `${name}(${x.text}, ${isScalar ? key.toFixed(3) : 'constants'})`,
      of: (t, p) => {
        const value = x.of(t, p);
        return f(value, isScalar ? tf.scalar(key) : tf.tensor1d(numbers(value.shape.at(-1) as number)));
      },
    };
  };

/** Bounded, so that powers and exponentials of it stay so. */
const bounded = (x: Tensor): Tensor => tf.clipByValue(x, -3, 3);
const positive = (x: Tensor): Tensor => tf.add(tf.abs(x), 0.3);
const last = (x: Tensor): number => x.shape.at(-1) as number;
const backToShape = (x: Tensor, reduced: Tensor): Tensor => tf.sub(x, reduced);

/** Operations of any tensors. */
const makers: readonly Make[] = [
  unary('abs', tf.abs),
  unary('square', (x) => tf.square(bounded(x))),
  unary('sqrtOfPositive', (x) => tf.sqrt(positive(x))),
  unary('rsqrtOfPositive', (x) => tf.rsqrt(positive(x))),
  unary('reciprocalOfPositive', (x) => tf.reciprocal(positive(x))),
  unary('expOfBounded', (x) => tf.exp(bounded(x))),
  unary('expm1OfBounded', (x) => tf.expm1(bounded(x))),
  unary('logOfPositive', (x) => tf.log(positive(x))),
  unary('log1pOfAbs', (x) => tf.log1p(tf.abs(x))),
  unary('sigmoid', tf.sigmoid),
  unary('tanh', tf.tanh),
  unary('softplus', tf.softplus),
  unary('erf', tf.erf),
  unary('sin', tf.sin),
  unary('cos', tf.cos),
  unary('sinhOfBounded', (x) => tf.sinh(bounded(x))),
  unary('coshOfBounded', (x) => tf.cosh(bounded(x))),
  unary('neg', tf.neg),
  unary('relu', tf.relu),
  unary('elu', tf.elu),
  unary('selu', tf.selu),
  unary('leakyRelu', (x) => tf.leakyRelu(x, 0.1)),
  unary('clip', (x) => tf.clipByValue(x, -0.6, 0.7)),
  unary('softmax', (x) => tf.softmax(x)),
  unary('logSoftmax', (x) => tf.logSoftmax(x)),
  unary('swish', (x) => tf.mul(x, tf.sigmoid(x))),
  unary('centred', (x) => backToShape(x, tf.mean(x, -1, true))),
  unary('lessSum', (x) => backToShape(x, tf.sum(x, -1, true))),
  unary('lessMax', (x) => backToShape(x, tf.max(x, -1, true))),
  unary('lessMin', (x) => backToShape(x, tf.min(x, -1, true))),
  unary('lessLogSumExp', (x) => backToShape(x, tf.logSumExp(x, -1, true))),
  unary('normalized', (x) => tf.div(x, tf.add(tf.norm(x, 2, -1, true), 0.1))),
  // TensorFlow.js computes nothing along a negative axis.
  unary('cumsum', (x) => tf.cumsum(x, x.shape.length - 1)),
  unary('rolled', (x) => {
    const axis = x.shape.length - 1;
    const [head, tail] = tf.split(x, [1, last(x) - 1], axis);
    return tf.concat([tail, head], axis);
  }),
  unary('differences', (x) => {
    const begin = x.shape.map(() => 0);
    const size = x.shape.with(-1, last(x) - 1);
    const step = tf.sub(tf.slice(x, begin.with(-1, 1), size), tf.slice(x, begin, size));
    return tf.pad(step, [...x.shape.slice(1).map((): [number, number] => [0, 0]), [0, 1]]);
  }),
  unary('restacked', (x) => {
    const axis = x.shape.length - 1;
    return tf.stack(tf.unstack(x, axis).toReversed(), axis);
  }),
  unary('outerSum', (x) => {
    const axis = x.shape.length;
    return tf.mean(tf.mul(tf.expandDims(x, axis), tf.expandDims(x, axis - 1)), axis);
  }),
  unary('transposedTwice', (x) => {
    const order = [0, ...x.shape.slice(1).map((_, axis) => x.shape.length - 1 - axis)];
    return tf.transpose(tf.tanh(tf.transpose(x, order)), order);
  }),
  unary('flattened', (x) => tf.reshape(tf.softmax(tf.reshape(x, [x.shape[0], -1])), x.shape)),
  unary('merged', (x) => tf.reshape(tf.square(tf.tanh(tf.reshape(x, [-1, last(x)]))), x.shape)),
  unary('mixed', (x) => {
    const size = last(x);
    const matrix = tf.tensor2d(
      Array.from({ length: size * size }, (_, e) => Math.sin(e + 1)),
      [size, size],
    );
    return tf.reshape(tf.matMul(tf.reshape(x, [-1, size]), matrix), x.shape);
  }),
  unary('gram', (x) => {
    const size = last(x);
    const rows = tf.reshape(bounded(x), [x.shape[0], -1, size]);
    return tf.reshape(tf.matMul(tf.matMul(rows, rows, false, true), rows), x.shape);
  }),
  unary('stepped', (x) => tf.mul(x, tf.step(x))),
  unary('atan', tf.atan),
  unary('asinh', tf.asinh),
  unary('atanhOfBounded', (x) => tf.atanh(tf.clipByValue(x, -0.9, 0.9))),
  unary('asinOfBounded', (x) => tf.asin(tf.clipByValue(x, -0.9, 0.9))),
  unary('acosOfBounded', (x) => tf.acos(tf.clipByValue(x, -0.9, 0.9))),
  unary('acoshOfPositive', (x) => tf.acosh(tf.add(positive(x), 1))),
  unary('mod', (x) => tf.mod(x, 0.7)),
  unary('reversed', (x) => tf.reverse(x, x.shape.length - 1)),
  unary('gathered', (x) => {
    const order = Array.from({ length: last(x) }, (_, i) => (i * 2) % last(x));
    return tf.gather(x, tf.tensor1d(order, 'int32'), x.shape.length - 1);
  }),
  binary('add', tf.add),
  binary('sub', tf.sub),
  binary('mul', (a, b) => tf.mul(bounded(a), bounded(b))),
  binary('div', (a, b) => tf.div(a, positive(b))),
  binary('maximum', tf.maximum),
  binary('minimum', tf.minimum),
  binary('squaredDifference', (a, b) => tf.squaredDifference(bounded(a), bounded(b))),
  scaled('add', tf.add, -1, 1),
  scaled('mul', tf.mul, -2, 2),
  scaled('div', tf.div, 0.5, 2),
  scaled('maximum', tf.maximum, -0.5, 0.5),
  scaled('powOfPositive', (x, y) => tf.pow(tf.clipByValue(positive(x), 0.3, 3), y), 0.5, 3),
  scaled('prelu', (x, y) => tf.prelu(x, y), 0.1, 0.9),
];

const choices: readonly Make[] = [
  chosen('whereLess', (t) => tf.less(t, 0.2)),
  chosen('whereBetween', (t) => tf.logicalAnd(tf.greaterEqual(t, -0.5), tf.lessEqual(t, 0.5))),
  chosen('whereOutside', (t) => tf.logicalOr(tf.greater(t, 0.5), tf.logicalNot(tf.greater(t, -0.4)))),
];

const p: Expression = { text: 'p', of: (_, p) => p };
const t: Expression = { text: 't', of: (t) => t };
const error: Expression = { text: '(t - p)', of: (t, p) => tf.sub(t, p) };

function expression(draw: Draw, depth: number, made: readonly Make[]): Expression {
  if (depth === 0) return draw.of([p, p, error, error, t]);
  return draw.of(made)(draw, () => expression(draw, draw.below(3) === 0 ? 0 : depth - 1, made));
}

/** An expression of two tensors of one shape that has a gradient by both: nothing in it is chosen by their values. */
export function differentiable(draw: Draw): Expression {
  return expression(draw, 1 + draw.below(4), makers);
}

/** How a loss ends: one number a row, or the mean over all of them. */
const endings: readonly [string, (x: Tensor) => Tensor][] = [
  ['mean(…, -1)', (x) => tf.mean(x, -1)],
  ['sum(…, -1)', (x) => tf.sum(x, -1)],
  ['mean(…)', (x) => tf.mean(x)],
  ['mean(sum(…, -1))', (x) => tf.mean(tf.sum(x, -1))],
  ['sum(…) / rows', (x) => tf.div(tf.sum(x), x.shape[0])],
  ['…', (x) => x],
];

export const shapes: readonly (readonly number[])[] = [[2], [5], [17], [3, 4]];

/** The loss of a seed. Its gradient by the predictions exists, if only as zeros. */
export function randomLoss(seed: number): RandomLoss {
  const draw = new Draw(seed);
  const shape = draw.of(shapes);
  const inner = expression(draw, 1 + draw.below(4), [...makers, ...choices]);
  const [ending, end] = draw.of(endings);
  // Predictions always count.
  const text = `${ending} of ${inner.text} + 0.1 · (t - p)²`;
  const loss = (yTrue: Tensor, yPred: Tensor): Tensor =>
    end(tf.add(inner.of(yTrue, yPred), tf.mul(0.1, tf.square(tf.sub(yTrue, yPred)))));
  return { loss, text, shape };
}
