import type { Schedule } from './schedules.js';

/**
 * An optimizer as plain data, with every argument resolved. `learningRate` is the initial base rate; `schedule` and
 * `decay` shape it step by step.
 */
export type OptimizerSpec =
  | {
      readonly kind: 'adam';
      readonly learningRate: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly decay: number;
      readonly amsgrad: boolean;
      readonly schedule?: Schedule;
    }
  | {
      readonly kind: 'sgd';
      readonly learningRate: number;
      readonly momentum: number;
      readonly nesterov: boolean;
      readonly decay: number;
      readonly schedule?: Schedule;
    };

export type AdamSpec = Extract<OptimizerSpec, { kind: 'adam' }>;
export type SgdSpec = Extract<OptimizerSpec, { kind: 'sgd' }>;

/** Names of the per-parameter vectors an optimizer keeps beside the parameters, in arena order. */
export function momentNames(spec: OptimizerSpec): readonly string[] {
  if (spec.kind === 'adam') return spec.amsgrad ? ['m', 'v', 'vMax'] : ['m', 'v'];
  return spec.momentum > 0 ? ['velocity'] : [];
}

/**
 * What an update over a slice needs: places in the arena (float32 offsets) and the step's scalars. The same for both
 * kernel tables.
 */
export interface UpdateSlice {
  readonly parameters: number;
  readonly gradient: number;
  /** One offset per name of `momentNames`. */
  readonly moments: readonly number[];
  /** Elements [from, to) of the flat vector. */
  readonly from: number;
  readonly to: number;
}

/** xⁿ for whole n ≥ 0 by squaring: the same bits on every machine, which Math.pow does not promise. */
export function powerOf(x: number, n: number): number {
  let result = 1;
  for (let base = x; n > 0; n = Math.floor(n / 2), base *= base) if (n % 2 === 1) result *= base;
  return result;
}

/** Keras's time decay: lr / (1 + decay · t), t updates applied before this one. */
export function decayed(learningRate: number, decay: number, step: number): number {
  return learningRate / (1 + decay * step);
}

/** The step size of Adam's update number `step` (from 0): lr_t · √(1−β2^t) / (1−β1^t) with t = step + 1. */
export function adamStepSize(spec: AdamSpec, learningRate: number, step: number): number {
  const t = step + 1;
  const correction = Math.sqrt(1 - powerOf(spec.beta2, t)) / (1 - powerOf(spec.beta1, t));
  return decayed(learningRate, spec.decay, step) * correction;
}
