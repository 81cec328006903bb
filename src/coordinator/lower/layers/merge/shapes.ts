import { userError } from '../../../../shared/errors.js';
import type { Value } from '../../builder.js';
import type { LayerDescription } from '../../description.js';

/** Refuses inputs that would have to be repeated along an axis. */
export function requireSameShapes({ name, type, outputShape }: LayerDescription, inputs: readonly Value[]): void {
  const other = inputs.find(({ shape }) => shape.join() !== outputShape.join());
  if (other === undefined) return;
  throw userError(
    'UNSUPPORTED_SHAPES',
    `Layer ${name} (${type}) merges a row of shape [${other.shape.join(', ')}] into one of [${outputShape.join(', ')}]; give inputs of one shape.`,
  );
}

export function isAnyTrained(inputs: readonly Value[]): boolean {
  return inputs.some(({ trained }) => trained);
}

/** An axis counted from the batch as 0, or from the end as −1, counted within a row. */
export function rowAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis - 1;
}
