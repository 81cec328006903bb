import { z } from 'zod';
import { userError } from '../../../shared/errors.js';
import type { Builder, Value } from './builder.js';
import { inChannelsLast } from './channels.js';
import type { LayerDescription } from './description.js';
import type { FindLowering, LayerLowering } from './layer.js';

/** The config of the layer that another wraps, as a user writes it. */
export const wrappedLayer = z.record(z.string(), z.unknown());

/** The layer that another wraps, as TensorFlow.js serialises it. */
interface WrappedLayer {
  readonly className: string;
  readonly config: LayerDescription['config'];
}

export const wrappedIn = (config: LayerDescription['config']): WrappedLayer => config.layer as WrappedLayer;

/** The recurrent layers. */
export const recurrentTypes: readonly string[] = ['SimpleRNN', 'GRU', 'LSTM'];

/** The lowering of a wrapped layer; refuses those not among `types` where given, else those of several inputs or outputs. */
export function wrappedLowering(
  { name, type, config }: LayerDescription,
  find: FindLowering,
  types?: readonly string[],
): LayerLowering {
  const { className, config: own } = wrappedIn(config);
  const lowering = find({ name, type: className });
  const isSingle = lowering.lower !== undefined || (recurrentTypes.includes(className) && own.returnState !== true);
  if (types === undefined ? isSingle : types.includes(className)) return lowering;
  throw userError(
    'UNSUPPORTED_LAYER',
    `Layer ${name} is a ${type} of ${className}, which does not lower to kernels; ${types === undefined ? 'give a layer of one input and one output' : `give one of ${types.join(', ')}`}.`,
  );
}

/** Lowers a wrapped layer's call: its values, and how gradients pass it. */
export function lowerWrapped(
  known: LayerLowering,
  layer: LayerDescription,
  inputs: readonly Value[],
  to: Builder,
  find: FindLowering,
) {
  const lowering = inChannelsLast(known, layer);
  if (lowering.lower === undefined) return to.call(() => lowering.lowerCall(layer, inputs, to, find));
  const { value, backward } = to.part(() => lowering.lower(layer, inputs[0], to, find));
  return { values: [value], backward: ([dy]: readonly number[]): readonly number[] => [backward(dy)] };
}

/** The initializers of a wrapped layer's weights. */
export function wrappedInitializers(config: LayerDescription['config'], find: FindLowering): readonly unknown[] {
  const { className, config: own } = wrappedIn(config);
  const lowering = find({ name: String(own.name), type: className });
  return lowering.initializers?.(own, find) ?? [];
}
