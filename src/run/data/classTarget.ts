import type { TargetKind } from '../../coordinator/data/csv.js';
import { targetsOf } from '../../coordinator/options/losses.js';
import { userError } from '../../shared/errors.js';
import type { DataRequest } from './format.js';

/** What a class is given to the model as. */
export type ClassTarget = Exclude<TargetKind, 'numbers'>;

/**
 * How the classes of rows are given to the model, by its loss, for data that have classes and no numbers. `what`: the data, for
 * messages.
 */
export function classTarget(what: string, { losses, model }: DataRequest): ClassTarget {
  const [{ name }] = losses;
  const targets = targetsOf(name);
  const outputs = model.outputShape[model.outputShape.length - 1];
  if (targets === 'numbers') {
    throw userError(
      'TARGET_MISMATCH',
      `compile.loss is ${name}, which takes numbers, but ${what} has classes; use sparseCategoricalCrossentropy.`,
    );
  }
  if (targets !== 'binary') return targets === 'classes' ? 'classes' : 'oneHot';
  if (outputs === 1) return 'binary';
  throw userError(
    'TARGET_MISMATCH',
    `compile.loss is ${name}, which reads one label a row, but the model has ${outputs} outputs; give the last layer units: 1, or use sparseCategoricalCrossentropy.`,
  );
}

/** The model has an output for each class. */
export function requireOutputs(
  what: string,
  classes: number,
  target: ClassTarget,
  outputShape: readonly number[],
): void {
  const outputs = target === 'binary' ? 2 : outputShape[outputShape.length - 1];
  if (classes === outputs) return;
  const units = target === 'binary' ? 'units: 1 only tells two apart' : `its last layer has units: ${outputs}`;
  throw userError(
    'CLASS_COUNT',
    `${what} has ${classes} classes, but the model tells ${outputs} apart, as ${units}; change the last layer's units.`,
  );
}
