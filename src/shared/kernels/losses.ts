/**
 * Losses that are a sum over the elements of a group, whose gradient at an element depends on that element alone. The
 * position in this list is the number by which kernels know them.
 */
export const elementLosses = [
  'meanSquaredError',
  'meanAbsoluteError',
  'meanAbsolutePercentageError',
  'meanSquaredLogarithmicError',
  'hinge',
  'squaredHinge',
  'logCosh',
  'huber',
  'poisson',
  'kullbackLeiblerDivergence',
  'binaryCrossentropy',
  'binaryFocalCrossentropy',
] as const;

export type ElementLoss = (typeof elementLosses)[number];
