import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';

type ClassMap = Readonly<Record<string, readonly [abstractClass: unknown, fromConfig: unknown]>>;

const classes = (): ClassMap => tf.serialization.SerializationMap.getMap().classNameMap as unknown as ClassMap;

// TensorFlow.js alone, before anything of Lockstep's is loaded.
const tfl = await import('@tensorflow/tfjs-layers');
await import('@tensorflow/tfjs-backend-cpu');
const before = { ...classes() };
const { Trainer } = await import('../../../src/index.js');

const isLayer = ([owner]: readonly [unknown, unknown]): boolean =>
  (owner as { prototype?: unknown }).prototype instanceof tfl.layers.Layer;

test('Names of initializers, regularizers, constraints and optimizers mean in TensorFlow.js what they meant before Lockstep was loaded', () => {
  const others = Object.entries(before).filter(([, entry]) => !isLayer(entry));
  assert.ok(others.length > 20);
  const replaced = others.filter(([name, [owner]]) => classes()[name][0] !== owner).map(([name]) => name);
  // A layer of Keras has the name of this initializer; it makes either.
  assert.deepEqual(replaced, ['Identity']);
});

test('The name identity is an initializer in a layer of TensorFlow.js, and a layer in a model', async () => {
  const model = tfl.sequential({
    layers: [tfl.layers.dense({ units: 2, inputShape: [2], kernelInitializer: 'identity' })],
  });
  assert.deepEqual([...model.getWeights()[0].dataSync()], [1, 0, 0, 1]);
  const again = await tfl.models.modelFromJSON(JSON.parse(model.toJSON() as unknown as string));
  assert.deepEqual([...again.getWeights()[0].dataSync()], [1, 0, 0, 1]);
  const layers = [
    { type: 'Dense', units: 2, inputShape: [2], kernelInitializer: 'identity' },
    { type: 'Identity' },
    { type: 'Dense', units: 1 },
  ];
  await using trainer = await Trainer.create(layers, {
    optimizer: 'sgd',
    loss: 'meanSquaredError',
    engine: 'reference',
  });
  assert.deepEqual([...trainer.weights()[0].values], [1, 0, 0, 1]);
  assert.deepEqual(
    trainer.describe().layers.map(({ type }) => type),
    ['Dense', 'Identity', 'Dense'],
  );
});
