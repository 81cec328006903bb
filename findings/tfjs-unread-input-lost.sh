#!/usr/bin/env bash
# A functional model has two inputs, of which its output reads one. It predicts, is saved and loaded.
# One expects the loaded model to take the same two inputs.
# What happens: the saved config holds one input, so the loaded model refuses the two arrays that the saved one took,
# and the place of each input changes: what was the second input is now the first. No warning is given.
# Versions: @tensorflow/tfjs-layers, tfjs-core and tfjs-backend-cpu 4.22.0.
set -euo pipefail
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
if [ -z "${NODE_MODULES:-}" ]; then
  npm install --prefix "$T" --silent --no-audit --no-fund --ignore-scripts \
    @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
  NODE_MODULES="$T/node_modules"
fi
NODE_PATH="$NODE_MODULES" node - <<'JS'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
const layers = require('@tensorflow/tfjs-layers');

function holds(fact, sentence) {
  if (!fact) {
    console.error(`The behaviour has changed: this no longer holds: ${sentence}`);
    process.exit(1);
  }
  console.log('Holds:', sentence);
}

(async () => {
  holds(layers.version_layers === '4.22.0', 'the version is 4.22.0');
  const unread = layers.input({ shape: [2], name: 'unread' });
  const read = layers.input({ shape: [3], name: 'read' });
  const output = layers.layers.dense({ units: 1, kernelInitializer: 'ones' }).apply(read);
  const model = layers.model({ inputs: [unread, read], outputs: output });
  const both = [tf.ones([1, 2]), tf.ones([1, 3])];
  console.log('inputs:', model.inputNames, 'prediction:', model.predict(both).arraySync());
  holds(model.inputs.length === 2 && model.predict(both).arraySync()[0][0] === 3, 'the model takes two inputs');

  let saved;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const loaded = await layers.loadLayersModel(tf.io.fromMemory(saved));
  console.log('inputs in the config:', JSON.stringify(saved.modelTopology.config.input_layers), 'loaded:', loaded.inputNames);
  holds(loaded.inputs.length === 1 && loaded.inputNames[0] === 'read', 'the loaded model has one input, the one that is read');
  let message = '';
  try {
    loaded.predict(both);
  } catch (error) {
    message = error.message.slice(0, 160);
  }
  console.log('predict of the loaded model with two arrays:', message);
  holds(message.includes('Expected to see 1 Tensor'), 'the loaded model refuses the two arrays');
  holds(loaded.predict(both[1]).arraySync()[0][0] === 3, 'it takes the second array alone');
})();
JS
