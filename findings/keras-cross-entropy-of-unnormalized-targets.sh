#!/usr/bin/env bash
# A softmax classifier is trained one step on a target that does not sum to 1: [3, 0, 0], as of a row that weighs 3, or of an
# action times its advantage. One expects the same weights on each backend: the loss is the same, 3 times that of [1, 0, 0].
# What happens: both log the same loss, and train to other weights. JAX goes down the gradient of that loss, 3p − t. On
# TensorFlow the step is p − t, which is the gradient for targets of sum 1 alone: the fused operation assumes them. It is so for
# probabilities from a softmax as well as from logits, as Keras finds the logits behind the softmax.
# So scaling a one-hot target by w is not the same as giving its row the weight w.
# Versions: keras 3.15.1, tensorflow-cpu 2.21.0, jax 0.10.2, numpy 2.4.6.
set -euo pipefail
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
if [ -z "${PYTHON:-}" ]; then
  python3 -m venv "$T/v"
  "$T/v/bin/pip" install -q --retries 0 keras==3.15.1 tensorflow-cpu==2.21.0 jax==0.10.2 numpy==2.4.6
  PYTHON="$T/v/bin/python"
fi
export KERAS_HOME="$T" TF_CPP_MIN_LOG_LEVEL=3 TF_ENABLE_ONEDNN_OPTS=0
for backend in tensorflow jax; do
  KERAS_BACKEND=$backend "$PYTHON" - > "$T/$backend" <<'PY'
import json
import keras
import numpy as np

assert keras.__version__ == "3.15.1", "needs keras 3.15.1"


def step(target, weight, from_logits):
    """The loss of one row, and how one step of SGD at rate 1 moves the bias: minus the gradient by the logits."""
    activation = None if from_logits else "softmax"
    dense = keras.layers.Dense(3, activation=activation, kernel_initializer="identity")
    model = keras.Sequential([keras.Input((3,)), dense])
    model.compile(keras.optimizers.SGD(1.0), keras.losses.CategoricalCrossentropy(from_logits=from_logits))
    row = np.array([[0.5, -1.0, 2.0]], "float32")
    loss = model.train_on_batch(row, np.array([target], "float32"), sample_weight=np.array([weight], "float32"))
    return [float(loss), *model.get_weights()[1].tolist()]


scaled = {str(logits): step([3.0, 0.0, 0.0], 1.0, logits) for logits in (True, False)}
print(json.dumps({"scaled": scaled, "weighted": step([1.0, 0.0, 0.0], 3.0, False)}))
PY
done
"$PYTHON" - "$T" <<'PY'
import json
import sys
import numpy as np


def holds(fact, sentence):
    if not fact:
        sys.exit("The behaviour has changed: this no longer holds: " + sentence)
    print("Holds:", sentence)


tensorflow, jax = (json.load(open(f"{sys.argv[1]}/{backend}")) for backend in ("tensorflow", "jax"))
logits = np.array([0.5, -1.0, 2.0])
p = np.exp(logits) / np.exp(logits).sum()
target = np.array([3.0, 0.0, 0.0])
print("loss and step on TensorFlow:", tensorflow["scaled"]["False"])
print("loss and step on JAX:       ", jax["scaled"]["False"])
for given, where in (("True", "logits"), ("False", "probabilities")):
    ours, theirs = np.array(tensorflow["scaled"][given]), np.array(jax["scaled"][given])
    holds(abs(ours[0] - theirs[0]) < 1e-5, f"from {where} both backends log the same loss")
    holds(np.allclose(theirs[1:], target - 3 * p, atol=1e-5), f"from {where} the step on JAX is t - 3p, down the gradient of that loss")
    holds(np.allclose(ours[1:], target - p, atol=1e-5), f"from {where} the step on TensorFlow is t - p")
holds(np.allclose(tensorflow["weighted"], jax["weighted"], atol=1e-5), "with a weight of 3 in place of a target of 3 both backends agree")
holds(np.allclose(tensorflow["weighted"][1:], target - 3 * p, atol=1e-5), "that step is t - 3p on TensorFlow, too")
PY
