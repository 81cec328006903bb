#!/usr/bin/env bash
# An attention layer gets activity_regularizer=L2(1), as a Dense layer would, and its losses are read after one call.
# One expects one penalty: the sum of squares of the layer's output.
# What happens: MultiHeadAttention adds four: also for the projected queries, keys and values, so most of the penalty
# is of tensors that the caller never sees. GroupQueryAttention adds five, as it counts its output twice: once for
# its last projection, once for itself.
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
"$PYTHON" - "$T" <<'PY'
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


keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(1, 3, 4)).astype("float32")


def penalties(layer):
    output = layer(x) if isinstance(layer, keras.layers.Dense) else layer(x, x)
    own = float(keras.ops.sum(output * output))
    losses = [float(loss) for loss in layer.losses]
    print(type(layer).__name__, "sum of squares of the output:", own, "penalties:", losses)
    return len(losses), sum(abs(loss - own) < 1e-4 * own for loss in losses)


def l2():
    return keras.regularizers.L2(1.0)


dense = keras.layers.Dense(4, activity_regularizer=l2())
holds(penalties(dense) == (1, 1), "Dense adds one penalty, its output's")
attention = keras.layers.MultiHeadAttention(2, 5, activity_regularizer=l2())
holds(penalties(attention) == (4, 1), "MultiHeadAttention adds four, of which one is its output's")
grouped = keras.layers.GroupQueryAttention(4, 2, 1, activity_regularizer=l2())
holds(penalties(grouped) == (5, 2), "GroupQueryAttention adds five, of which two are its output's")
PY
