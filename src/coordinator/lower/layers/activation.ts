import {
  activationNumber,
  emitActivationBackward,
  endsInSoftmax,
  fusedActivation,
  lowerSoftmax,
} from '../activation.js';
import { activation as activationArgument } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';

/** An activation as a layer of its own. */
export const activation: LayerLowering = {
  type: 'Activation',
  arguments: { activation: activationArgument.unwrap() },

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    if (endsInSoftmax(layer)) return lowerSoftmax(layer.name, x, to);
    const name = fusedActivation(layer);
    if (name === 'linear') return x;
    const size = sizeOf(x.shape);
    const y = to.buffer(`${layer.name} output`, size);
    to.emit({ kernel: 'activationForward', args: { x: x.buffer, y, size, activation: activationNumber(name) } });
    to.onBackward((dy) => {
      if (x.trained) emitActivationBackward(to, name, y, dy, size);
      return dy;
    });
    return { ...x, buffer: y };
  },
};
