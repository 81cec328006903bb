import type { Schedule } from './schedules.js';

/** What every optimizer may be told beside its own arguments; names and meanings as in Keras 3. */
export interface UpdateOptions {
  /** The initial base rate; `schedule` and `decay` shape it step by step. */
  readonly learningRate: number;
  /** Divides the rate of step t (from 0) by 1 + decay · t. */
  readonly decay: number;
  readonly schedule?: Schedule;
  /** Most length of the gradient of each parameter; at most one of the three clippings is given. */
  readonly clipnorm?: number;
  /** Most length of the gradients of all parameters together. */
  readonly globalClipnorm?: number;
  /** Most absolute value of any element of a gradient. */
  readonly clipvalue?: number;
  /** Decoupled weight decay (Loshchilov and Hutter, 2019): before its update a weight loses rate · weightDecay of itself. */
  readonly weightDecay?: number;
  /** Regular expressions; a weight whose name matches one is not decayed. */
  readonly excludeFromWeightDecay?: readonly string[];
  /** Keep a moving average of the weights, with which they are replaced when `fit` ends. */
  readonly useEma?: boolean;
  /** The share that an average keeps at a step; default 0.99. */
  readonly emaMomentum?: number;
  /** Replace the weights by their averages after every so many updates, too. */
  readonly emaOverwriteFrequency?: number;
  /** Update once in so many batches, with the mean of their gradients. */
  readonly gradientAccumulationSteps?: number;
}

export interface SgdSpec extends UpdateOptions {
  readonly kind: 'sgd';
  readonly momentum: number;
  readonly nesterov: boolean;
}

export interface RmspropSpec extends UpdateOptions {
  readonly kind: 'rmsprop';
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
}

export interface AdagradSpec extends UpdateOptions {
  readonly kind: 'adagrad';
  readonly initialAccumulatorValue: number;
  readonly epsilon: number;
}

export interface AdadeltaSpec extends UpdateOptions {
  readonly kind: 'adadelta';
  readonly rho: number;
  readonly epsilon: number;
}

/** The arguments of the Adam family. */
interface MomentEstimates extends UpdateOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export interface AdamSpec extends MomentEstimates {
  readonly kind: 'adam';
  readonly amsgrad: boolean;
}

export interface AdamWSpec extends MomentEstimates {
  readonly kind: 'adamw';
  readonly amsgrad: boolean;
  readonly weightDecay: number;
}

export interface AdamaxSpec extends MomentEstimates {
  readonly kind: 'adamax';
}

export interface NadamSpec extends MomentEstimates {
  readonly kind: 'nadam';
}

export interface LionSpec extends UpdateOptions {
  readonly kind: 'lion';
  readonly beta1: number;
  readonly beta2: number;
}

/** An optimizer as plain data, with every argument resolved. */
export type OptimizerSpec =
  | SgdSpec
  | RmspropSpec
  | AdagradSpec
  | AdadeltaSpec
  | AdamSpec
  | AdamWSpec
  | AdamaxSpec
  | NadamSpec
  | LionSpec;

export type OptimizerKind = OptimizerSpec['kind'];

/** Keras's time decay: lr / (1 + decay · t), t steps taken before this one. */
export function decayed(learningRate: number, decay: number, step: number): number {
  return learningRate / (1 + decay * step);
}
