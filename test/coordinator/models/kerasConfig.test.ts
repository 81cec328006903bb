import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { modelFromGraph } from '../../../src/coordinator/models/fromGraph.js';
import { modelFromLayers } from '../../../src/coordinator/models/fromLayers.js';

/** What Keras 3 serialises beside a layer's own arguments; test/golden/configs.test.ts has a layer of each class. */

const policy = (name: string) => ({ module: 'keras', class_name: 'DTypePolicy', config: { name } });
const entrance = {
  class_name: 'InputLayer',
  config: { batch_shape: [null, 6, 3], dtype: 'float32', sparse: false, ragged: false, name: 'words', optional: false },
};
const lstm = (config: object = {}) => ({
  class_name: 'LSTM',
  config: { name: 'lstm', units: 4, return_sequences: true, go_backwards: false, seed: null, ...config },
});
const shapesOf = (layers: object[]) => modelFromLayers(layers as Record<string, unknown>[], 'm').model.outputShape;

describe('A layer that Keras has serialised', () => {
  test('may follow its input, in a list and in a graph', () => {
    assert.deepEqual(shapesOf([entrance, lstm()]), [null, 6, 4]);
    const { model } = modelFromGraph({ layers: [entrance, lstm()] }, 'm');
    assert.deepEqual([model.inputNames, model.outputShape], [['words'], [null, 6, 4]]);
  });

  test('is taken with what asks for nothing', () => {
    const nothing = { dtype: policy('float32'), unroll: true, zero_output_for_mask: false, kernel_regularizer: null };
    assert.deepEqual(shapesOf([entrance, lstm(nothing)]), [null, 6, 4]);
    const mirror = lstm({ name: 'backward', go_backwards: true });
    const both = { class_name: 'Bidirectional', config: { layer: lstm(), backward_layer: mirror } };
    assert.deepEqual(shapesOf([entrance, both]), [null, 6, 8]);
  });

  const refused: [string, object, RegExp][] = [
    ['another type of numbers', lstm({ dtype: policy('float16') }), /has dtype: .*, which Lockstep does not do/],
    [
      'zeros for masked steps',
      lstm({ zero_output_for_mask: true }),
      /has zeroOutputForMask: true, which Lockstep does not do/,
    ],
    [
      'another formula',
      { class_name: 'LayerNormalization', config: { rms_scaling: true } },
      /has rmsScaling: true, which/,
    ],
    [
      'a backward layer of its own',
      {
        class_name: 'Bidirectional',
        config: { layer: lstm(), backward_layer: lstm({ go_backwards: true, units: 5 }) },
      },
      /has backwardLayer: .*, which/,
    ],
  ];
  for (const [what, layer, message] of refused) {
    test(`is refused with ${what}`, () => {
      assert.throws(() => shapesOf([entrance, layer]), { code: 'UNKNOWN_LAYER_ARGUMENT', message });
    });
  }
});
