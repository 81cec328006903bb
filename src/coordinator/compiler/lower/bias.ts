import { activationNumber, emitActivationBackward, fusedActivation, lowerRemainingActivation } from './activation.js';
import type { Builder, Value } from './builder.js';
import { type LayerDescription, sizeOf } from './description.js';

/** x ← activation(x + b) in place, b (−1 for none) over the last axis: the end of a layer whose kernel has neither. */
export function lowerBias(layer: LayerDescription, x: Value, b: number, to: Builder): Value {
  const name = fusedActivation(layer);
  const size = sizeOf(x.shape);
  const channels = x.shape[x.shape.length - 1];
  const channelwise = { inner: size / channels, channels };
  const inPlace = { x: x.buffer, y: x.buffer, activation: activationNumber(name) };
  if (b >= 0) to.emit({ kernel: 'biasForward', args: { ...inPlace, b, ...channelwise } });
  else if (name !== 'linear') to.emit({ kernel: 'activationForward', args: { ...inPlace, size } });
  to.onBackward((dy) => {
    emitActivationBackward(to, name, x.buffer, dy, size);
    if (b >= 0 && layer.trained) to.emitBackward({ kernel: 'biasGradient', args: { dy, b, ...channelwise } });
    return dy;
  });
  return lowerRemainingActivation(layer, x, to);
}
