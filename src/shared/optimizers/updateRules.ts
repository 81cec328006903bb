import type { UpdateKernel } from './definition.js';
import { type OptimizerKernelName, type OptimizerSpec, optimizers } from './optimizers.js';

/** The vectors that an optimizer keeps beside the parameters, and the scalars of one update. */
export interface UpdateRule {
  readonly kernel: UpdateKernel<OptimizerKernelName>;
  vectors(spec: OptimizerSpec): readonly (string | null)[];
  initialValues?(spec: OptimizerSpec): readonly number[];
  scalars(spec: OptimizerSpec, rate: number, update: number): readonly number[];
  shapeScalars?(shape: readonly number[]): readonly number[];
}

/** The rule of an optimizer; the compiler cannot follow the pair of kind and rule through the table. */
export function ruleOf(spec: OptimizerSpec): UpdateRule {
  return optimizers.find(({ kind }) => kind === spec.kind) as UpdateRule;
}

/** Whether each weight is updated as a whole, by one rank. */
export function updatesWhole(spec: OptimizerSpec): boolean {
  return ruleOf(spec).kernel.whole === true;
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
  const own = ruleOf(spec).initialValues?.(spec) ?? [];
  return momentNames(spec).map((_, index) => own[index] ?? 0);
}
