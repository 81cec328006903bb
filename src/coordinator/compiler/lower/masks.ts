import { userError } from '../../../shared/errors.js';
import type { Builder, Value } from './builder.js';
import type { LayerDescription } from './description.js';
import type { SingleLowering } from './layer.js';

/** Merged values: a step is there where it is in any input; all are where an input has no mask, as in Keras. */
export function withMergedMask(
  layer: LayerDescription,
  values: readonly Value[],
  inputs: readonly Value[],
  to: Builder,
): readonly Value[] {
  const masks = new Set(inputs.map(({ mask }) => mask));
  if (masks.has(undefined)) return values;
  requireSameSteps(layer, values, inputs);
  const [first, ...others] = [...masks] as number[];
  const steps = inputs[0].shape[0];
  const mask = others.reduce((a, b) => {
    const y = to.buffer(`${layer.name} mask`, steps);
    to.emit({ kernel: 'maximum', args: { a, b, y, size: steps, smallest: 0 } });
    return y;
  }, first);
  return values.map((value) => ({ ...value, mask }));
}

function requireSameSteps({ name, type }: LayerDescription, values: readonly Value[], inputs: readonly Value[]): void {
  const [{ shape }] = values;
  if (inputs.every((x) => x.shape[0] === shape[0])) return;
  throw userError(
    'UNSUPPORTED_MODEL',
    `Layer ${name} (${type}) joins masked sequences along their steps, which does not lower to kernels; end the masks before it, or join along the last axis.`,
  );
}

/** Layers whose mathematics a mask changes, by Keras class name: how they lower where their input has one. */
export const maskedLowerings: ReadonlyMap<string, SingleLowering['lower']> = new Map([
  ['GlobalAveragePooling1D', lowerMaskedMean],
]);

/** The mean over the steps that are there. */
function lowerMaskedMean(layer: LayerDescription, x: Value, to: Builder): Value {
  const [steps, size] = x.shape;
  const mask = x.mask as number;
  const y = to.buffer(`${layer.name} output`, size);
  to.emit({ kernel: 'maskedMeanForward', args: { x: x.buffer, mask, y, steps, size } });
  to.onBackward((dy) => {
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, steps * size);
    to.emitBackward({ kernel: 'maskedMeanBackward', args: { mask, dy, dx, steps, size } });
    return dx;
  });
  return { buffer: y, shape: layer.outputShape, trained: x.trained };
}
