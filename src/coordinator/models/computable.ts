import { userError } from '../../shared/errors.js';
import type { LayerCheck } from './describe.js';
import { ShapeOnlyLayer } from './layers/shapeOnly.js';

/** Refuses a layer that TensorFlow.js cannot compute on ranks. */
export const requireComputable: LayerCheck = (layer) => {
  if (layer instanceof ShapeOnlyLayer) {
    throw userError(
      'UNSUPPORTED_LAYER',
      `Layer ${layer.name} is a ${layer.getClassName()}, which TensorFlow.js cannot compute; use engine native or reference.`,
    );
  }
  if (layer.stateful) {
    throw userError(
      'UNSUPPORTED_ARGUMENT',
      `Layer ${layer.name} is stateful: its rows would have to follow one another, but a batch is divided among ranks; leave stateful out.`,
    );
  }
};
