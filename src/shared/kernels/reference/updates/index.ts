import { perKernel } from '../../../optimizers/optimizers.js';
import type { UpdateCall } from '../../updateCall.js';
import type { UpdateKernelName } from '../../updates.js';
import { average } from './average.js';
import { boundedNorm, nonNegative, penaltyGradient } from './rules.js';

type Update = (f32: Float32Array, call: UpdateCall) => void;

/** The kernels of optimizers in plain TypeScript, in float64 and rounded once where a value is stored. */
const optimizerUpdates: Readonly<Record<string, { readonly update: Update; readonly whole?: true }>> = perKernel(
  (kernel) => kernel,
);

/** What happens to weights beside that. */
const weightUpdates: Readonly<Record<string, Update>> = { average, penaltyGradient, nonNegative, boundedNorm };

/** Elements that are looked at while they are still in the cache. */
const BLOCK = 4096;

/** Runs an update kernel; of an optimizer's, whether the gradient and the new weights are finite. */
export function update(f32: Float32Array, kernel: UpdateKernelName, call: UpdateCall): boolean {
  const optimizer = optimizerUpdates[kernel];
  if (optimizer === undefined) {
    weightUpdates[kernel](f32, call);
    return true;
  }
  let areFinite = true;
  const block = optimizer.whole ? call.to - call.from : BLOCK;
  for (let from = call.from; from < call.to; from += block) {
    const to = Math.min(from + block, call.to);
    optimizer.update(f32, { ...call, from, to });
    areFinite &&= areAllFinite(f32, call.gradient, from, to) && areAllFinite(f32, call.parameters, from, to);
  }
  return areFinite;
}

function areAllFinite(f32: Float32Array, at: number, from: number, to: number): boolean {
  for (let e = from; e < to; e++) if (!Number.isFinite(f32[at + e])) return false;
  return true;
}
