import type { OptimizerSpec } from '../../../shared/optimizers/optimizers.js';
import { powerOf } from '../../../shared/optimizers/powerOf.js';
import { momentIndex } from '../../../shared/optimizers/updateRules.js';
import type { Parameter } from '../../../shared/program/parameter.js';
import type { WrittenTensor } from '../hdf5/write.js';
import { isRateVariable } from './compileConfig.js';
import { variableLayout } from './optimizerVariables.js';

/** Where a trainer's optimizer stands. */
export interface WrittenState {
  readonly optimizer: OptimizerSpec;
  readonly learningRate: number;
  readonly step: number;
  /** A vector by its place in `momentNames`. */
  momentOf(weight: Parameter, index: number): Float32Array;
}

/** The variables of Keras's optimizer for trained weights in the order of its file. */
export function writeVariables(state: WrittenState, trained: readonly Parameter[]): WrittenTensor[] {
  const { optimizer, learningRate, step, momentOf } = state;
  const layout = variableLayout(optimizer, isRateVariable(optimizer));
  if (layout === undefined) return [];
  const vectors = layout.lists.flatMap((list) =>
    trained.flatMap((weight) =>
      list.map((name) => ({ shape: weight.shape, values: momentOf(weight, momentIndex(optimizer, name)) })),
    ),
  );
  return [
    { shape: [], values: BigInt64Array.of(BigInt(step)) },
    ...(layout.hasRate ? [number(learningRate)] : []),
    ...vectors,
    ...(optimizer.kind === 'nadam' ? [number(momentumProduct(optimizer.beta1, step))] : []),
  ];
}

const number = (value: number): WrittenTensor => ({ shape: [], values: Float32Array.of(value) });

/** Nadam's product of μ_t = β1 · (1 − 0.96^t / 2) over the updates so far, in float32 (keras/src/optimizers/nadam.py). */
function momentumProduct(beta1: number, step: number): number {
  let product = 1;
  for (let t = 1; t <= step && product > 0; t++) {
    product = Math.fround(product * Math.fround(beta1 * (1 - 0.5 * powerOf(0.96, t))));
  }
  return product;
}
