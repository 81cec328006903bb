/**
 * Update kernels: what happens to one slice of the flat vectors, element by element. Both kernel tables have the same
 * ones under the same names and read vectors and scalars by position.
 */
export const updateKernels = {
  /** rate, momentum, nesterov (0 or 1) · velocity? */
  sgd: { vectors: 1, scalars: 3 },
  /** rate, rho, momentum, epsilon · velocity, mean gradient?, momentum? */
  rmsprop: { vectors: 3, scalars: 4 },
  /** rate, epsilon · accumulator */
  adagrad: { vectors: 1, scalars: 2 },
  /** rate, rho, epsilon · accumulated gradient, accumulated change */
  adadelta: { vectors: 2, scalars: 3 },
  /** step size, beta1, beta2, epsilon · m, v, largest v? */
  adam: { vectors: 3, scalars: 4 },
  /** step size, beta1, beta2, epsilon · m, u */
  adamax: { vectors: 2, scalars: 4 },
  /** share of m, share of the gradient, beta1, beta2, correction of v, epsilon · m, v */
  nadam: { vectors: 2, scalars: 6 },
  /** rate, beta1, beta2 · m */
  lion: { vectors: 1, scalars: 3 },
  /** momentum · moving averages of the weights; takes no gradient */
  average: { vectors: 1, scalars: 1 },
  /** l1, l2 · writes the gradient */
  penaltyGradient: { vectors: 0, scalars: 2 },
  /** takes no gradient */
  nonNegative: { vectors: 0, scalars: 0 },
  /** reduced, inner, min, max, rate, epsilon; from and to are those of a whole weight, which takes no gradient */
  boundedNorm: { vectors: 0, scalars: 6 },
} as const;

export type UpdateKernelName = keyof typeof updateKernels;

/**
 * One call of an update kernel: places are float32 offsets in the arena. What changes from step to step may be written
 * into a call that is kept.
 */
export interface UpdateCall {
  readonly parameters: number;
  gradient: number;
  /** One offset per vector of the kernel; −1 for one that is not kept. */
  readonly vectors: readonly number[];
  /** Elements [from, to) of the flat vector. */
  readonly from: number;
  readonly to: number;
  /** The gradient is multiplied by it, */
  gradientScale: number;
  /** then clipped to ± this; Infinity where it is not. */
  readonly clip: number;
  /** The share that each weight loses before its update: decoupled weight decay. */
  weightLoss: number;
  scalars: readonly number[];
}

/** What a sum over elements adds up: x² or |x|. */
export const sumTerms = ['squares', 'absolutes'] as const;
export type SumTerm = (typeof sumTerms)[number];
