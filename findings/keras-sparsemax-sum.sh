#!/usr/bin/env bash
# Sparsemax (Martins and Astudillo, 2016) is the nearest point of the simplex: what it gives sums to 1.
# keras.activations.sparsemax is given [1, 0.9, 0.1] and [0.2, 0.1, 0]. One expects [0.55, 0.45, 0] and [0.433, 0.333, 0.233].
# What happens: it gives [0.05, 0, 0] and [0.267, 0.167, 0.067]. Its threshold is made of the sum of the cumulative sums over
# the support, where the last cumulative sum belongs; the two are one only where a single element is left.
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


def projection(z):
    """The formula of the paper, Algorithm 1."""
    ordered = np.sort(z)[::-1]
    sums = np.cumsum(ordered)
    k = np.max(np.nonzero(1 + np.arange(1, len(z) + 1) * ordered > sums)) + 1
    return np.maximum(z - (sums[k - 1] - 1) / k, 0)


for row, keras_gives in (([1.0, 0.9, 0.1], [0.05, 0, 0]), ([0.2, 0.1, 0.0], [0.8 / 3, 0.5 / 3, 0.2 / 3])):
    found = np.array(keras.activations.sparsemax(np.array([row], "float32")))[0]
    print(row, "keras:", found.round(4).tolist(), "the nearest point of the simplex:", projection(np.array(row)).round(4).tolist())
    holds(np.allclose(found, keras_gives, atol=1e-6), f"the sum is {found.sum():.3f} and not 1")
single = np.array(keras.activations.sparsemax(np.array([[3.0, 0.5, 0.0]], "float32")))[0]
holds((single == [1, 0, 0]).all(), "a row of which one element is left is right")
PY
