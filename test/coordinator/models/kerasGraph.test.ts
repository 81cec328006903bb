import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOfKeras, isKerasModel } from '../../../src/coordinator/models/kerasGraph.js';

/** What no model of Keras's is, or what is not read; test/golden/serialized.test.ts has models of each kind. */

type Json = Record<string, unknown>;

const tensor = (name: string, node = 0, output = 0): Json => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 4], dtype: 'float32', keras_history: [name, node, output] },
});
const entrance = {
  class_name: 'InputLayer',
  config: { batch_shape: [null, 4], dtype: 'float32', name: 'x' },
  name: 'x',
  inbound_nodes: [],
};
const layer = (name: string, args: unknown[], kwargs: Json = {}, others: Json = {}): Json => ({
  module: 'keras.layers',
  class_name: 'Dense',
  config: { name, units: 4 },
  name,
  inbound_nodes: [{ args, kwargs }],
  ...others,
});
const functional = (layers: unknown[], output = 'a'): Json => ({
  class_name: 'Functional',
  config: { name: 'f', layers, input_layers: [['x', 0, 0]], output_layers: [[output, 0, 0]] },
});
const power = { module: 'keras.src.ops.numpy', class_name: 'Power', config: { name: 'a' } };

const nestedDeep = (depth: number): Json =>
  depth === 0
    ? { class_name: 'Dense', config: { name: 'd', units: 1 } }
    : { class_name: 'Sequential', config: { name: `s${depth}`, layers: [nestedDeep(depth - 1)] } };

describe('A config of Keras is refused', () => {
  const refused: [string, Json | Json[], string, RegExp][] = [
    [
      'where nothing says what it gives',
      [entrance, layer('a', [tensor('x')])],
      'INVALID_MODEL',
      /input_layers is missing/,
    ],
    [
      'where layers read each other',
      functional([entrance, layer('a', [tensor('b')]), layer('b', [tensor('a')])]),
      'INVALID_MODEL',
      /reads what comes after it/,
    ],
    [
      'where a layer reads what is not there',
      functional([entrance, layer('a', [tensor('z')])]),
      'INVALID_MODEL',
      /reads z, which is no layer/,
    ],
    [
      'where a call is not there',
      functional([entrance, layer('a', [tensor('x', 1)])]),
      'INVALID_MODEL',
      /a call that is not there/,
    ],
    [
      'where two layers have one name',
      functional([entrance, layer('a', [tensor('x')]), layer('a', [tensor('x')])]),
      'INVALID_MODEL',
      /one name/,
    ],
    [
      'where a layer has no name',
      functional([entrance, { class_name: 'Dense', config: {}, inbound_nodes: [] }]),
      'INVALID_MODEL',
      /has no name/,
    ],
    [
      'where it is nested without end',
      { class_name: 'Sequential', config: { layers: [nestedDeep(40)], build_input_shape: [null, 4] } },
      'INVALID_MODEL',
      /nests more than 32/,
    ],
    [
      'with an operation that no layer does',
      functional([entrance, layer('a', [tensor('x'), 2], {}, power)]),
      'UNSUPPORTED_CALL',
      /operation Power/,
    ],
    [
      'with an argument that is not read',
      functional([entrance, layer('a', [tensor('x')], { attention_mask: tensor('x') })]),
      'UNSUPPORTED_CALL',
      /attention_mask/,
    ],
    [
      'with a mask of another origin',
      functional([entrance, layer('a', [tensor('x')], { mask: tensor('x') })]),
      'UNSUPPORTED_CALL',
      /a mask that is not the one/,
    ],
  ];
  for (const [what, config, code, message] of refused) {
    test(what, () => {
      assert.ok(isKerasModel(config));
      assert.throws(() => graphOfKeras(config), { code, message });
    });
  }
});

test('One more call of a layer takes no name that Keras has given to another layer', () => {
  const shared = layer('a', [tensor('x')]);
  const called = { ...shared, inbound_nodes: [tensor('x'), tensor('a')].map((args) => ({ args: [args], kwargs: {} })) };
  const { layers } = graphOfKeras(functional([entrance, called, layer('a_1', [tensor('a', 1)])], 'a_1'));
  assert.deepEqual(
    layers.map(({ name, config }) => name ?? (config as Json).name),
    ['x', 'a', 'a_2', 'a_1'],
  );
});

test('A graph of Keras 2 is read by its lists', () => {
  const listed = { class_name: 'Dense', config: { name: 'a', units: 4 }, name: 'a' };
  const nodes = [[['x', 0, 0, {}]], [['a', 0, 0, {}]]];
  const { layers, outputs } = graphOfKeras({
    class_name: 'Functional',
    config: {
      layers: [entrance, { ...listed, inbound_nodes: nodes }],
      input_layers: [['x', 0, 0]],
      output_layers: [['a', 1, 0]],
    },
  });
  assert.deepEqual(layers.slice(1), [
    { class_name: 'Dense', config: { name: 'a', units: 4 }, inputs: ['x'] },
    { name: 'a_1', shared: 'a', inputs: ['a'] },
  ]);
  assert.deepEqual(outputs, ['a_1']);
});
