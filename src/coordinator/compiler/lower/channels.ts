import type { Builder, Value } from './builder.js';
import type { LayerDescription } from './description.js';
import type { LayerLowering, SingleLowering } from './layer.js';
import { lowerPermuted } from './strided.js';

/** The lowering of this layer: one whose channels come first becomes the one whose channels come last, between two permutations. */
export function inChannelsLast(lowering: LayerLowering, layer: LayerDescription): LayerLowering {
  if (layer.config.dataFormat !== 'channelsFirst' || lowering.lower === undefined) return lowering;
  const { lower } = lowering;
  return { ...lowering, lower: (own, x, to, find) => lowerBetween(lower, own, x, to, find) };
}

function lowerBetween(
  lower: SingleLowering['lower'],
  layer: LayerDescription,
  x: Value,
  to: Builder,
  find: Parameters<SingleLowering['lower']>[3],
): Value {
  const last = {
    ...layer,
    inputShape: toLast(layer.inputShape),
    outputShape: toLast(layer.outputShape),
    config: { ...layer.config, dataFormat: 'channelsLast' },
  };
  const entering = lowerPermuted({ name: `${layer.name} channels last` }, x, toLast([...x.shape.keys()]), to);
  const made = lower(last, entering, to, find);
  const { length } = layer.outputShape;
  if (length === 1) return made;
  const axes = [...made.shape.keys()];
  const back = [length - 1, ...axes.slice(0, -1)];
  return lowerPermuted({ name: `${layer.name} channels first` }, made, back, to);
}

/** What stands first moves to the end. */
export function toLast<T>([channels, ...places]: readonly T[]): T[] {
  return [...places, channels];
}
