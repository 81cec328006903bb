/**
 * What the package `@tensorflow/tfjs` puts together, of the parts that Lockstep depends on. In a program of yours this is
 * `import * as tf from '@tensorflow/tfjs'` or `'@tensorflow/tfjs-node'`.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as core from '@tensorflow/tfjs-core';

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';

// The whole package makes operations methods of tensors, on which some initializers rely.
for (const name of [
  'flatten',
  'stridedSlice',
  'slice',
  'transpose',
  'matMul',
  'sub',
  'mul',
  'div',
  'neg',
  'norm',
  'concat',
]) {
  const operation = (core as unknown as Record<string, (...given: unknown[]) => unknown>)[name];
  const flatten = (tensor: core.Tensor): core.Tensor => core.reshape(tensor, [-1]);
  Object.assign(core.Tensor.prototype, {
    [name](this: core.Tensor, ...given: unknown[]) {
      return name === 'flatten' ? flatten(this) : operation(this, ...given);
    },
  });
}
