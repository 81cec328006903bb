import { fault } from '../../errors.js';
import { tfl } from '../tfjs.js';

/** Shape of a tensor with its batch dimension; null where a length is not known. */
export type Shape = (number | null)[];

/**
 * A layer class that tfjs-layers lacks. It is there so that models can be built, saved and loaded: it knows the shapes of
 * its outputs (`computeOutputShape`), its weights (`build`, with `addWeight`) and its arguments (`getConfig`). Lockstep's
 * kernels compute it; TensorFlow.js cannot.
 */
export abstract class ShapeOnlyLayer extends tfl.layers.Layer {
  override call(): never {
    throw fault(
      'SHAPE_ONLY_LAYER',
      `Layer ${this.name} is a ${this.getClassName()}, which TensorFlow.js cannot compute; use Lockstep's trainer.`,
    );
  }
}
