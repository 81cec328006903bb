#!/usr/bin/env bash
# An average pooling with padding "same" is differentiated.
# One expects the derivative of what it computes: of an image of 3×3 in windows of 2×2, the window in the corner has one pixel
# inside, of which the mean is that pixel, so its derivative is 1.
# What happens: the forward pass divides by the pixels inside, the gradient by those of the whole window: 1/4 in the corner, 1/2
# too little along the border. Models with such a layer train on wrong gradients without an error.
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
const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
const pooled = (image) => tf.avgPool(image, 2, 2, 'same');
console.log('pooled:', pooled(x).dataSync().join(', '));
const gradient = [...tf.grad(pooled)(x).dataSync()];
console.log('gradient:', gradient.join(', '));
// What a step along one pixel changes, divided by the step.
const moved = Array.from({ length: 9 }, (_, i) => {
  const step = tf.tensor4d(Array.from({ length: 9 }, (_, k) => (k === i ? 1 : 0)), [1, 3, 3, 1]);
  return tf.sum(tf.sub(pooled(tf.add(x, step)), pooled(x))).dataSync()[0];
});
console.log('differences:', moved.join(', '));

const near = (a, b) => a.every((value, i) => Math.abs(value - b[i]) < 1e-5);
holds(near(moved, [0.25, 0.25, 0.5, 0.25, 0.25, 0.5, 0.5, 0.5, 1]), 'a pixel in the corner changes its mean by 1, those along the border by 1/2');
holds(near(gradient, new Array(9).fill(0.25)), 'the gradient is 1/4 everywhere');
JS
