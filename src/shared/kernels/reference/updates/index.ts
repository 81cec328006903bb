import type { UpdateCall, UpdateKernelName } from '../../updates.js';
import { adam, adamax, nadam } from './adam.js';
import { adadelta, adagrad, rmsprop } from './adaptive.js';
import { average } from './average.js';
import { lion } from './lion.js';
import { boundedNorm, nonNegative, penaltyGradient } from './rules.js';
import { sgd } from './sgd.js';

/** The update kernels in plain TypeScript, in float64 and rounded once where a value is stored. */
export const referenceUpdates: Readonly<Record<UpdateKernelName, (f32: Float32Array, call: UpdateCall) => void>> = {
  sgd,
  rmsprop,
  adagrad,
  adadelta,
  adam,
  adamax,
  nadam,
  lion,
  average,
  penaltyGradient,
  nonNegative,
  boundedNorm,
};
