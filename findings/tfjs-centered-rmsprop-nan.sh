#!/usr/bin/env bash
# Centered RMSProp updates weights of which one has the gradient 0, as a unit that is not active has.
# One expects that weight to stay: the step is rate · 0 / √(v − ḡ² + ε), as in TensorFlow and Keras.
# What happens: the weight becomes NaN. The library computes √(v − (ḡ² + ε)): epsilon is subtracted, so that the root is
# of a number below 0 wherever the variance of a gradient is less than epsilon. Not centered, the weight stays.
# Versions: @tensorflow/tfjs-core and tfjs-backend-cpu 4.22.0.
set -euo pipefail
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
if [ -z "${NODE_MODULES:-}" ]; then
  npm install --prefix "$T" --silent --no-audit --no-fund --ignore-scripts \
    @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
  NODE_MODULES="$T/node_modules"
fi
NODE_PATH="$NODE_MODULES" node - <<'JS'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');

function holds(fact, sentence) {
  if (!fact) {
    console.error(`The behaviour has changed: this no longer holds: ${sentence}`);
    process.exit(1);
  }
  console.log('Holds:', sentence);
}

/** The weights 1 and 1 after a step along the gradients 0.5 and 0. */
function afterStep(centered) {
  const weights = tf.tensor1d([1, 1]).variable();
  tf.train.rmsprop(0.01, 0.9, 0, 1e-7, centered).applyGradients({ [weights.name]: tf.tensor1d([0.5, 0]) });
  return [...weights.dataSync()];
}

holds(tf.version_core === '4.22.0', 'the version is 4.22.0');
const [plain, centered] = [afterStep(false), afterStep(true)];
console.log('not centered:', plain, 'centered:', centered);
holds(plain[1] === 1, 'not centered, a weight of gradient 0 stays');
holds(Number.isFinite(centered[0]) && Number.isNaN(centered[1]), 'centered, a weight of gradient 0 becomes NaN');
JS
