import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-core';
import { Trainer } from '../../src/index.js';
import { tfc } from '../../src/shared/tfjs/tfjs.js';

/** Inputs that are the logits: the kernel is the identity. */
const logits = [
  [0.5, -1, 2],
  [0, 0.25, -0.5],
  [3, 1, 0],
];

/** Gradient by the logits of the mean of −Σ t · log softmax, as TensorFlow.js forms it. */
function expected(targets: number[][]): Float32Array {
  const loss = (z: Tensor): Tensor => tfc.mean(tfc.neg(tfc.sum(tfc.mul(tfc.tensor2d(targets), tfc.logSoftmax(z)), -1)));
  return tfc.grad(loss)(tfc.tensor2d(logits)).dataSync<'float32'>();
}

describe('The gradient of categorical cross-entropy holds for targets of any sum and sign', () => {
  const cases: readonly [title: string, targets: number[][]][] = [
    [
      'one-hot',
      [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    ],
    [
      'soft, of sum 1',
      [
        [0.2, 0.3, 0.5],
        [0.1, 0.1, 0.8],
        [0, 0.5, 0.5],
      ],
    ],
    [
      'several classes a row',
      [
        [1, 1, 0],
        [1, 1, 1],
        [0, 0, 1],
      ],
    ],
    [
      'scaled by advantages, also negative ones',
      [
        [-1.5, 0, 0],
        [0, 2.25, 0],
        [0, 0, -0.25],
      ],
    ],
    [
      'none',
      [
        [0, 0, 0],
        [1, 0, 0],
        [0, 0, 0],
      ],
    ],
  ];
  for (const [title, targets] of cases) {
    for (const engine of ['native', 'reference'] as const) {
      for (const loss of [{ name: 'categoricalCrossentropy', fromLogits: true }, 'categoricalCrossentropy'] as const) {
        const activation = typeof loss === 'string' ? 'softmax' : 'linear';
        test(`${title}, ${activation}, engine ${engine}`, async () => {
          const layers = [{ type: 'Dense', units: 3, inputShape: [3], activation, kernelInitializer: 'identity' }];
          await using trainer = await Trainer.create(layers, { optimizer: 'sgd', loss, engine, workers: 1 });
          // The gradient of the bias is the sum of the rows', so that each row is taken alone.
          const rows: number[] = [];
          for (const [i, row] of logits.entries()) {
            const { bias } = Object.fromEntries(
              Object.entries(await trainer.gradients({ x: [row], y: [targets[i]] })).map(([name, gradient]) => [
                name.split('/')[1],
                gradient.values,
              ]),
            );
            rows.push(...bias);
          }
          const wanted = expected(targets);
          rows.forEach((value, i) => {
            assert.ok(Math.abs(value / 3 - wanted[i]) < 1e-6, `${rows} is not 3 · ${wanted}`);
          });
        });
      }
    }
  }
});
