import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { activationIn, readActivation } from '../../../../src/coordinator/compiler/lower/activations.js';
import { modelFromLayers } from '../../../../src/coordinator/models/fromLayers.js';

const leaky = { from: 'input', own: { name: 'rectifier', alpha: 0.05 } };
const relu = { from: 'output', name: 'relu' };
const keras = (class_name: string, config: unknown) => ({
  module: 'keras.layers',
  class_name,
  config,
  registered_name: null,
});
const dtype = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' } };

const forms: Readonly<Record<string, [unknown, object]>> = {
  'a name': ['leakyRelu', { from: 'output', name: 'leakyRelu' }],
  'a name as Keras spells it': ['leaky_relu', { from: 'output', name: 'leakyRelu' }],
  'a class name': ['LeakyReLU', { from: 'input', own: { name: 'rectifier', alpha: 0.3 } }],
  'a class name of a function': ['ReLU', relu],
  'a flat config': [{ type: 'LeakyReLU', alpha: 0.05 }, leaky],
  'a layer as Keras 3 serialises it': [
    keras('LeakyReLU', { name: 'leaky_re_lu', trainable: true, dtype, negative_slope: 0.05 }),
    leaky,
  ],
  'a layer as Keras 2 serialises it': [
    { class_name: 'LeakyReLU', config: { name: 'a', alpha: 0.05, dtype: 'float32' } },
    leaky,
  ],
  'a layer as TensorFlow.js takes it': [{ className: 'LeakyReLU', config: { alpha: 0.05 } }, leaky],
  'an Activation': [keras('Activation', { name: 'activation', activation: 'relu' }), relu],
  'a function as Keras 3 serialises some': [keras('function', 'relu'), relu],
  'a LeakyReLU that is a function': [
    { type: 'LeakyReLU', alpha: 0.2 },
    { from: 'output', name: 'leakyRelu' },
  ],
  'a ReLU that is a function': [
    { type: 'ReLU', max_value: 6 },
    { from: 'output', name: 'relu6' },
  ],
  'a Softmax over an axis': [
    { type: 'Softmax', axis: 1 },
    { from: 'axis', name: 'softmax', axis: 1 },
  ],
};

describe('An activation means the same in whatever form it is given:', () => {
  for (const [title, [given, expected]] of Object.entries(forms)) {
    test(title, () => {
      const read = readActivation(given);
      if (typeof read === 'object' && 'problem' in read) assert.fail(read.problem);
      assert.deepEqual(activationIn(read), expected);
    });
  }
});

const refused: Readonly<Record<string, [unknown, RegExp]>> = {
  'a name that there is not': [
    'ultra',
    /has activation: "ultra"; give one of linear, .*put any other layer behind this one/,
  ],
  'a layer with weights': ['PReLU', /has activation: "PReLU".*put any other layer behind/],
  'a layer with weights that Keras has serialised': [
    keras('PReLU', { shared_axes: null }),
    /put any other layer behind/,
  ],
  'a layer that is none': [{ class_name: 'Dropout', config: { rate: 0.5 } }, /put any other layer behind/],
  'an argument that the layer has not': [
    { type: 'LeakyReLU', slope: 0.1 },
    /its LeakyReLU takes alpha, and has.*slope/,
  ],
  'an argument of another type': [{ type: 'ReLU', maxValue: 'six' }, /its ReLU takes .* for maxValue/],
  'a number': [3, /has activation: 3; give one of/],
  'another type of numbers': [{ type: 'ELU', dtype: 'float16' }, /its ELU takes alpha, and has.*dtype/],
};

describe('What is no activation is refused in one sentence:', () => {
  for (const [title, [activation, message]] of Object.entries(refused)) {
    test(title, () => {
      const config = [{ type: 'Dense', units: 2, inputShape: [3], activation }];
      assert.throws(() => modelFromLayers(config, 'm'), { code: 'INVALID_LAYER_ARGUMENT', message });
    });
  }
});
