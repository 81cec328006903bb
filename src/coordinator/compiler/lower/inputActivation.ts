import { type InputActivationName, inputActivations } from '../../../shared/kernels/activations.js';
import type { Builder, Value } from './builder.js';
import { sizeOf } from './description.js';

/** An activation that needs its input, with the numbers that shape it where it has some. */
export interface InputActivation {
  readonly name: InputActivationName;
  readonly alpha?: number;
  readonly threshold?: number;
  /** No limit where it is left out. */
  readonly limit?: number | undefined;
}

/** The largest float32: no limit. */
const LARGEST = 3.4028234663852886e38;

/** Emits an activation of x whose derivative is taken from x, which is therefore kept. */
export function lowerInputActivation(layer: string, x: Value, to: Builder, given: InputActivation): Value {
  const { name, alpha = 0, threshold = 0, limit = LARGEST } = given;
  const size = sizeOf(x.shape);
  const shape = { size, activation: inputActivations.indexOf(name), alpha, threshold, limit };
  const y = to.buffer(`${layer} ${name}`, size);
  to.emit({ kernel: 'inputActivationForward', args: { x: x.buffer, y, ...shape } });
  to.onBackward((dy) => {
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer} ${name} input gradient`, size);
    to.emitBackward({ kernel: 'inputActivationBackward', args: { x: x.buffer, dy, dx, ...shape } });
    return dx;
  });
  return { ...x, buffer: y };
}
