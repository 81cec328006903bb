#!/usr/bin/env bash
# RandomCrop(3, 2) is asked for pictures of 6 × 5 at inference. Its docstring says that it then resizes and crops to the largest window of
# that shape, and compute_output_shape says (3, 2).
# What happens: pictures pass as they are, 6 × 5, so that a model that trains (its Dense layer was built for 3 × 2) cannot predict.
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


pictures = np.random.default_rng(0).random((4, 6, 5, 1)).astype("float32")
layer = keras.layers.RandomCrop(3, 2)
print("compute_output_shape:", layer.compute_output_shape(pictures.shape))
print("training:", layer(pictures, training=True).shape, "inference:", layer(pictures, training=False).shape)
holds(tuple(layer.compute_output_shape(pictures.shape)) == (4, 3, 2, 1), "the layer promises pictures of 3 by 2")
holds(layer(pictures, training=True).shape == (4, 3, 2, 1), "in training they are 3 by 2")
holds((np.array(layer(pictures, training=False)) == pictures).all(), "at inference they are not cropped at all")

model = keras.Sequential([keras.Input((6, 5, 1)), keras.layers.RandomCrop(3, 2), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(pictures, np.zeros(4), verbose=0)
try:
    model.predict(pictures, verbose=0)
    refused = ""
except Exception as error:
    refused = str(error).strip().splitlines()[0]
print("predict of a model that has trained:", refused[:120] or "works")
holds(refused != "", "a model that has trained cannot predict")
PY
