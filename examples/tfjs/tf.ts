/**
 * What the package `@tensorflow/tfjs` puts together, of the parts that Lockstep depends on. In a program of yours this is
 * `import * as tf from '@tensorflow/tfjs'` or `'@tensorflow/tfjs-node'`.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as core from '@tensorflow/tfjs-core';

export * from '@tensorflow/tfjs-core';
export * as data from '@tensorflow/tfjs-data';
export * from '@tensorflow/tfjs-layers';

// The whole package makes operations methods of tensors, on which some initializers rely.
const { prototype } = core.Tensor;
const operations: Readonly<Record<string, unknown>> = { ...core, flatten: (x: core.Tensor) => core.reshape(x, [-1]) };
for (const [name, operation] of Object.entries(operations)) {
  if (typeof operation !== 'function' || name in prototype) continue;
  Object.assign(prototype, {
    [name](this: core.Tensor, ...given: unknown[]): unknown {
      return operation(this, ...given);
    },
  });
}
