import type { ActivationName } from '../../../../shared/kernels/activations.js';
import { activationNumber, emitActivationBackward, fusedActivation, lowerRemainingActivation } from '../activation.js';
import { activationName } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';

/** An activation as a layer of its own. */
export const activation: LayerLowering = {
  type: 'Activation',
  mask: 'passes',
  arguments: { activation: activationName },

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    return lowerRemainingActivation(layer, lowerOutputActivation(layer.name, x, to, fusedActivation(layer)), to);
  },
};

/** Emits an activation whose derivative is taken from its output. */
export function lowerOutputActivation(layer: string, x: Value, to: Builder, name: ActivationName): Value {
  if (name === 'linear') return x;
  const size = sizeOf(x.shape);
  const y = to.buffer(`${layer} output`, size);
  to.emit({ kernel: 'activationForward', args: { x: x.buffer, y, size, activation: activationNumber(name) } });
  to.onBackward((dy) => {
    if (x.trained) emitActivationBackward(to, name, y, dy, size);
    return dy;
  });
  return { ...x, buffer: y };
}
