import { type OptimizerKernelName, perKernel } from '../optimizers/optimizers.js';

/** What a kernel takes: how many vectors and scalars, by position. */
interface UpdateSignature {
  readonly vectors: number;
  readonly scalars: number;
}

/** What happens to weights beside the optimizer's own update. */
const weightKernels = {
  /** momentum · moving averages of the weights; takes no gradient */
  average: { vectors: 1, scalars: 1 },
  /** l1, l2 · writes the gradient */
  penaltyGradient: { vectors: 0, scalars: 2 },
  /** takes no gradient */
  nonNegative: { vectors: 0, scalars: 0 },
  /** reduced, inner, min, max, rate, epsilon; from and to are those of a whole weight, which takes no gradient */
  boundedNorm: { vectors: 0, scalars: 6 },
} as const satisfies Readonly<Record<string, UpdateSignature>>;

export type UpdateKernelName = OptimizerKernelName | keyof typeof weightKernels;

/**
 * Update kernels: what happens to one slice of the flat vectors, element by element. Both kernel tables have the same
 * ones under the same names and read vectors and scalars by position.
 */
export const updateKernels: Readonly<Record<UpdateKernelName, UpdateSignature>> = {
  ...perKernel(({ vectors, scalars }) => ({ vectors, scalars })),
  ...weightKernels,
};
