import type { UpdateKernelName } from '../kernels/updates.js';
import type { AdamSpec, AdamWSpec, OptimizerKind, OptimizerSpec } from './optimizers.js';
import { powerOf } from './powerOf.js';

/**
 * An optimizer as two pure functions: the vectors it keeps beside the parameters, and the scalars of one update. Ranks
 * evaluate them for themselves and agree to the bit: +, −, ×, ÷ and √ alone.
 */
export interface UpdateRule<S extends OptimizerSpec> {
  readonly kernel: UpdateKernelName;
  /** Names of the kernel's vectors, in its order; null for one that these arguments do without. */
  vectors(spec: S): readonly (string | null)[];
  /** What the vectors hold before the first update; zero by default. */
  initialValue?(spec: S): number;
  /** The kernel's scalars for update number `update` (from 0) at a learning rate. */
  scalars(spec: S, rate: number, update: number): readonly number[];
}

/** Adam and AdamW, which decays weights by default. */
const adam: UpdateRule<AdamSpec | AdamWSpec> = {
  kernel: 'adam',
  vectors: ({ amsgrad }) => ['m', 'v', amsgrad ? 'vMax' : null],
  scalars: ({ beta1, beta2, epsilon }, rate, update) => {
    const correction = Math.sqrt(1 - powerOf(beta2, update + 1)) / (1 - powerOf(beta1, update + 1));
    return [rate * correction, beta1, beta2, epsilon];
  },
};

type Rules = { readonly [K in OptimizerKind]: UpdateRule<Extract<OptimizerSpec, { kind: K }>> };

const rules: Rules = {
  sgd: {
    kernel: 'sgd',
    vectors: ({ momentum }) => [momentum > 0 ? 'velocity' : null],
    scalars: ({ momentum, nesterov }, rate) => [rate, momentum, nesterov ? 1 : 0],
  },
  rmsprop: {
    kernel: 'rmsprop',
    vectors: ({ centered, momentum }) => [
      'velocity',
      centered ? 'meanGradient' : null,
      momentum > 0 ? 'momentum' : null,
    ],
    scalars: ({ rho, momentum, epsilon }, rate) => [rate, rho, momentum, epsilon],
  },
  adagrad: {
    kernel: 'adagrad',
    vectors: () => ['accumulator'],
    initialValue: ({ initialAccumulatorValue }) => initialAccumulatorValue,
    scalars: ({ epsilon }, rate) => [rate, epsilon],
  },
  adadelta: {
    kernel: 'adadelta',
    vectors: () => ['accumulatedGradient', 'accumulatedChange'],
    scalars: ({ rho, epsilon }, rate) => [rate, rho, epsilon],
  },
  adam,
  adamw: adam,
  adamax: {
    kernel: 'adamax',
    vectors: () => ['m', 'u'],
    scalars: ({ beta1, beta2, epsilon }, rate, update) => [
      rate / (1 - powerOf(beta1, update + 1)),
      beta1,
      beta2,
      epsilon,
    ],
  },
  nadam: {
    kernel: 'nadam',
    vectors: () => ['m', 'v'],
    scalars: ({ beta1, beta2, epsilon }, rate, update) => {
      const product = momentumProduct(beta1, update + 1);
      const next = scheduledMomentum(beta1, update + 2);
      const ofMomentum = (rate * next) / (1 - product * next);
      const ofGradient = (rate * (1 - scheduledMomentum(beta1, update + 1))) / (1 - product);
      return [ofMomentum, ofGradient, beta1, beta2, 1 / (1 - powerOf(beta2, update + 1)), epsilon];
    },
  },
  lion: {
    kernel: 'lion',
    vectors: () => ['m'],
    scalars: ({ beta1, beta2 }, rate) => [rate, beta1, beta2],
  },
};

/** Dozat's schedule of Nadam's momentum: μ_t = β1 · (1 − 0.96^t / 2), t from 1. */
function scheduledMomentum(beta1: number, t: number): number {
  return beta1 * (1 - 0.5 * powerOf(0.96, t));
}

/** The last product of each β1, from which the next follows: a step costs one factor, the bits are those of the whole. */
const lastProducts = new Map<number, { t: number; product: number }>();

/** μ_1 · μ_2 · … · μ_t, multiplied in that order. */
function momentumProduct(beta1: number, t: number): number {
  const last = lastProducts.get(beta1);
  let { t: done, product } = last !== undefined && last.t <= t ? last : { t: 0, product: 1 };
  while (done < t) product *= scheduledMomentum(beta1, ++done);
  lastProducts.set(beta1, { t, product });
  return product;
}

/** The rule of an optimizer; the compiler cannot follow the pair of kind and rule through the table. */
export function ruleOf(spec: OptimizerSpec): UpdateRule<OptimizerSpec> {
  return rules[spec.kind] as UpdateRule<OptimizerSpec>;
}

/** What the optimizer itself keeps beside the parameters, in the order of its kernel. */
function ownVectors(spec: OptimizerSpec): string[] {
  return ruleOf(spec)
    .vectors(spec)
    .filter((name) => name !== null);
}

/** Batches whose gradients make one update. */
export function accumulationSteps({ gradientAccumulationSteps = 1 }: OptimizerSpec): number {
  return gradientAccumulationSteps;
}

/**
 * Names of the per-parameter vectors kept beside the parameters, in arena order: the optimizer's own, then the sum of the
 * gradients since the last update, and the moving averages of the weights.
 */
export function momentNames(spec: OptimizerSpec): readonly string[] {
  return [
    ...ownVectors(spec),
    ...(accumulationSteps(spec) > 1 ? ['gradientSum'] : []),
    ...(spec.useEma === true ? ['average'] : []),
  ];
}

/** Where a vector stands among `momentNames`; −1 where it is not kept. */
export function momentIndex(spec: OptimizerSpec, name: string | null): number {
  return name === null ? -1 : momentNames(spec).indexOf(name);
}

/** What each vector of `momentNames` holds before the first update. */
export function initialMoments(spec: OptimizerSpec): readonly number[] {
  const own = ownVectors(spec).length;
  return momentNames(spec).map((_, index) => (index < own ? (ruleOf(spec).initialValue?.(spec) ?? 0) : 0));
}
