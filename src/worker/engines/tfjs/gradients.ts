import type { Rank, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersEngineName } from '../../../shared/protocol/messages.js';
import { tfc } from '../../../shared/tfjs/tfjs.js';

/**
 * Gradients that TensorFlow.js lacks or has wrong, on every backend. Each of them is checked by the golden models or by a
 * test of its own.
 */
export function registerGradients(engine: LayersEngineName): void {
  // tf.where asks for the gradient of its condition, and a comparison has none: models with one could not be trained.
  for (const kernelName of ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual']) {
    register(kernelName, ['a', 'b'], (_, [a, b]) => ({ a: () => tfc.zerosLike(a), b: () => tfc.zerosLike(b) }));
  }
  // With one output it is given a tensor, not a list of them: a recurrent layer over one time step.
  register('Unpack', [], (dy, _, { axis }) => ({ value: () => tfc.stack([dy].flat(), axis as number) }));
  if (engine === 'tfjs') registerPlainGradients();
}

/** What the kernels in plain JavaScript get wrong. */
function registerPlainGradients(): void {
  // With padding, the gradient is spread over the whole window as if none of it lay outside of the image.
  register('AvgPool', ['x'], (dy, [x], attributes) => {
    const { filterSize, strides, pad } = attributes as PoolAttributes;
    const share = tfc.mul(dy as Tensor, windowShares(x.shape, { filterSize, strides, pad }));
    return { x: () => tfc.engine().runKernel('AvgPoolGrad', { dy: share, input: x }, { filterSize, strides, pad }) };
  });
  // Mixes up height and width. Where an image grows by whole numbers, each pixel takes the sum over its copies.
  register('ResizeNearestNeighbor', ['images'], (dy, [images]) => {
    const [, height, width] = images.shape;
    const [, toHeight, toWidth] = (dy as Tensor).shape;
    const copies: [number, number] = [toHeight / height, toWidth / width];
    return { images: () => tfc.mul(tfc.avgPool(dy as Tensor4D, copies, copies, 'valid'), copies[0] * copies[1]) };
  });
}

type PoolAttributes = Record<'filterSize' | 'strides', [number, number]> & { readonly pad: 'same' | 'valid' | number };

/** Elements of a window over those of them that lie in the image: [1, height, width, 1] of the output. */
function windowShares(shape: readonly number[], { filterSize, strides, pad }: PoolAttributes): Tensor {
  const [, height, width] = shape;
  const ones = tfc.ones<Rank.R4>([1, height, width, 1]);
  const { padInfo } = tfc.backend_util.computePool2DInfo([1, height, width, 1], filterSize, strides, 1, pad);
  const { top, bottom, left, right } = padInfo;
  const around: [number, number][] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return tfc.div(1, tfc.avgPool(tfc.pad(ones, around), filterSize, strides, 'valid'));
}

type Gradient = (
  dy: Tensor | Tensor[],
  saved: Tensor[],
  attributes: Readonly<Record<string, unknown>>,
) => Record<string, () => Tensor>;

function register(kernelName: string, inputsToSave: string[], gradFunc: Gradient): void {
  tfc.registerGradient({ kernelName, inputsToSave, gradFunc: (dy, saved, attrs) => gradFunc(dy, saved, { ...attrs }) });
}
