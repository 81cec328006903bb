import type { Builder, Value } from '../../builder.js';
import type { LayerDescription } from '../../description.js';
import { lowerRepeated } from '../../strided.js';

/**
 * The inputs of a merge layer in the shape of its output: repeated along axes of length 1, as Keras does, and how their
 * gradients come back.
 */
export function inOneShape(layer: LayerDescription, inputs: readonly Value[], to: Builder) {
  const repeated = inputs.map((x) => lowerRepeated(layer, x, layer.outputShape, to));
  return {
    values: repeated.map(({ value }) => value),
    backward: (gradients: readonly number[]) => gradients.map((dy, i) => repeated[i].backward(dy)),
  };
}

export function isAnyTrained(inputs: readonly Value[]): boolean {
  return inputs.some(({ trained }) => trained);
}

/** An axis counted from the batch as 0, or from the end as −1, counted within a row. */
export function rowAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis - 1;
}
