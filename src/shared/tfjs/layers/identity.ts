import type { Tensor } from '@tensorflow/tfjs-core';
import { ElementwiseLayer } from './elementwise.js';

/** As keras.layers.Identity: what it is given. */
export class Identity extends ElementwiseLayer {
  /** @nocollapse */
  static readonly className = 'Identity';

  protected override map(x: Tensor): Tensor {
    return x.clone();
  }
}
