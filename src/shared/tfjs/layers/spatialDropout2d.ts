import type { layers as Layers } from '@tensorflow/tfjs-layers';
import type { tfc } from '../tfjs.js';
import { type Shape, ShapeOnlyLayer } from './shapeOnly.js';

type Arguments = ConstructorParameters<typeof Layers.Layer>[0] & { rate?: number; seed?: number; dataFormat?: string };

/** Dropout of whole channels of images, as keras.layers.SpatialDropout2D. */
export class SpatialDropout2D extends ShapeOnlyLayer {
  /** @nocollapse */
  static readonly className = 'SpatialDropout2D';
  readonly #own: tfc.serialization.ConfigDict;

  constructor(args: Arguments = {}) {
    super(args);
    this.supportsMasking = true;
    const { rate = 0, seed = null, dataFormat = 'channelsLast' } = args;
    this.#own = { rate, seed, dataFormat };
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return inputShape as Shape;
  }

  override getConfig(): tfc.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#own };
  }
}
