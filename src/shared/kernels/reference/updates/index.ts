import { perKernel } from '../../../optimizers/optimizers.js';
import type { UpdateCall } from '../../updateCall.js';
import type { UpdateKernelName } from '../../updates.js';
import { average } from './average.js';
import { boundedNorm, nonNegative, penaltyGradient } from './rules.js';

type Update = (f32: Float32Array, call: UpdateCall) => void;

/** The update kernels in plain TypeScript, in float64 and rounded once where a value is stored. */
export const referenceUpdates: Readonly<Record<UpdateKernelName, Update>> = {
  ...perKernel(({ update }) => update),
  average,
  penaltyGradient,
  nonNegative,
  boundedNorm,
};
