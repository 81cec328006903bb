import { closest } from 'fastest-levenshtein';
import { userError } from '../../../../shared/errors.js';
import type { LayerDescription } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { layerLowerings } from './index.js';

/** The lowering of a layer class; undefined where it does not lower. */
export function findLowering(type: string): LayerLowering | undefined {
  return layerLowerings.get(type);
}

/** The lowering of a layer's class, or a clear error that names the nearest one known. */
export function lowerLayerOf(layer: Pick<LayerDescription, 'name' | 'type'>): LayerLowering {
  const found = findLowering(layer.type);
  if (found === undefined) {
    const known = [...layerLowerings.keys()];
    throw userError(
      'UNSUPPORTED_LAYER',
      `Layer ${layer.name} is a ${layer.type}, which does not lower to kernels; the nearest layer that does is ${closest(layer.type, known)} (known: ${known.join(', ')}).`,
    );
  }
  return found;
}
