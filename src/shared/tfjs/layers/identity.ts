import type { Tensor } from '@tensorflow/tfjs-core';
import { type tfc, tfl } from '../tfjs.js';
import { ElementwiseLayer } from './elementwise.js';

/**
 * As keras.layers.Identity: what it is given. TensorFlow.js has one list of classes for layers and initializers, and an initializer
 * of the same name: arguments without the name of a layer are those of the initializer.
 */
export class Identity extends ElementwiseLayer {
  /** @nocollapse */
  static readonly className = 'Identity';

  /** @nocollapse */
  static override fromConfig<T extends tfc.serialization.Serializable>(
    layer: tfc.serialization.SerializableConstructor<T>,
    config: tfc.serialization.ConfigDict,
  ): T {
    if ('name' in config) return new layer(config);
    return tfl.initializers.identity(config as { gain?: number }) as unknown as T;
  }

  protected override map(x: Tensor): Tensor {
    return x.clone();
  }
}
