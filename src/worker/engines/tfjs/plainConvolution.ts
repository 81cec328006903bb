import type { KernelFunc, Tensor } from '@tensorflow/tfjs-core';
import { tfc } from '../../../shared/tfjs/tfjs.js';

/**
 * The gradients of a convolution in plain JavaScript. The kernels of TensorFlow.js look up every element by its coordinates;
 * these walk along the rows of typed arrays.
 */
export function registerPlainConvolutions(): void {
  replaceKernel('Conv2DBackpropFilter', filterGradient);
  replaceKernel('Conv2DBackpropInput', inputGradient);
}

type Shape4D = [number, number, number, number];

/** What TensorFlow.js tells the two kernels beside their inputs; `filterShape` the one, `inputShape` the other. */
interface Attributes {
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: Shape4D;
  readonly inputShape: Shape4D;
}

/** Computes a gradient, of the shape that comes with it, from the tensors by name. */
type Compute = (inputs: Readonly<Record<string, Tensor>>, attributes: Attributes) => [Shape4D, Float64Array];

/** Replaces a kernel for channels that come last; others stay with it. */
function replaceKernel(name: string, compute: Compute): void {
  const plain = tfc.getKernel(name, 'cpu');
  const kernelFunc: KernelFunc = (call) => {
    const attributes: Readonly<Record<string, unknown>> = { ...call.attrs };
    if (attributes.dataFormat === 'NCHW') return plain.kernelFunc(call);
    const [shape, sums] = compute(
      call.inputs as Record<string, Tensor>,
      attributes as Readonly<typeof attributes> & Attributes,
    );
    const dataId = tfc.backend().write(Float32Array.from(sums), shape, 'float32');
    return { dataId, shape, dtype: 'float32' };
  };
  tfc.unregisterKernel(name, 'cpu');
  tfc.registerKernel({ ...plain, kernelFunc });
}

/** dW[a, b, i, o] = Σ over rows and places of x[row, y + a, x + b, i] · dy[row, y, x, o]. */
const filterGradient: Compute = ({ x, dy }, attributes) => {
  const { filterShape: shape } = attributes;
  const [, , channels, filters] = shape;
  const sums = new Float64Array(tfc.util.sizeFromShape(shape));
  const [xs, dys] = [floatsOf(x), floatsOf(dy)];
  forEachTap(x.shape as Shape4D, shape, attributes, (image, tap, output) => {
    for (let i = 0; i < channels; i++) {
      const factor = xs[image + i];
      const row = tap + i * filters;
      for (let o = 0; o < filters; o++) sums[row + o] += factor * dys[output + o];
    }
  });
  return [shape, sums];
};

/** dx[row, y + a, x + b, i] = Σ over filters and taps of dy[row, y, x, o] · W[a, b, i, o]. */
const inputGradient: Compute = ({ dy, filter }, attributes) => {
  const { inputShape: shape } = attributes;
  const [, , channels, filters] = filter.shape;
  const sums = new Float64Array(tfc.util.sizeFromShape(shape));
  const [weights, dys] = [floatsOf(filter), floatsOf(dy)];
  forEachTap(shape, filter.shape as Shape4D, attributes, (image, tap, output) => {
    for (let i = 0; i < channels; i++) {
      const row = tap + i * filters;
      let sum = 0;
      for (let o = 0; o < filters; o++) sum += dys[output + o] * weights[row + o];
      sums[image + i] += sum;
    }
  });
  return [shape, sums];
};

/**
 * Calls `visit` for each output place and each tap of the filter that lies in the image there, with where their channels
 * begin: those of the image, of the tap and of the output.
 */
function forEachTap(
  x: Shape4D,
  filter: Shape4D,
  { strides, pad, dimRoundingMode }: Attributes,
  visit: (image: number, tap: number, output: number) => void,
): void {
  const info = tfc.backend_util.computeConv2DInfo(x, filter, strides, 1, pad, dimRoundingMode);
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  for (let place = 0; place < batchSize * outHeight * outWidth; place++) {
    const column = place % outWidth;
    const row = Math.floor(place / outWidth) % outHeight;
    const sample = Math.floor(place / (outWidth * outHeight));
    const [top, left] = [row * strideHeight - padInfo.top, column * strideWidth - padInfo.left];
    for (let a = Math.max(0, -top); a < Math.min(filterHeight, inHeight - top); a++) {
      for (let b = Math.max(0, -left); b < Math.min(filterWidth, inWidth - left); b++) {
        const pixel = (sample * inHeight + top + a) * inWidth + left + b;
        const tap = (a * filterWidth + b) * inChannels * outChannels;
        visit(pixel * inChannels, tap, place * outChannels);
      }
    }
  }
}

function floatsOf({ dataId }: Tensor): Float32Array {
  return tfc.backend().readSync(dataId) as Float32Array;
}
