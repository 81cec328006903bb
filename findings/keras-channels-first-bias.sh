#!/usr/bin/env bash
# A Conv1D with data_format="channels_first" and three filters is asked for an output of three places. Its kernel is zero and its
# biases are 0, 1 and 2, so channel c holds c everywhere. One expects that whatever the length of the sequence.
# What happens: where the output is as long as it has channels, the biases are added along the places: every channel is 0, 1, 2.
# With four places it is right. Training of such a layer is wrong in the same way, without a word.
# Versions: keras 3.15.1, tensorflow-cpu 2.21.0, numpy 2.4.6.
set -euo pipefail
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
if [ -z "${PYTHON:-}" ]; then
  python3 -m venv "$T/v"
  "$T/v/bin/pip" install -q --retries 0 keras==3.15.1 tensorflow-cpu==2.21.0 numpy==2.4.6
  PYTHON="$T/v/bin/python"
fi
# Convolutions with channels first run on processors by oneDNN.
export KERAS_HOME="$T" KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3
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


def outputs(places):
    layer = keras.layers.Conv1D(
        3, 1, data_format="channels_first", kernel_initializer="zeros", bias_initializer=lambda shape, dtype: np.arange(3.0)
    )
    return np.array(layer(np.ones((1, 2, places), "float32")))[0]


channels = np.repeat(np.arange(3.0), 4).reshape(3, 4)
print("four places:", outputs(4).tolist())
print("three places:", outputs(3).tolist())
holds((outputs(4) == channels).all(), "with four places, channel c holds bias c")
holds((outputs(3) == channels[:, :3].T).all(), "with three places, place p holds bias p")

layer = keras.layers.Conv2D(5, 1, data_format="channels_first", kernel_initializer="zeros")
layer.build((None, 2, 4, 5))
layer.bias.assign(np.arange(5.0))
x = np.ones((1, 2, 4, 5), "float32")
found = np.array(layer(x))[0]
print("Conv2D of 5 filters on pictures 5 wide, first channel:", found[0].tolist())
holds((found[0] == np.arange(5.0)).all(), "a Conv2D does the same where pictures are as wide as it has filters")
PY
