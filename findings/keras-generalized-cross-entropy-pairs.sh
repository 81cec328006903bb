#!/usr/bin/env bash
# CategoricalGeneralizedCrossEntropy takes class numbers of shape [rows] or [rows, 1], says its docstring. One expects one loss for both.
# What happens: labels of shape [rows, 1] are compared with the predictions of every row, and the loss is the mean over all pairs:
# two rows that are predicted right have a loss of 0.1 in the first shape and of 0.73 in the second.
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


loss = keras.losses.CategoricalGeneralizedCrossEntropy()
predictions = np.array([[0.9, 0.1], [0.1, 0.9]], "float32")
flat = float(loss(np.array([0, 1]), predictions))
column = float(loss(np.array([[0], [1]]), predictions))
q = 0.5
pairs = [(1 - predictions[row, label] ** q) / q for label in (0, 1) for row in (0, 1)]
print("labels [0, 1]:", round(flat, 4), " labels [[0], [1]]:", round(column, 4), " mean over all pairs:", round(float(np.mean(pairs)), 4))
holds(abs(flat - (1 - 0.9**q) / q) < 1e-6, "labels of shape [rows] have the loss of their own rows")
holds(abs(column - np.mean(pairs)) < 1e-6, "labels of shape [rows, 1] have the mean over all pairs of labels and rows")
PY
