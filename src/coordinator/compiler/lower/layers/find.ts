import { userError } from '../../../../shared/errors.js';
import { suggestion } from '../../../options/suggestion.js';
import type { LayerDescription } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { layerLowerings } from './index.js';
import { refusedLayers } from './refused.js';

/** The lowering of a layer class; undefined where it does not lower. */
export function findLowering(type: string): LayerLowering | undefined {
  return layerLowerings.get(type);
}

/** The lowering of a layer's class, or a clear error that names the nearest one known. */
export function lowerLayerOf(layer: Pick<LayerDescription, 'name' | 'type'>): LayerLowering {
  const found = findLowering(layer.type);
  if (found === undefined) {
    const reason = refusedLayers.get(layer.type);
    if (reason !== undefined) {
      throw userError(
        'UNSUPPORTED_LAYER',
        `Layer ${layer.name} is a ${layer.type}, which Lockstep does not have: ${reason}.`,
      );
    }
    throw userError(
      'UNSUPPORTED_LAYER',
      `Layer ${layer.name} is a ${layer.type}, which does not lower to kernels; ${suggestion(layer.type, [...layerLowerings.keys()])}`,
    );
  }
  return found;
}
