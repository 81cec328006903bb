import type { Builder, Value } from './builder.js';
import { sizeOf } from './description.js';

/** Emits softmax, or its logarithm, over the last axis of x. */
export function lowerSoftmax(name: string, x: Value, to: Builder, kind: 'softmax' | 'logSoftmax' = 'softmax'): Value {
  const size = x.shape[x.shape.length - 1];
  const groups = sizeOf(x.shape) / size;
  const y = to.buffer(`${name} ${kind}`, groups * size);
  to.emit({ kernel: `${kind}Forward`, args: { x: x.buffer, y, groups, size } });
  to.onBackward((dy) => {
    const dx = to.buffer(`${name} ${kind} input gradient`, groups * size);
    to.emitBackward({ kernel: `${kind}Backward`, args: { y, dy, dx, groups, size } });
    return dx;
  });
  return { ...x, buffer: y };
}
