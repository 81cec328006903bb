#!/usr/bin/env bash
# A model of two outputs is compiled and evaluated; its losses and metrics are named by `metricsNames`.
# One expects value i of `evaluate` to be what name i says, as those of `fit` and `trainOnBatch` are.
# What happens: `evaluate` gives one value more than there are names. The first is the loss of the first output, the total
# comes second, then the loss of each output again and the metrics. So the name `loss` stands over the first output's loss, the
# name of the first output's loss over the total, and each metric's name over the value before its own. The logs of
# validation take the names in the same way: `val_loss`, by which one would stop early, is the loss of one output.
# Models of one output are right.
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
const { input, layers, model } = require('@tensorflow/tfjs-layers');

function holds(fact, sentence) {
  if (!fact) {
    console.error(`The behaviour has changed: this no longer holds: ${sentence}`);
    process.exit(1);
  }
  console.log('Holds:', sentence);
}

const close = (a, b) => Math.abs(a - b) < 1e-5;

async function main() {
  const x = input({ shape: [1] });
  // Constant outputs, so that every value is known: 0 and 0.
  const zeros = { units: 1, kernelInitializer: 'zeros', useBias: false };
  const outputs = [layers.dense({ ...zeros, name: 'a' }).apply(x), layers.dense({ ...zeros, name: 'b' }).apply(x)];
  const net = model({ inputs: x, outputs });
  net.compile({ optimizer: tf.train.sgd(0), loss: ['meanSquaredError', 'meanSquaredError'], metrics: { a: 'mae', b: 'mae' } });
  const rows = tf.ones([4, 1]);
  // Targets 2 and 3: losses 4 and 9, their sum 13, absolute errors 2 and 3.
  const targets = [tf.fill([4, 1], 2), tf.fill([4, 1], 3)];
  console.log('names:', net.metricsNames.join(', '));
  const trained = await net.trainOnBatch(rows, targets);
  console.log('trainOnBatch:', trained.join(', '));
  const evaluated = net.evaluate(rows, targets).map((value) => value.dataSync()[0]);
  console.log('evaluate:', evaluated.join(', '));
  const { history } = await net.fit(rows, targets, { epochs: 1, verbose: 0, validationData: [rows, targets] });
  console.log('fit:', JSON.stringify(history));

  holds(net.metricsNames.join() === 'loss,a_loss,b_loss,a_mae,b_mae', 'there are five names');
  holds([13, 4, 9, 2, 3].every((value, i) => close(trained[i], value)), 'trainOnBatch has the five values in the order of the names');
  holds(evaluated.length === 6, 'evaluate has six values');
  holds([4, 13, 4, 9, 2, 3].every((value, i) => close(evaluated[i], value)), 'evaluate begins with the loss of the first output');
  const validated = ['loss', 'a_loss', 'b_loss', 'a_mae', 'b_mae'].map((name) => history[`val_${name}`][0]);
  holds([4, 13, 4, 9, 2].every((value, i) => close(validated[i], value)), 'val_loss is 4 where loss of the same rows is 13, and val_a_mae is the loss of b');
}

console.log('tfjs-layers', require('@tensorflow/tfjs-layers/package.json').version, '· Node.js', process.version);
main();
JS
