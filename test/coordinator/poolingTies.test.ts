import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sgd, Trainer } from '../../src/index.js';
import { skipReason } from '../native/nativeCases.js';

/** A table of four numbers that tie: their gradients show where that of a pooling layer goes. */
const table = { type: 'Embedding', inputDim: 4, outputDim: 1, inputLength: 4, embeddingsInitializer: 'ones' };
const image = { type: 'Reshape', targetShape: [2, 2, 1] };

/** Keras 3.15.1 on TensorFlow, JAX and PyTorch: a global maximum shares its gradient, a window's goes to the first. */
const cases: readonly (readonly [what: string, layers: readonly object[], gradient: readonly number[]])[] = [
  ['GlobalMaxPooling1D', [table, { type: 'GlobalMaxPooling1D' }], [0.25, 0.25, 0.25, 0.25]],
  ['GlobalMaxPooling2D', [table, image, { type: 'GlobalMaxPooling2D' }], [0.25, 0.25, 0.25, 0.25]],
  ['MaxPooling1D', [table, { type: 'MaxPooling1D', poolSize: 4 }, { type: 'Flatten' }], [1, 0, 0, 0]],
  ['MaxPooling2D', [table, image, { type: 'MaxPooling2D', poolSize: 2 }, { type: 'Flatten' }], [1, 0, 0, 0]],
  [
    'GlobalMaxPooling1D behind a relu',
    [table, { type: 'Activation', activation: 'relu' }, { type: 'GlobalMaxPooling1D' }],
    [0.25, 0.25, 0.25, 0.25],
  ],
];

describe('Those that tie for a maximum share its gradient, or the first takes it, as in Keras', () => {
  for (const engine of ['native', 'reference'] as const) {
    for (const [what, layers, gradient] of cases) {
      test(`${engine}: ${what}`, { skip: engine === 'native' && skipReason }, async () => {
        await using trainer = await Trainer.create(layers as never, {
          optimizer: sgd({ learningRate: 1 }),
          loss: 'meanAbsoluteError',
          workers: 1,
          engine,
        });
        await trainer.trainOnBatch({ x: Int32Array.of(0, 1, 2, 3), y: Float32Array.of(0) });
        assert.deepEqual(
          Array.from(trainer.weights()[0].values, (value) => 1 - value),
          gradient,
        );
      });
    }
  }
});
