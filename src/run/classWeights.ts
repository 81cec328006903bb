import type { ClassWeights, LabelledData } from '../coordinator/options/trainerOptions.js';
import { userError } from '../shared/errors.js';

/**
 * Weights by which every class counts as much as any other: rows / (classes × rows of the class), as scikit-learn's `balanced`. They are
 * taken from the training rows alone.
 */
export function balancedWeights(y: LabelledData['y'] | undefined, name = 'fit.classWeight'): ClassWeights {
  const given = y as { readonly values?: ArrayLike<number>; readonly shape?: readonly number[] } | undefined;
  const { values, shape } = given ?? {};
  if (values === undefined || shape === undefined) {
    throw userError(
      'INVALID_OPTION',
      `${name} is balanced, but the labels are not read before training; give a weight for each class.`,
    );
  }
  const counts =
    shape.length > 1 && shape[shape.length - 1] > 1
      ? countColumns(values, shape[shape.length - 1])
      : countNumbers(values);
  const met = Object.values(counts);
  const rows = met.reduce((sum, count) => sum + count, 0);
  return Object.fromEntries(Object.entries(counts).map(([number, count]) => [number, rows / (met.length * count)]));
}

function countNumbers(values: ArrayLike<number>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < values.length; i++) counts[values[i]] = (counts[values[i]] ?? 0) + 1;
  return counts;
}

/** Of labels that are a 1 among as many columns as there are classes. */
function countColumns(values: ArrayLike<number>, classes: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < values.length; i++) if (values[i] === 1) counts[i % classes] = (counts[i % classes] ?? 0) + 1;
  return counts;
}
