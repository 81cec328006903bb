import { activationNumber } from '../activation.js';
import { dataFormat, padding, positivePair } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { windowGeometry } from '../windows.js';

/** The largest value of each window of each channel. */
export const maxPooling2d: LayerLowering = {
  type: 'MaxPooling2D',
  arguments: { poolSize: positivePair.optional(), strides: positivePair.optional(), padding, dataFormat },

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const windows = windowGeometry(layer, layer.config.poolSize);
    const y = to.buffer(`${layer.name} output`, sizeOf(layer.outputShape));
    to.emit({ kernel: 'maxPool2dForward', args: { x: x.buffer, y, ...windows } });
    to.onBackward((dy) => {
      if (!x.trained) return -1;
      const dx = to.buffer(`${layer.name} input gradient`, sizeOf(layer.inputShape));
      to.emitBackward({
        kernel: 'maxPool2dBackward',
        args: { x: x.buffer, y, dy, dx, ...windows, activation: activationNumber('linear') },
      });
      return dx;
    });
    return { buffer: y, shape: layer.outputShape, trained: x.trained };
  },
};
