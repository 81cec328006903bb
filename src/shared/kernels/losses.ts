import { clip, isClipped } from './reference/clip.js';
import { flushed } from './reference/denormals.js';

/** Keras's epsilon, as float32 holds it. */
const EPSILON = Math.fround(1e-7);

/** Options of losses; those that a loss does not have stand at what changes nothing. */
interface ElementLossOptions extends FocalOptions {
  readonly delta: number;
}

/** How the focal loss weighs elements; alpha −1 and gamma 0 make it the plain cross-entropy. */
export interface FocalOptions {
  readonly alpha: number;
  readonly gamma: number;
}

/** An element's loss from prediction p and target t, and its derivative by p. */
interface ElementLossFormula {
  at(p: number, t: number, options: ElementLossOptions): number;
  slope(p: number, t: number, options: ElementLossOptions): number;
}

/** Keras's hinge losses take targets 0 and 1 for −1 and 1. */
const signOf = (t: number): number => (flushed(t) === 0 ? -1 : t);

const logOnePlus = (value: number): number => Math.log1p(Math.max(value, EPSILON));

const clipLow = (value: number): number => Math.min(Math.max(value, EPSILON), 1);

/** A probability of the target's own class, and how it moves with p. */
const agreement = (p: number, t: number): number => t * p + (1 - t) * (1 - p);

const crossentropy = (p: number, t: number): number => -t * Math.log(clip(p)) - (1 - t) * Math.log(1 - clip(p));

const crossentropySlope = (p: number, t: number): number => (isClipped(p) ? 0 : (1 - t) / (1 - p) - t / p);

/** The weight of an element of the focal loss: alpha for the class 1, 1 − alpha for 0; 1 for both where alpha is −1. */
export const balance = (t: number, { alpha }: FocalOptions): number =>
  alpha < 0 ? 1 : t * alpha + (1 - t) * (1 - alpha);

/** The derivative of miss^gamma; a miss of 0 has none, also where it would be infinite. */
export const steepness = (miss: number, { gamma }: FocalOptions): number =>
  gamma === 0 || miss === 0 ? 0 : gamma * miss ** (gamma - 1);

/**
 * Losses that are a sum over the elements of a group, whose gradient at an element depends on that element alone. The
 * formulas are those of Keras 3, `keras/src/losses/losses.py`; where a derivative jumps, TensorFlow's choice. The native
 * ones are in native/src/families/loss/elements.h.
 */
export const elementLossFormulas = {
  meanSquaredError: { at: (p, t) => (p - t) ** 2, slope: (p, t) => 2 * (p - t) },
  meanAbsoluteError: { at: (p, t) => Math.abs(p - t), slope: (p, t) => Math.sign(p - t) },
  meanAbsolutePercentageError: {
    at: (p, t) => (100 * Math.abs(p - t)) / Math.max(Math.abs(t), EPSILON),
    slope: (p, t) => (100 * Math.sign(p - t)) / Math.max(Math.abs(t), EPSILON),
  },
  meanSquaredLogarithmicError: {
    at: (p, t) => (logOnePlus(p) - logOnePlus(t)) ** 2,
    slope: (p, t) => (p < EPSILON ? 0 : (2 * (logOnePlus(p) - logOnePlus(t))) / (1 + p)),
  },
  hinge: {
    at: (p, t) => Math.max(1 - signOf(t) * p, 0),
    slope: (p, t) => (signOf(t) * p > 1 ? 0 : -signOf(t)),
  },
  squaredHinge: {
    at: (p, t) => Math.max(1 - signOf(t) * p, 0) ** 2,
    slope: (p, t) => -2 * signOf(t) * Math.max(1 - signOf(t) * p, 0),
  },
  logCosh: {
    at: (p, t) => Math.abs(p - t) + Math.log1p(Math.exp(-2 * Math.abs(p - t))) - Math.LN2,
    slope: (p, t) => Math.tanh(p - t),
  },
  huber: {
    at: (p, t, { delta }) => {
      const error = Math.abs(p - t);
      return error <= delta ? error ** 2 / 2 : delta * error - delta ** 2 / 2;
    },
    slope: (p, t, { delta }) => Math.min(Math.max(p - t, -delta), delta),
  },
  poisson: { at: (p, t) => p - t * Math.log(p + EPSILON), slope: (p, t) => 1 - t / (p + EPSILON) },
  kullbackLeiblerDivergence: {
    at: (p, t) => clipLow(t) * Math.log(clipLow(t) / clipLow(p)),
    slope: (p, t) => (p < EPSILON || p > 1 ? 0 : -clipLow(t) / p),
  },
  binaryCrossentropy: { at: crossentropy, slope: crossentropySlope },
  /** Lin et al., "Focal loss for dense object detection", 2017: (1 − agreement)^gamma · crossentropy. */
  binaryFocalCrossentropy: {
    at: (p, t, a) => balance(t, a) * (1 - agreement(p, t)) ** a.gamma * crossentropy(p, t),
    slope: (p, t, a) => {
      const miss = 1 - agreement(p, t);
      const turned = steepness(miss, a) * (1 - 2 * t) * crossentropy(p, t);
      return balance(t, a) * (miss ** a.gamma * crossentropySlope(p, t) + turned);
    },
  },
  /** What has computed the prediction is the loss. */
  identity: { at: (p) => p, slope: () => 1 },
} as const satisfies Readonly<Record<string, ElementLossFormula>>;

export type ElementLoss = keyof typeof elementLossFormulas;

/** Their names; the position in this list is the number by which kernels know a loss. */
export const elementLosses = Object.keys(elementLossFormulas) as readonly ElementLoss[];
