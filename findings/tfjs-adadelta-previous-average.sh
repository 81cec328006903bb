#!/usr/bin/env bash
# Adadelta takes its first step, with the learning rate 1.
# One expects √ε / √((1 − ρ)·g² + ε) · g, about √(ε / (1 − ρ)) = 0.0014 whatever the gradient: Zeiler 2012 (Algorithm 1),
# TensorFlow and Keras divide by the average that has g² in it already.
# What happens: the step is g itself, as the library divides by √ε: it reads the average before it has added g² to it. The
# learning rates of the paper and of Keras are a thousand times too high for the first steps.
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

/** The first step of a weight along a gradient. */
function firstStep(gradient) {
  const weight = tf.scalar(0).variable();
  tf.train.adadelta(1, 0.95, 1e-7).applyGradients({ [weight.name]: tf.scalar(gradient) });
  return -weight.dataSync()[0];
}

holds(tf.version_core === '4.22.0', 'the version is 4.22.0');
for (const gradient of [0.5, 2, 100]) {
  const expected = (Math.sqrt(1e-7) / Math.sqrt(0.05 * gradient ** 2 + 1e-7)) * gradient;
  const step = firstStep(gradient);
  console.log(`gradient ${gradient}: the step is ${step}, and by the paper it is ${expected.toFixed(5)}`);
  holds(Math.abs(step / gradient - 1) < 1e-5, `the first step along a gradient of ${gradient} is ${gradient}`);
}
JS
