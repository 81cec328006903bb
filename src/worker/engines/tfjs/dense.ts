import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { tfc } from '../../../shared/tfjs/tfjs.js';
import { attributes, operate } from './operations.js';

type Layer = LayersModel['layers'][number];

interface DenseParts {
  readonly activation: { getClassName(): string; apply(z: Tensor): Tensor } | null;
  readonly kernel: { read(): Tensor };
  readonly bias: { read(): Tensor } | null;
}

const KERNEL = 'LockstepDense';

/**
 * A product, a bias and a rectifier on libtensorflow as one kernel of TensorFlow.js, so that its tape has one node in
 * place of three to six: for a small layer the tape takes longer than the arithmetic.
 */
export function registerDense(): void {
  tfc.registerKernel({
    kernelName: KERNEL,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs }) => {
      const { x, w, b } = inputs as Record<'x' | 'w' | 'b', Tensor>;
      const z = operate('BiasAdd', attributes(), [product(x, w, false, false), b]);
      return isRectified(attrs) ? operate('Relu', attributes(), [z]) : z;
    },
  });
  tfc.registerGradient({
    kernelName: KERNEL,
    inputsToSave: ['x', 'w'],
    outputsToSave: [true],
    gradFunc: (dy, [x, w, y], attrs) => {
      const dz = isRectified(attrs) ? operate('ReluGrad', attributes(), [dy as Tensor, y]) : (dy as Tensor);
      return {
        x: () => product(dz, w, false, true),
        w: () => product(x, dz, true, false),
        b: () => operate('BiasAddGrad', attributes(), [dz]),
      };
    },
  });
}

/** Lets a Dense layer with a bias compute rows by that kernel; rows of several vectors stay as they are. */
export function fuseDense(layer: Layer): void {
  const { activation, kernel, bias } = layer as Layer & DenseParts;
  if (!bias) return;
  const relu = activation?.getClassName() === 'relu';
  const call = layer.call.bind(layer);
  layer.call = (inputs, kwargs) => {
    const [x] = [inputs].flat();
    if (x.rank !== 2 || x.dtype !== 'float32') return call(inputs, kwargs);
    return tfc.tidy(() => {
      const z = tfc.engine().runKernel(KERNEL, { x, w: kernel.read(), b: bias.read() }, { relu }) as Tensor;
      return relu || activation === null ? z : activation.apply(z);
    });
  };
}

function product(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  return operate('MatMul', attributes({ transpose_a: transposeA, transpose_b: transposeB }), [a, b]);
}

function isRectified(attrs: object | undefined): boolean {
  return (attrs as { readonly relu: boolean }).relu;
}
