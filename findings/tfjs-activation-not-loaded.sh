#!/usr/bin/env bash
# A model with the activation 'gelu_new', one of the names in the library's types, is trained, saved and loaded.
# One expects it to load, as each other activation of the types does.
# What happens: it trains and saves, and cannot be loaded: "Unknown activation: geluNew". The file names the activation
# in snake case and the loader turns that into camel case, but this one activation is registered in snake case.
# Names of layers do the same: dense({activation: 'ReLU'}) is taken in JavaScript, as the layer ReLU is registered
# under that name; it trains, is saved as 're_lu' and is looked up as 'reLu'. Other spellings are refused at once.
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

/** Trains, saves and loads a layer with the activation; the outcome in words. */
async function outcome(activation) {
  let model;
  try {
    model = layers.sequential({ layers: [layers.layers.dense({ units: 2, inputShape: [2], activation })] });
  } catch (error) {
    return 'refused';
  }
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  await model.fit(tf.ones([4, 2]), tf.ones([4, 2]), { epochs: 1, verbose: 0 });
  let saved;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const written = saved.modelTopology.config.layers[0].config.activation;
  try {
    await layers.loadLayersModel(tf.io.fromMemory(saved));
    return `trains, is written as '${written}', loads`;
  } catch (error) {
    return `trains, is written as '${written}', does not load: ${error.message.split('.')[0]}`;
  }
}

(async () => {
  holds(layers.version_layers === '4.22.0', 'the version is 4.22.0');
  const seen = {};
  for (const name of ['gelu', 'gelu_new', 'hardSigmoid', 'relu6', 'swish', 'relu', 'ReLU', 'RELU', 'LeakyReLU']) {
    seen[name] = await outcome(name);
    console.log(`${name}: ${seen[name]}`);
  }
  for (const name of ['gelu', 'hardSigmoid', 'relu6', 'swish', 'relu']) holds(seen[name].endsWith(', loads'), `'${name}' loads`);
  holds(seen.gelu_new.includes('does not load: Unknown activation: geluNew'), "'gelu_new' trains and does not load");
  holds(seen.ReLU.includes('does not load: Unknown activation: reLu'), "'ReLU' trains and does not load");
  holds(seen.RELU === 'refused', "'RELU' is refused at once");
})();
JS
