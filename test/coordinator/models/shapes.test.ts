import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeModel } from '../../../src/coordinator/models/describe.js';
import { modelFromLayers } from '../../../src/coordinator/models/fromLayers.js';
import { type ModelSource, Trainer } from '../../../src/index.js';
import { tfl } from '../../../src/shared/tfjs/tfjs.js';

describe('A length may be left open:', () => {
  const lstm = { type: 'LSTM', units: 2, returnSequences: true };
  const rnn = { units: 2, returnSequences: true, recurrentInitializer: 'glorotNormal' } as const;
  const options = { optimizer: 'sgd', loss: 'meanSquaredError', workers: 1 } as const;
  const keras = { class_name: 'InputLayer', config: { batch_shape: [null, null, 2], name: 'words' } };
  const cases: Readonly<Record<string, () => ModelSource>> = {
    'of the first layer': () => [{ ...lstm, inputShape: [null, 2] }],
    'of an input of a graph': () => ({ layers: [{ type: 'Input', name: 'x', shape: [null, 2] }, lstm] }),
    'of an input that Keras has serialised, in a list': () => [keras, lstm],
    'of an input that Keras has serialised, in a graph': () => ({ layers: [keras, lstm] }),
    'of a model of TensorFlow.js': () =>
      tfl.sequential({ layers: [tfl.layers.simpleRNN({ ...rnn, inputShape: [null, 2] })] }),
  };
  for (const [title, source] of Object.entries(cases)) {
    test(title, async () => {
      const { layers } = await Trainer.describe(source(), options);
      assert.deepEqual(layers.at(-1)?.outputShape, [null, null, 2]);
    });
  }

  test('but not where there is a model within the model', async () => {
    const inner = tfl.sequential({ layers: [tfl.layers.globalMaxPooling1d({ inputShape: [null, 2] } as object)] });
    const model = tfl.sequential({ layers: [inner, tfl.layers.dense({ units: 1 })] });
    await assert.rejects(Trainer.describe(model, options), {
      code: 'UNKNOWN_SHAPE',
      message: /has a model within it; give one length for all rows: pad sequences to the longest.*\[100, 2\].*Masking/,
    });
  });
});

describe('Flatten passes vectors on:', () => {
  const shapes: Readonly<Record<string, [number[], number[]]>> = {
    'a vector': [[5], [5]],
    'a vector of one element': [[1], [1]],
    'a sequence': [[3, 2], [6]],
    'an image': [[2, 3, 4], [24]],
    'a volume': [[2, 2, 2, 2], [16]],
  };
  for (const [title, [inputShape, expected]] of Object.entries(shapes)) {
    test(title, () => {
      const { outputs } = describeModel(modelFromLayers([{ type: 'Flatten', inputShape }], 'm').model);
      assert.deepEqual(outputs[0].shape, expected);
    });
  }
});
