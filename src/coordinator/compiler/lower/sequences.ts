import { positiveSingle } from './arguments.js';
import type { Builder, Value } from './builder.js';
import type { LayerDescription } from './description.js';
import type { SingleLowering } from './layer.js';

/** Arguments of a layer over sequences whose lowering is that of one over images of height 1. */
export const sequenceWindows = {
  kernelSize: positiveSingle,
  strides: positiveSingle.optional(),
  dilationRate: positiveSingle.optional(),
};

/** Lowers a sequence (steps, channels) as an image (1, steps, channels); windows and kernels are of height 1. */
export function lowerAsImage(
  { lower }: Pick<SingleLowering, 'lower'>,
  layer: LayerDescription,
  x: Value,
  to: Builder,
  find: Parameters<SingleLowering['lower']>[3],
): Value {
  const { config, weights, inputShape, outputShape } = layer;
  const flat = (value: unknown): readonly unknown[] => [1, [value ?? 1].flat()[0]];
  const { kernelSize, strides, dilationRate } = config;
  const image = {
    ...layer,
    inputShape: [1, ...inputShape],
    outputShape: [1, ...outputShape],
    config: { ...config, kernelSize: flat(kernelSize), strides: flat(strides), dilationRate: flat(dilationRate) },
    weights: weights.map((weight) => (weight.shape.length === 1 ? weight : { ...weight, shape: [1, ...weight.shape] })),
  };
  const y = lower(image, { ...x, shape: image.inputShape }, to, find);
  return { ...y, shape: outputShape };
}
