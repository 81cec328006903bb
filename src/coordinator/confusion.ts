import { userError } from '../shared/errors.js';
import { type Column, columnArray } from '../shared/memory/dataset.js';
import { targetsOf } from './options/losses.js';
import type { LossSpec } from './options/objectives.js';

/** How often rows of one class were taken for another: counts[truth][prediction]. */
export type ConfusionMatrix = readonly (readonly number[])[];

/** Refuses what has no classes: regressions, and several labels a row. */
export function requireClasses(loss: LossSpec | null, size: number): asserts loss is LossSpec {
  const name = loss?.name ?? 'none';
  const targets = loss === null ? 'numbers' : targetsOf(loss.name);
  if (targets === 'classes' || targets === 'oneHot' || (targets === 'binary' && size === 1)) return;
  throw userError(
    'NO_CLASSES',
    `A confusion matrix needs one class a row, but the loss is ${name} over ${size} outputs; use it for a classifier.`,
  );
}

/** Counts groups of `size` predictions by the class of their target and the class that is predicted. */
export function countConfusions(
  target: Column,
  predictions: Float32Array,
  size: number,
  loss: LossSpec,
): ConfusionMatrix {
  const classes = Math.max(size, 2);
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const values = columnArray(target);
  const groups = predictions.length / size;
  const threshold = 'fromLogits' in loss && loss.fromLogits ? 0 : 0.5;
  for (let group = 0; group < groups; group++) {
    const truth = target.type === 'int32' ? values[group] : classAt(values, group, size, 0.5 / target.scale);
    counts[truth][classAt(predictions, group, size, threshold)]++;
  }
  return counts;
}

/** The class of a group: the first of the largest, or of a single number whether it is above the threshold. */
function classAt(values: ArrayLike<number>, group: number, size: number, threshold: number): number {
  const first = group * size;
  if (size === 1) return Number(values[first] > threshold);
  let largest = first;
  for (let i = first + 1; i < first + size; i++) if (values[i] > values[largest]) largest = i;
  return largest - first;
}
