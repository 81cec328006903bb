import type { Builder, Value } from './builder.js';
import { type LayerDescription, sizeOf } from './description.js';

/** y = gamma · x + beta with a number of each for every channel, the last axis; −1 for none. x stays as it is. */
export function lowerChannelAffine(
  layer: LayerDescription,
  x: Value,
  { gamma, beta }: { readonly gamma: number; readonly beta: number },
  to: Builder,
): Value {
  if (gamma < 0 && beta < 0) return x;
  const size = sizeOf(x.shape);
  const channels = x.shape[x.shape.length - 1];
  const channelwise = { inner: size / channels, channels };
  const [mean, variance] = [0, 1].map((number) => to.constant(Array<number>(channels).fill(number)));
  // A normalization by mean 0 and variance 1; what is added to 1 is lost.
  const statistics = { variance, epsilon: 1e-30, gamma, ...channelwise };
  const y = to.buffer(`${layer.name} scaled`, size);
  to.emit({ kernel: 'batchNormInference', args: { x: x.buffer, y, beta, mean, ...statistics } });
  to.onBackward((dy) => {
    if (layer.trained && beta >= 0) to.emitBackward({ kernel: 'biasGradient', args: { dy, b: beta, ...channelwise } });
    if (layer.trained && gamma >= 0) {
      const products = to.buffer(`${layer.name} scale gradient`, size);
      to.emitBackward({ kernel: 'multiply', args: { a: dy, b: x.buffer, y: products, size } });
      to.emitBackward({ kernel: 'biasGradient', args: { dy: products, b: gamma, ...channelwise } });
    }
    if (!x.trained) return -1;
    to.emitBackward({ kernel: 'batchNormFrozenGradient', args: { dy, dx: dy, ...statistics } });
    return dy;
  });
  return { ...x, buffer: y, trained: x.trained || layer.trained };
}
