import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NamedTensorInfoMap, Tensor4D, TensorInfo } from '@tensorflow/tfjs-core';
import { tfc } from '../../src/shared/tfjs/tfjs.js';
import { registerPlainConvolutions } from '../../src/worker/engines/tfjs/plainConvolution.js';

/** As TensorFlow.js has them, before they are replaced. */
const names = ['Conv2DBackpropFilter', 'Conv2DBackpropInput'] as const;
const [theirFilter, theirInput] = names.map((name) => tfc.getKernel(name, 'cpu'));
registerPlainConvolutions();
const [ourFilter, ourInput] = names.map((name) => tfc.getKernel(name, 'cpu'));

const shapes: readonly { x: number[]; filter: number[]; strides: [number, number]; pad: 'same' | 'valid' | number }[] =
  [
    { x: [3, 7, 6, 2], filter: [3, 3, 2, 5], strides: [1, 1], pad: 'same' },
    { x: [2, 7, 6, 3], filter: [3, 2, 3, 4], strides: [1, 1], pad: 'valid' },
    { x: [2, 8, 9, 1], filter: [5, 4, 1, 3], strides: [2, 3], pad: 'same' },
    { x: [1, 9, 5, 2], filter: [3, 3, 2, 2], strides: [2, 2], pad: 'valid' },
    { x: [2, 3, 3, 2], filter: [5, 5, 2, 3], strides: [1, 1], pad: 'same' },
    { x: [2, 6, 6, 2], filter: [3, 3, 2, 3], strides: [1, 1], pad: 2 },
    { x: [4, 5, 5, 3], filter: [1, 1, 3, 2], strides: [1, 1], pad: 'valid' },
  ];

type Kernel = typeof theirFilter;

function run({ kernelFunc }: Kernel, inputs: NamedTensorInfoMap, attrs: object): [number[], Float32Array] {
  const result = kernelFunc({ inputs, attrs: { ...attrs }, backend: tfc.backend() }) as TensorInfo;
  return [result.shape, tfc.backend().readSync(result.dataId) as Float32Array];
}

function assertSame(got: [number[], Float32Array], expected: [number[], Float32Array]): void {
  assert.deepEqual(got[0], expected[0]);
  const worst = expected[1].reduce((most, value, i) => Math.max(most, Math.abs(value - got[1][i])), 0);
  assert.ok(worst < 1e-5, `differs by ${worst}`);
  assert.ok(expected[1].some((value) => Math.abs(value) > 0.1));
}

describe('The gradients of a convolution in plain JavaScript are those of TensorFlow.js', () => {
  for (const { x: shape, filter: filterShape, strides, pad } of shapes) {
    test(`of [${shape}] by [${filterShape}], strides ${strides}, padding ${pad}`, () => {
      const [x, filter] = [
        tfc.randomNormal(shape, 0, 1, 'float32', 3),
        tfc.randomNormal(filterShape, 0, 1, 'float32', 5),
      ];
      const given = { strides, pad, dataFormat: 'NHWC' };
      const output = tfc.conv2d(x as Tensor4D, filter as Tensor4D, strides, pad);
      const dy = tfc.randomNormal(output.shape, 0, 1, 'float32', 7);
      const byFilter = { ...given, filterShape };
      assertSame(run(ourFilter, { x, dy }, byFilter), run(theirFilter, { x, dy }, byFilter));
      const byInput = { ...given, inputShape: shape };
      assertSame(run(ourInput, { dy, filter }, byInput), run(theirInput, { dy, filter }, byInput));
    });
  }
});
