#!/usr/bin/env bash
# BatchNormalization(momentum=0.5) is put into TimeDistributed and trained for one step on sequences of 4 time steps.
# One expects what the bare layer does, as it normalizes over batch and time anyway: one move of the moving averages,
# from 0 half-way to the mean 8, and one mean and variance for all time steps.
# What happens: the averages move once per time step (to 7.5 in one training step, to 4 for the bare layer), so the
# momentum depends on the sequence's length. Each time step is normalized by its own mean, so a trend over time,
# which inference keeps, is gone in training.
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


def after_one_step(wrap):
    norm = keras.layers.BatchNormalization(momentum=0.5)
    model = keras.Sequential([keras.Input((4, 3)), wrap(norm), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.full((2, 4, 3), 8.0), np.zeros(2), verbose=0)
    return norm.moving_mean.numpy()


wrapped, bare = after_one_step(keras.layers.TimeDistributed), after_one_step(lambda layer: layer)
print("moving mean after one step of fit, TimeDistributed:", wrapped, "bare:", bare)
holds((wrapped == 7.5).all(), "the moving mean moves four times in one step under TimeDistributed")
holds((bare == 4).all(), "the bare layer's moves once")

# Two sequences that rise by 1 per time step, one of them 2 above the other.
rising = (np.arange(4.0)[None, :, None] + np.array([-1.0, 1.0])[:, None, None]).astype("float32")
layer = keras.layers.TimeDistributed(keras.layers.BatchNormalization(epsilon=0.0))
wrapped = np.array(layer(rising, training=True))[..., 0]
bare = np.array(keras.layers.BatchNormalization(epsilon=0.0)(rising, training=True))[..., 0]
inference = np.array(layer(rising, training=False))[..., 0]
print("rising sequences, TimeDistributed in training:", wrapped.tolist(), "in inference:", inference.tolist())
print("bare in training:", bare.tolist())
holds(np.allclose(wrapped, [[-1] * 4, [1] * 4]), "the trend over time is gone in training under TimeDistributed")
holds((np.diff(inference) > 0.5).all(), "inference keeps it")
holds((np.diff(bare) > 0.5).all(), "the bare layer keeps it in training")
PY
