#!/usr/bin/env bash
# A GRU is given an initial state of ones and a sequence whose first step a mask leaves out; it returns the output of each step.
# An output of a GRU is its state. One expects that before the first step that counts the output is the state that it was given.
# What happens: the output there is 0, though the state that the layer carries on is the initial one: the first step that
# counts starts from ones. A sequence without any step that counts returns zeros as its last output beside a state of ones.
# Versions: keras 3.15.1, tensorflow-cpu 2.21.0, numpy 2.4.6.
set -euo pipefail
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
if [ -z "${PYTHON:-}" ]; then
  python3 -m venv "$T/v"
  "$T/v/bin/pip" install -q --retries 0 keras==3.15.1 tensorflow-cpu==2.21.0 numpy==2.4.6
  PYTHON="$T/v/bin/python"
fi
export KERAS_HOME="$T" KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 TF_ENABLE_ONEDNN_OPTS=0
"$PYTHON" - <<'PY'
import sys
import keras
import numpy as np
import tensorflow as tf

assert (keras.__version__, tf.__version__) == ("3.15.1", "2.21.0"), "needs keras 3.15.1 and tensorflow 2.21.0"
print("keras", keras.__version__, "on tensorflow", tf.__version__)


def holds(fact, sentence):
    if not fact:
        sys.exit("The behaviour has changed: this no longer holds: " + sentence)
    print("Holds:", sentence)


layer = keras.layers.GRU(2, return_sequences=True, return_state=True)
x = np.random.default_rng(0).normal(size=(1, 3, 2)).astype("float32")
ones = np.ones((1, 2), "float32")
mask = np.array([[False, True, True]])
outputs, _ = layer(x, initial_state=ones, mask=mask)
outputs = np.array(outputs)[0]
alone = np.array(layer(x[:, 1:], initial_state=ones)[0])[0]
print("outputs with the first step left out:", outputs.round(4).tolist())
print("outputs of the two steps that count, from ones:", alone.round(4).tolist())
holds(np.allclose(outputs[1:], alone, atol=1e-6), "the steps that count start from the initial state")
holds((outputs[0] == 0).all(), "the output before them is 0 and not the initial state")

nothing, state = layer(x, initial_state=ones, mask=np.zeros((1, 3), bool))
print("no step counts: last output", np.array(nothing)[0, -1].tolist(), "state", np.array(state)[0].tolist())
holds((np.array(nothing)[0] == 0).all() and (np.array(state) == 1).all(), "without any step the outputs are 0 and the state is ones")
PY
