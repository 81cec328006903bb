import { z } from 'zod';
import { userError } from '../../shared/errors.js';
import type { LayerDescription } from './description.js';
import type { LayerLowering, SingleLowering } from './layer.js';
import { lowerLayerOf } from './layers/find.js';

/** The config of the layer that another wraps, as a user writes it. */
export const wrappedLayer = z.record(z.string(), z.unknown());

/** The layer that another wraps, as TensorFlow.js serialises it. */
interface WrappedLayer {
  readonly className: string;
  readonly config: LayerDescription['config'];
}

export const wrappedIn = (config: LayerDescription['config']): WrappedLayer => config.layer as WrappedLayer;

/** The lowering of a wrapped layer; refuses one of several inputs or outputs, and those not among `types` where given. */
export function wrappedLowering({ name, type, config }: LayerDescription, types?: readonly string[]): SingleLowering {
  const { className } = wrappedIn(config);
  const lowering = lowerLayerOf({ name, type: className });
  if (lowering.lower !== undefined && (types === undefined || types.includes(className))) return lowering;
  throw userError(
    'UNSUPPORTED_LAYER',
    `Layer ${name} is a ${type} of ${className}, which does not lower to kernels; ${types === undefined ? 'give a layer of one input and one output' : `give one of ${types.join(', ')}`}.`,
  );
}

/** The initializers of a wrapped layer's weights. */
export function wrappedInitializers(config: LayerDescription['config']): readonly unknown[] {
  const { className, config: own } = wrappedIn(config);
  const lowering: LayerLowering = lowerLayerOf({ name: String(own.name), type: className });
  return lowering.initializers?.(own) ?? [];
}
