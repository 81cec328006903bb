import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeModel } from '../../../src/coordinator/models/describe.js';
import { modelFromGraph } from '../../../src/coordinator/models/fromGraph.js';
import { modelFromLayers } from '../../../src/coordinator/models/fromLayers.js';
import { tfl } from '../../../src/shared/tfjs/tfjs.js';

describe('A length that is left open is refused with what to do:', () => {
  const message = /give one length for all rows.*pad sequences to the longest.*\[100, 2\].*Masking/;
  const lstm = { type: 'LSTM', units: 2 };
  const keras = { class_name: 'InputLayer', config: { batch_shape: [null, null, 2], name: 'words' } };
  const cases: Readonly<Record<string, () => unknown>> = {
    'of the first layer': () => modelFromLayers([{ ...lstm, inputShape: [null, 2] }], 'm'),
    'of an input of a graph': () =>
      modelFromGraph({ layers: [{ type: 'Input', name: 'x', shape: [null, 2] }, lstm] }, 'm'),
    'of an input that Keras has serialised, in a list': () => modelFromLayers([keras, lstm], 'm'),
    'of an input that Keras has serialised, in a graph': () => modelFromGraph({ layers: [keras, lstm] }, 'm'),
    'of a model of TensorFlow.js': () =>
      describeModel(tfl.sequential({ layers: [tfl.layers.globalMaxPooling1d({ inputShape: [null, 2] } as object)] })),
  };
  for (const [title, build] of Object.entries(cases)) {
    test(title, () => {
      assert.throws(build, { name: 'LockstepError', message });
    });
  }
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
