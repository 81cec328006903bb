import { activationNumber } from './activation.js';
import type { Builder, Value } from './builder.js';
import { type LayerDescription, sizeOf } from './description.js';
import type { WindowGeometry } from './windows.js';

/** y = the largest value of each window of each channel; `shared`: equal ones share its gradient, else the first has it. */
export function lowerMaxPooling(
  layer: LayerDescription,
  x: Value,
  windows: WindowGeometry,
  to: Builder,
  shared: 0 | 1,
): Value {
  const y = to.buffer(`${layer.name} output`, sizeOf(layer.outputShape));
  to.emit({ kernel: 'maxPool2dForward', args: { x: x.buffer, y, ...windows } });
  to.onBackward((dy) => {
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, sizeOf(layer.inputShape));
    const activation = activationNumber('linear');
    to.emitBackward({ kernel: 'maxPool2dBackward', args: { x: x.buffer, y, dy, dx, ...windows, activation, shared } });
    return dx;
  });
  return { buffer: y, shape: layer.outputShape, trained: x.trained };
}

/** y = the mean of each window of each channel, over the elements that are there. */
export function lowerAveragePooling(layer: LayerDescription, x: Value, windows: WindowGeometry, to: Builder): Value {
  const y = to.buffer(`${layer.name} output`, sizeOf(layer.outputShape));
  to.emit({ kernel: 'averagePool2dForward', args: { x: x.buffer, y, ...windows } });
  to.onBackward((dy) => {
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, sizeOf(layer.inputShape));
    const activation = activationNumber('linear');
    to.emitBackward({ kernel: 'averagePool2dBackward', args: { dy, x: x.buffer, dx, ...windows, activation } });
    return dx;
  });
  return { buffer: y, shape: layer.outputShape, trained: x.trained };
}
