import { powerOf } from './powerOf.js';
import { realPowerOf } from './realPowerOf.js';

/**
 * How the learning rate follows the steps of a run, as plain data. Every schedule shapes the base learning rate, which
 * callbacks may change; an optimizer's `decay` comes on top.
 */
export type Schedule =
  | ExponentialDecay
  | InverseTimeDecay
  | PiecewiseConstant
  | CosineDecay
  | CosineDecayRestarts
  | PolynomialDecay
  | OneCycle
  | WarmUp;

export interface ExponentialDecay {
  readonly kind: 'exponentialDecay';
  readonly decaySteps: number;
  readonly decayRate: number;
  readonly staircase: boolean;
}

export interface InverseTimeDecay {
  readonly kind: 'inverseTimeDecay';
  readonly decaySteps: number;
  readonly decayRate: number;
  readonly staircase: boolean;
}

export interface PiecewiseConstant {
  readonly kind: 'piecewiseConstant';
  /** Last steps of the pieces but the last one, rising. */
  readonly boundaries: readonly number[];
  /** One a piece, so one more than boundaries. */
  readonly factors: readonly number[];
}

export interface CosineDecay {
  readonly kind: 'cosineDecay';
  readonly decaySteps: number;
  readonly alpha: number;
}

export interface CosineDecayRestarts {
  readonly kind: 'cosineDecayRestarts';
  readonly firstDecaySteps: number;
  readonly tMul: number;
  readonly mMul: number;
  readonly alpha: number;
}

export interface PolynomialDecay {
  readonly kind: 'polynomialDecay';
  readonly decaySteps: number;
  readonly endLearningRate: number;
  readonly power: number;
  readonly cycle: boolean;
}

export interface OneCycle {
  readonly kind: 'oneCycle';
  readonly totalSteps: number;
  readonly pctStart: number;
  readonly divFactor: number;
  readonly finalDivFactor: number;
}

export interface WarmUp {
  readonly kind: 'warmUp';
  readonly warmupSteps: number;
  readonly startFactor: number;
  /** What follows, counted from the end of the warm-up; the base rate when absent. */
  readonly after?: Schedule;
}

/**
 * The learning rate of update number `step` (from 0), before the optimizer's decay; without a schedule the base rate.
 * Every rank evaluates it for itself and all must agree to the bit, on every machine and version of Node: only +, −, ×,
 * ÷ and √ are used, which IEEE 754 defines exactly. V8's Math.cos and Math.pow are free to change in the last place.
 */
export function learningRateAt(schedule: Schedule | undefined, baseRate: number, step: number): number {
  switch (schedule?.kind) {
    case undefined:
      return baseRate;
    case 'exponentialDecay':
      return exponentialDecay(schedule, baseRate, step);
    case 'inverseTimeDecay':
      return inverseTimeDecay(schedule, baseRate, step);
    case 'piecewiseConstant':
      return baseRate * schedule.factors[schedule.boundaries.filter((boundary) => boundary < step).length];
    case 'cosineDecay':
      return baseRate * withFloor(schedule.alpha, halfCosine(Math.min(step / schedule.decaySteps, 1)));
    case 'cosineDecayRestarts':
      return cosineDecayRestarts(schedule, baseRate, step);
    case 'polynomialDecay':
      return polynomialDecay(schedule, baseRate, step);
    case 'oneCycle':
      return oneCycle(schedule, baseRate, step);
    case 'warmUp':
      return warmUp(schedule, baseRate, step);
  }
}

/** Keras: lr · decayRate^(step / decaySteps), the exponent a whole number where `staircase`. */
function exponentialDecay({ decaySteps, decayRate, staircase }: ExponentialDecay, baseRate: number, step: number) {
  const exponent = step / decaySteps;
  return baseRate * (staircase ? powerOf(decayRate, Math.floor(exponent)) : realPowerOf(decayRate, exponent));
}

/** Keras: lr / (1 + decayRate · step / decaySteps), the quotient a whole number where `staircase`. */
function inverseTimeDecay({ decaySteps, decayRate, staircase }: InverseTimeDecay, baseRate: number, step: number) {
  const periods = step / decaySteps;
  return baseRate / (1 + decayRate * (staircase ? Math.floor(periods) : periods));
}

/**
 * Keras, after Loshchilov and Hutter (SGDR, 2017): period i is firstDecaySteps · tMul^i steps long and begins at
 * mMul^i of the base rate; each falls to `alpha` of it along half a cosine.
 */
function cosineDecayRestarts(schedule: CosineDecayRestarts, baseRate: number, step: number): number {
  const { tMul, mMul, alpha } = schedule;
  let length = schedule.firstDecaySteps;
  let restarts = tMul === 1 ? Math.floor(step / length) : 0;
  let start = restarts * length;
  for (; step >= start + length; restarts++, length *= tMul) start += length;
  return baseRate * withFloor(alpha, powerOf(mMul, restarts) * halfCosine((step - start) / length));
}

/** Keras: (lr − end) · (1 − step / decaySteps)^power + end; with `cycle` decaySteps grows to a multiple that is not passed. */
function polynomialDecay(schedule: PolynomialDecay, baseRate: number, step: number): number {
  const { endLearningRate, power, cycle } = schedule;
  const cycles = cycle ? Math.max(1, Math.ceil(step / schedule.decaySteps)) : 1;
  const done = Math.min(step / (schedule.decaySteps * cycles), 1);
  return (baseRate - endLearningRate) * realPowerOf(1 - done, power) + endLearningRate;
}

/**
 * PyTorch's OneCycleLR in two cosine phases, after Smith and Topin (2018): from peak / divFactor up to the peak, which is
 * the base rate, and down to the start's finalDivFactor-th part, where it stays.
 */
function oneCycle({ totalSteps, pctStart, divFactor, finalDivFactor }: OneCycle, peak: number, step: number): number {
  const first = peak / divFactor;
  const last = first / finalDivFactor;
  const top = pctStart * totalSteps - 1;
  if (step <= top && top > 0) return between(peak, first, halfCosine(step / top));
  return between(last, peak, halfCosine(Math.min((step - top) / (totalSteps - 1 - top), 1)));
}

/** A straight line from startFactor of the rate up to the rate with which `after` begins. */
function warmUp({ warmupSteps, startFactor, after }: WarmUp, baseRate: number, step: number): number {
  if (step >= warmupSteps) return learningRateAt(after, baseRate, step - warmupSteps);
  return between(startFactor, 1, step / warmupSteps) * learningRateAt(after, baseRate, 0);
}

function withFloor(alpha: number, share: number): number {
  return between(alpha, 1, share);
}

function between(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

/** (1 + cos πx) / 2 for x in [0, 1]: from exactly 1 down to exactly 0. */
export function halfCosine(x: number): number {
  return x <= 0.5 ? (1 + cosine(Math.PI * x)) / 2 : (1 - cosine(Math.PI * (1 - x))) / 2;
}

/** The Taylor series for angles up to π/2, where its 13 terms reach the last place of a double. */
function cosine(angle: number): number {
  const square = angle * angle;
  let sum = 1;
  for (let k = 24; k > 0; k -= 2) sum = 1 - (square / (k * (k - 1))) * sum;
  return sum;
}
