import type { Rank, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { tfc } from '../../../shared/tfjs/tfjs.js';
import { registerDense } from './dense.js';
import { attributes, operate } from './operations.js';

/**
 * What is computed in another way on libtensorflow than TensorFlow.js would, to the same values: each for the time it saves
 * on the workloads of `lockstep bench`.
 */
export function registerReplacements(): void {
  // One operation in place of a step function of six, multiplied.
  replaceDerivative('Relu', 'x', (dy, x) => operate('ReluGrad', attributes(), [dy, x]));
  replaceDerivative('Relu6', 'x', (dy, x) => operate('Relu6Grad', attributes(), [dy, x]));
  // One operation in place of four; twice in every step of a recurrent cell.
  replaceDerivative('Sigmoid', 'y', (dy, y) => operate('SigmoidGrad', attributes(), [y, dy]));
  replaceDerivative('Tanh', 'y', (dy, y) => operate('TanhGrad', attributes(), [y, dy]));
  replaceMatrixProduct();
  replacePoolGradient();
  registerDense();
}

/** The gradient of a function of one tensor, from its input `x` or its output `y`. */
function replaceDerivative(kernel: string, saved: 'x' | 'y', derive: (dy: Tensor, saved: Tensor) => Tensor): void {
  const { inputsToSave, outputsToSave } = { inputsToSave: saved === 'x' ? ['x'] : [], outputsToSave: [saved === 'y'] };
  const plain = tfc.getGradient(kernel);
  tfc.registerGradient({
    kernelName: kernel,
    inputsToSave,
    outputsToSave,
    gradFunc: (dy, [value], given) =>
      isOfTensorflow() ? { x: () => derive(dy as Tensor, value) } : plain.gradFunc(dy, [value], given as never),
  });
}

/** Functions are traced on another backend. */
function isOfTensorflow(): boolean {
  return tfc.getBackend() === 'tensorflow';
}

/** Two matrices need not pass as a batch of one. */
function replaceMatrixProduct(): void {
  const plain = tfc.getKernel('BatchMatMul', 'tensorflow');
  tfc.unregisterKernel('BatchMatMul', 'tensorflow');
  tfc.registerKernel({
    ...plain,
    kernelFunc: (call) => {
      const { a, b } = call.inputs as Record<'a' | 'b', Tensor>;
      if (a.shape.length !== 2 || b.shape.length !== 2 || a.dtype !== 'float32') return plain.kernelFunc(call);
      const { transposeA, transposeB } = call.attrs as Record<'transposeA' | 'transposeB', boolean>;
      const flags = attributes({ transpose_a: transposeA, transpose_b: transposeB });
      return operate('MatMul', flags, [a, b]);
    },
  });
}

type PoolAttributes = Record<'filterSize' | 'strides', readonly [number, number]> & { readonly pad: unknown };

/**
 * Pooling by two in both directions: the gradient goes to the larger of two columns, then of two rows, the first one of
 * equals, as in MaxPoolGrad, which looks for each window's place in the whole image.
 */
function replacePoolGradient(): void {
  const plain = tfc.getGradient('MaxPool');
  tfc.registerGradient({
    ...plain,
    gradFunc: (dy, saved, given) => {
      if (!isOfTensorflow()) return plain.gradFunc(dy, saved, given as never);
      const pool = given as (typeof given & PoolAttributes) | undefined;
      if (pool === undefined || !isByTwo(pool)) return plain.gradFunc(dy, saved, given ?? {});
      return { x: () => tfc.tidy(() => poolGradient(dy as Tensor4D, saved[0] as Tensor4D)) };
    },
  });
}

function isByTwo({ filterSize, strides, pad }: PoolAttributes): boolean {
  return pad === 'valid' && [...filterSize, ...strides].every((length) => length === 2);
}

function poolGradient(dy: Tensor4D, x: Tensor4D): Tensor {
  const [rows, height, width, channels] = x.shape;
  const [, pooledHeight, pooledWidth] = dy.shape;
  const even = [rows, 2 * pooledHeight, 2 * pooledWidth, channels];
  const inside = tfc.slice(x, [0, 0, 0, 0], even);
  const [left, right] = tfc.unstack(tfc.reshape(inside, [rows * 2 * pooledHeight, pooledWidth, 2, channels]), 2);
  const larger = tfc.reshape(tfc.maximum(left, right), [rows, pooledHeight, 2, pooledWidth * channels]);
  const [upper, lower] = tfc.unstack(larger, 2);
  const ofRows = shareOut(tfc.reshape(dy, upper.shape), upper, lower);
  const ofColumns = shareOut(tfc.reshape(ofRows, left.shape), left, right);
  const gradient = tfc.reshape<Rank.R4>(ofColumns, even as [number, number, number, number]);
  const [belowRows, besideColumns] = [height - even[1], width - even[2]];
  if (belowRows === 0 && besideColumns === 0) return gradient;
  return tfc.pad(gradient, [
    [0, 0],
    [0, belowRows],
    [0, besideColumns],
    [0, 0],
  ]);
}

/** The gradient of maximum(first, second) by both, stacked along a new axis 2. */
function shareOut(dy: Tensor, first: Tensor, second: Tensor): Tensor {
  const toFirst = tfc.where(tfc.greaterEqual(first, second), dy, tfc.zerosLike(dy));
  return tfc.stack([toFirst, tfc.sub(dy, toFirst)], 2);
}
