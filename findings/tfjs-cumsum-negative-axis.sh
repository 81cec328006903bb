#!/usr/bin/env bash
# A cumulative sum runs along the last axis, given as -1, as other operations take it.
# One expects the sums that the same axis by its number has, or an error.
# What happens: `tf.cumsum(x, -1)` returns a tensor of shape [undefined, 2] without numbers for x of shape [2, 3], and no error;
# its gradient throws.
# Versions: @tensorflow/tfjs-core, tfjs-layers and tfjs-backend-cpu 4.22.0.
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
// Registers the gradients.
require('@tensorflow/tfjs-layers');

function holds(fact, sentence) {
  if (!fact) {
    console.error(`The behaviour has changed: this no longer holds: ${sentence}`);
    process.exit(1);
  }
  console.log('Holds:', sentence);
}

console.log('tfjs-core', require('@tensorflow/tfjs-core/package.json').version, '· Node.js', process.version);
const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
const right = tf.cumsum(x, 1);
console.log('axis 1:', right.shape.join('×'), 'of', right.dataSync().join(', '));
const wrong = tf.cumsum(x, -1);
console.log('axis -1:', wrong.shape.join('×'), 'of', wrong.dataSync().join(', '));
let message = '';
try {
  tf.grad((value) => tf.cumsum(value, -1))(x);
} catch (error) {
  message = error.message;
}
console.log('its gradient:', message);

holds(right.dataSync().join() === '1,3,6,4,9,15', 'along axis 1 the sums are right');
holds(wrong.shape[0] === undefined && wrong.dataSync().length === 0, 'along axis -1 the shape begins with undefined, and there are no numbers');
holds(message.includes('transpose'), 'the gradient along axis -1 throws an error about a transpose');
JS
